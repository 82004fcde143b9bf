package observe

import (
	"fmt"
	"slices"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// Identities say of each pod who it is and that nothing has happened to it: equal identities at two times mean the same pods, none
// of them restarted or unready in between. Sorted.
func Identities(pods []*corev1.Pod) []string {
	list := make([]string, 0, len(pods))
	for _, pod := range pods {
		var restarts int32
		for i := range pod.Status.ContainerStatuses {
			restarts += pod.Status.ContainerStatuses[i].RestartCount
		}
		ready := "not ready"
		for _, c := range pod.Status.Conditions {
			if c.Type == corev1.PodReady && c.Status == corev1.ConditionTrue {
				ready = "ready since " + c.LastTransitionTime.UTC().Format(time.RFC3339)
			}
		}
		list = append(list, fmt.Sprintf("%s: %d restarts, %s", pod.UID, restarts, ready))
	}
	slices.Sort(list)
	return list
}

// UIDs of pods, sorted.
func UIDs(pods []*corev1.Pod) []string {
	list := make([]string, 0, len(pods))
	for _, pod := range pods {
		list = append(list, string(pod.UID))
	}
	slices.Sort(list)
	return list
}
