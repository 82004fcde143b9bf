package rollout

import (
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
)

// Objects are what a Rollout is made of. Only the Deployment must be there; what else is missing is taken for absent.
type Objects struct {
	Deployment *appsv1.Deployment
	// Record is the ConfigMap RecordName(Deployment.Name); nil: there is none.
	Record *corev1.ConfigMap
	// ReplicaSets, Pods and Events may hold those of other Deployments of the namespace as well.
	ReplicaSets []appsv1.ReplicaSet
	Pods        []corev1.Pod
	Events      []corev1.Event
	// At is when they were read.
	At time.Time
}

// replicaSet finds one by its name; nil when it isn't there.
func (o *Objects) replicaSet(name string) *appsv1.ReplicaSet {
	for i := range o.ReplicaSets {
		if o.ReplicaSets[i].Name == name && o.ReplicaSets[i].Namespace == o.Deployment.Namespace {
			return &o.ReplicaSets[i]
		}
	}
	return nil
}
