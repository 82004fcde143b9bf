package observe

import (
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Snapshot is what is known at one moment. Its objects are shared and must not be changed; those that don't exist are nil.
type Snapshot struct {
	Deployment  *appsv1.Deployment
	ReplicaSets []*appsv1.ReplicaSet // sorted by name
	Pods        []*corev1.Pod        // of the Deployment, sorted by name, without those that are being deleted
	Service     *corev1.Service
	// Record is Sluice's; nil when there is none that can be read.
	Record *strategy.Record
	// Routes is the spec of the VirtualService; Weight is the canary's share there, in percent.
	Routes map[string]any
	Weight int
	// Weights are all changes of Weight since the start.
	Weights []WeightChange
	// Serving are the UIDs of the pods that are ready endpoints of the Service, sorted.
	Serving []string
	// Events of the Deployment by Sluice, in the order of their coming.
	Events []Event
	// Gauges are those of the controller's /metrics, Counts those of Prometheus.
	Gauges Gauges
	Counts Counts
}

// WeightChange is a weight that was seen in the VirtualService.
type WeightChange struct {
	At     time.Time
	Weight int
}

// Event is one of the Deployment.
type Event struct {
	At              time.Time
	Warning         bool
	Reason, Message string
}

// Promoted is Sluice's condition on the Deployment; nil when there is none.
func (s Snapshot) Promoted() *appsv1.DeploymentCondition {
	if s.Deployment == nil {
		return nil
	}
	for i := range s.Deployment.Status.Conditions {
		if c := &s.Deployment.Status.Conditions[i]; c.Type == spec.ConditionPromoted {
			return c
		}
	}
	return nil
}

// ReplicaSet by name; nil when there is none.
func (s Snapshot) ReplicaSet(name string) *appsv1.ReplicaSet {
	if i := slices.IndexFunc(s.ReplicaSets, func(rs *appsv1.ReplicaSet) bool { return rs.Name == name }); i >= 0 {
		return s.ReplicaSets[i]
	}
	return nil
}

// VersionOf is the version that a template's application answers with.
func VersionOf(template corev1.PodSpec) string {
	for i := range template.Containers {
		for _, v := range template.Containers[i].Env {
			if v.Name == "VERSION" {
				return v.Value
			}
		}
	}
	return ""
}

// PodsOf are the pods of a version.
func (s Snapshot) PodsOf(version string) []*corev1.Pod {
	var pods []*corev1.Pod
	for _, pod := range s.Pods {
		if VersionOf(pod.Spec) == version {
			pods = append(pods, pod)
		}
	}
	return pods
}
