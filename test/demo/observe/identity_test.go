package observe

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

func pod(uid string, restarts int32, ready time.Time) *corev1.Pod {
	p := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{UID: types.UID(uid)}}
	p.Status.ContainerStatuses = []corev1.ContainerStatus{{RestartCount: restarts}}
	if !ready.IsZero() {
		p.Status.Conditions = []corev1.PodCondition{{Type: corev1.PodReady, Status: corev1.ConditionTrue, LastTransitionTime: metav1.NewTime(ready)}}
	}
	return p
}

func TestIdentities(t *testing.T) {
	noon := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	before := Identities([]*corev1.Pod{pod("b", 0, noon), pod("a", 0, noon)})
	for name, c := range map[string]struct {
		after []*corev1.Pod
		same  bool
	}{
		"the same pods in another order":    {[]*corev1.Pod{pod("a", 0, noon), pod("b", 0, noon)}, true},
		"a pod that was replaced":           {[]*corev1.Pod{pod("a", 0, noon), pod("c", 0, noon)}, false},
		"a container that was restarted":    {[]*corev1.Pod{pod("a", 1, noon), pod("b", 0, noon)}, false},
		"a pod that was unready in between": {[]*corev1.Pod{pod("a", 0, noon.Add(time.Minute)), pod("b", 0, noon)}, false},
		"a pod that isn't ready":            {[]*corev1.Pod{pod("a", 0, time.Time{}), pod("b", 0, noon)}, false},
		"a pod less":                        {[]*corev1.Pod{pod("a", 0, noon)}, false},
	} {
		t.Run(name, func(t *testing.T) {
			if c.same {
				assert.Equal(t, before, Identities(c.after))
			} else {
				assert.NotEqual(t, before, Identities(c.after))
			}
		})
	}
}
