package rollout

import (
	"encoding/json"
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	apiequality "k8s.io/apimachinery/pkg/api/equality"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Of puts a Rollout together.
func Of(o Objects) Rollout {
	d := o.Deployment
	r := Rollout{
		Namespace: d.Namespace, Name: d.Name, At: o.At, Spec: spec.Parse(d.Annotations),
		Command: d.Annotations[spec.AnnotationCommand], Braked: d.Spec.Paused, Replicas: 1,
	}
	if d.Spec.Replicas != nil {
		r.Replicas = int(*d.Spec.Replicas)
	}
	record := r.read(o.Record)
	if c := promoted(d); c != nil {
		r.Reason, r.Message, r.SaidAt = spec.Reason(c.Reason), c.Message, c.LastUpdateTime.Time
	}
	stable, canary := record.Stable, strategy.Ref{}
	if r.Run != nil {
		stable, canary = r.Run.Stable, r.Run.Canary
	}
	r.Stable, r.Canary = o.version(stable), o.version(canary)
	r.Phase = o.phase(&r, record)
	r.Since = since(&r, promoted(d))
	r.Evidence = evidence(&r)
	r.Events = o.events()
	return r
}

// read takes the record apart. Fields that this version doesn't know are left out: to look at a record of a newer controller does
// no harm, and everything else in it still holds.
func (r *Rollout) read(c *corev1.ConfigMap) strategy.Record {
	var record strategy.Record
	if c == nil {
		return record
	}
	if err := json.Unmarshal([]byte(c.Data[strategy.RecordKey]), &record); err != nil {
		r.RecordProblem = fmt.Sprintf("ConfigMap %s, key %q: %s", c.Name, strategy.RecordKey, err)
		return strategy.Record{}
	}
	if problem := record.Check(); problem != "" {
		r.RecordProblem = fmt.Sprintf("ConfigMap %s, key %q: %s", c.Name, strategy.RecordKey, problem)
		return strategy.Record{}
	}
	r.Run, r.History = record.Run, record.History
	return record
}

func promoted(d *appsv1.Deployment) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if c := &d.Status.Conditions[i]; c.Type == spec.ConditionPromoted {
			return c
		}
	}
	return nil
}

// phase goes by the record first: it is written before what it describes, the condition after it. A condition that is older than
// the record must not call a Deployment at rest whose run has begun.
func (o *Objects) phase(r *Rollout, record strategy.Record) Phase {
	c := promoted(o.Deployment)
	switch {
	case !r.Spec.Managed && r.Run == nil:
		return Unmanaged
	case c == nil && r.Run == nil:
		return Unseen
	case o.pending(r, record):
		return Pending
	case r.Run != nil:
		return running(r)
	case c.Status == corev1.ConditionTrue:
		return AtRest
	case c.Status == corev1.ConditionFalse:
		return Blocked
	case r.Reason == spec.ReasonPromoting:
		return Promoting
	default:
		return Starting
	}
}

func running(r *Rollout) Phase {
	switch r.Run.Phase {
	case strategy.RunPromoting:
		return Promoting
	case strategy.RunAborting:
		return Aborting
	case strategy.RunAborted:
		return Aborted
	case strategy.RunShifting:
	}
	switch r.Reason {
	case spec.ReasonScaling, spec.ReasonSettling, spec.ReasonStarted, spec.ReasonCaptured, spec.ReasonWeight, spec.ReasonHolding,
		spec.ReasonReachable, spec.ReasonSwapped, spec.ReasonHook,
		// The condition is still that of the time before the run.
		spec.ReasonPromoted, spec.ReasonUngated, spec.ReasonCancelled, spec.ReasonSuperseded, spec.ReasonFirstRollout, "":
		if r.Open() {
			return Shifting
		}
		return Starting
	default:
		return Held
	}
}

// pending says whether a template was pushed that nothing has been done about yet. What is blocked says so itself.
func (o *Objects) pending(r *Rollout, record strategy.Record) bool {
	c := promoted(o.Deployment)
	switch {
	case r.Run == nil && c != nil && c.Status == corev1.ConditionTrue:
		stable := o.replicaSet(record.Stable.Name)
		return stable != nil && !o.same(stable)
	case r.Run != nil && r.Run.Phase == strategy.RunAborted:
		canary := o.replicaSet(r.Run.Canary.Name)
		return canary != nil && !o.same(canary)
	}
	return false
}

// same compares a ReplicaSet's template with the Deployment's as the Deployment controller does: without the hash
// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/util/deployment_util.go, EqualIgnoreHash).
func (o *Objects) same(rs *appsv1.ReplicaSet) bool {
	a, b := o.Deployment.Spec.Template.DeepCopy(), rs.Spec.Template.DeepCopy()
	delete(a.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	delete(b.Labels, appsv1.DefaultDeploymentUniqueLabelKey)
	return apiequality.Semantic.DeepEqual(a, b)
}

// since is the beginning of what goes on: the newest time that the objects tell.
func since(r *Rollout, c *appsv1.DeploymentCondition) time.Time {
	switch r.Phase {
	case Unmanaged, Unseen, Pending:
		return time.Time{}
	case Aborting, Aborted:
		return r.Run.EndedAt
	case AtRest:
		if last := r.Last(); last != nil {
			return last.EndedAt
		}
	case Starting, Shifting, Held, Promoting:
		if r.Run != nil {
			return r.Run.Since
		}
	case Blocked:
	}
	if c != nil {
		return c.LastTransitionTime.Time
	}
	return time.Time{}
}
