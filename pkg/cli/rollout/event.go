package rollout

import (
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// events are the Deployment's, the oldest first. Kubernetes' own are among them: they tell of scaling.
func (o *Objects) events() []Event {
	var list []Event
	for i := range o.Events {
		e := &o.Events[i]
		if e.InvolvedObject.Kind != "Deployment" || e.InvolvedObject.Name != o.Deployment.Name || e.Namespace != o.Deployment.Namespace {
			continue
		}
		// An event of a Deployment of the same name that is no more tells nothing of this one.
		if e.InvolvedObject.UID != "" && o.Deployment.UID != "" && e.InvolvedObject.UID != o.Deployment.UID {
			continue
		}
		list = append(list, Event{
			At: happened(e), Warning: e.Type == corev1.EventTypeWarning, Reason: e.Reason, Message: e.Message, Count: max(int(e.Count), 1),
		})
	}
	slices.SortStableFunc(list, func(a, b Event) int { return a.At.Compare(b.At) })
	return list
}

// happened is when it did for the last time; which field has it depends on who wrote it.
func happened(e *corev1.Event) time.Time {
	switch {
	case e.Series != nil:
		return e.Series.LastObservedTime.Time
	case !e.LastTimestamp.IsZero():
		return e.LastTimestamp.Time
	case !e.EventTime.IsZero():
		return e.EventTime.Time
	default:
		return e.CreationTimestamp.Time
	}
}
