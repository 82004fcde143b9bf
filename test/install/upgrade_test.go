package install

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// earlier packs the chart as that of an earlier release.
func (r *release) earlier() (path string) {
	r.Helper()
	dir := r.TempDir()
	r.helm("package", chart, "--version", "0.0.9", "--app-version", "v0.0.9", "--destination", dir)
	return filepath.Join(dir, "sluice-0.0.9.tgz")
}

// TestUpgrade_RunsGoOnUnderTheNextController has the brake that needs no policy.
func TestUpgrade_RunsGoOnUnderTheNextController(t *testing.T) {
	t.Parallel()
	r := newRelease(t, "", map[string]any{"brake": map[string]any{"mode": "paused"}})
	s := r.open(gated("20@2s,50@2s,100@2s", nil), route)
	held := r.open(ungated("50@pause,100@1s", nil), route)
	r.set(map[string]any{"namespaces": []string{s.app.Namespace, held.app.Namespace}, "workers": 4})
	r.install(r.earlier())
	r.ready(2)
	together([]*shop{s, held}, func(s *shop) { s.annotate() })
	held.push("v2", nil)
	held.await(metav1.ConditionUnknown, spec.ReasonApproval)
	before := r.awaitLeader()
	s.push("v2", nil)
	s.untilWeight(20)

	availability := r.availability()
	r.set(map[string]any{"workers": 8})
	r.upgrade(chart)
	assert.GreaterOrEqual(t, availability(), int32(2), "pods of the controller that were available at any time")
	r.ready(2)
	for _, pod := range r.pods() {
		assert.NotEqual(t, before, pod.Name)
		assert.Contains(t, pod.Spec.Containers[0].Image, ":v0.1")
		assert.Contains(t, pod.Spec.Containers[0].Args, "--workers=8")
	}
	s.promoted(1)
	assert.Equal(t, []int32{20, 50, 100, 0}, r.weights(s), "every step, in order, once")
	assert.True(t, s.deployment().Spec.Paused, "it rests paused")
	held.await(metav1.ConditionUnknown, spec.ReasonApproval)
	assert.Equal(t, []int32{50}, r.weights(held))

	s.push("v3", map[string]string{"ERROR_RATE": "0.6"})
	s.abortedRun(2)
	r.uninstall()
	together([]*shop{s, held}, func(s *shop) { s.plain(); s.unharmed() })
	r.withoutTrace(s, held)
}

// availability watches the controller's Deployment; what it returns ends that, and says how few pods were available at any time.
func (r *release) availability() (lowest func() int32) {
	r.Helper()
	watcher, err := plane.Client().AppsV1().Deployments(r.namespace).Watch(r.ctx, metav1.ListOptions{FieldSelector: "metadata.name=" + r.controller()})
	require.NoError(r, err)
	low, done := r.deployment().Status.AvailableReplicas, make(chan struct{})
	go func() {
		defer close(done)
		for event := range watcher.ResultChan() {
			if d, is := event.Object.(*appsv1.Deployment); is && event.Type == watch.Modified {
				low = min(low, d.Status.AvailableReplicas)
			}
		}
	}()
	return func() int32 {
		watcher.Stop()
		<-done
		return low
	}
}
