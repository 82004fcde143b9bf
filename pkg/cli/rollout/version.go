package rollout

import (
	"fmt"
	"slices"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// version describes the ReplicaSet that the record names; nil when it names none. One that is not there has no pods.
func (o *Objects) version(ref strategy.Ref) *Version {
	if ref.Name == "" {
		return nil
	}
	v := &Version{ReplicaSet: ref.Name, Hash: ref.Hash}
	rs := o.replicaSet(ref.Name)
	if rs == nil {
		return v
	}
	v.Ready, v.Available = int(rs.Status.ReadyReplicas), int(rs.Status.AvailableReplicas)
	if rs.Spec.Replicas != nil {
		v.Wanted = int(*rs.Spec.Replicas)
	}
	for i := range rs.Spec.Template.Spec.Containers {
		v.Images = append(v.Images, rs.Spec.Template.Spec.Containers[i].Image)
	}
	owner := metav1.GetControllerOf(rs)
	v.Owned = owner != nil && owner.UID == o.Deployment.UID
	v.look(o.Pods, rs)
	return v
}

// look finds what is wrong with the pods of a ReplicaSet.
func (v *Version) look(pods []corev1.Pod, rs *appsv1.ReplicaSet) {
	for i := range pods {
		pod := &pods[i]
		owner := metav1.GetControllerOf(pod)
		if owner == nil || owner.UID != rs.UID || pod.DeletionTimestamp != nil {
			continue
		}
		for j := range pod.Status.ContainerStatuses {
			c := &pod.Status.ContainerStatuses[j]
			v.Restarts += int(c.RestartCount)
			if w := c.State.Waiting; w != nil && w.Reason != "" && w.Reason != "ContainerCreating" && w.Reason != "PodInitializing" {
				v.trouble(fmt.Sprintf("container %s: %s", c.Name, w.Reason))
			}
		}
		for j := range pod.Status.Conditions {
			if c := &pod.Status.Conditions[j]; c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse {
				v.trouble(fmt.Sprintf("%s: %s", c.Reason, c.Message))
			}
		}
	}
	slices.Sort(v.Troubles)
}

func (v *Version) trouble(what string) {
	if !slices.Contains(v.Troubles, what) {
		v.Troubles = append(v.Troubles, what)
	}
}
