package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// argoMode is how Argo CD compares and applies.
type argoMode struct {
	name    string
	options []string
	brake   strategy.Brake
}

// argoModes have each way to apply with one of the brakes.
func argoModes() []argoMode {
	return []argoMode{
		{name: "client-side, paused", brake: strategy.BrakePaused},
		{name: "server-side, admission", brake: strategy.BrakeAdmission, options: []string{"ServerSideApply=true"}},
	}
}

// A whole life under Argo CD's own code: a promotion, an abort, a revert in Git after it, a revert in the middle of a run.
func TestScenario40_ArgoCDsOwnCodeKeepsAWholeLifeOfRunsInSync(t *testing.T) {
	t.Parallel()
	for _, mode := range argoModes() {
		t.Run(mode.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: mode.brake, virtualService: handwritten, app: cluster.App{
				Annotations: map[string]string{spec.AnnotationSteps: "10@1s,100@1s"},
			}})
			a := managedByArgo(s, mode.options...)
			a.commit()
			s.await(metav1.ConditionTrue)
			users := s.load(60)

			a.release("v2", nil)
			s.promoted(1)
			assert.Equal(t, []int{10, 100, 0}, s.weights(), "seen in the VirtualService")
			a.becomes(isHealthy)

			a.release("v3", map[string]string{"ERROR_RATE": "0.9"})
			assert.Equal(t, string(spec.ReasonGateFailed), s.aborted(2).Reason)
			a.becomes(isDegraded)
			a.release("v2", nil)
			s.atRest()
			a.becomes(isHealthy)

			a.release("v4", nil)
			s.until("10 % again", func() bool { return len(s.weights()) == 6 })
			a.release("v2", nil)
			s.ended(3)
			s.await(metav1.ConditionTrue)
			assert.Equal(t, strategy.ResultCancelled, s.ended(3).Result)
			assert.Equal(t, []int{10, 100, 0, 10, 0, 10, 0}, s.weights(), "seen in the VirtualService")

			a.unfought(7) // v1 without and with its annotations, v2, v3, v2, v4, v2
			users.unharmed()
			a.specsRestored()
			a.judgedEveryState()
		})
	}
}

func TestScenario40_ArgoCDsOwnCodeLetsASwapStand(t *testing.T) {
	t.Parallel()
	s := newBlueGreen(t, setup{brake: strategy.BrakePaused, virtualService: handwritten}, nil)
	a := managedByArgo(s, "ServerSideApply=true")
	a.commit()
	s.await(metav1.ConditionTrue)
	users := s.load(60)
	a.release("v2", nil)
	s.promoted(1)
	assert.Equal(t, []string{hashOf(s.stable), hashOf(s.canary("v2")), ""}, s.pins())
	a.unfought(3)
	users.unharmed()
	s.restored()
	a.judgedEveryState()
}

// specsRestored is restored without the annotations: applied client-side in the middle of a run, the selector as it was then stays in the
// annotation that remembers what was applied.
func (a *argocd) specsRestored() {
	a.Helper()
	now := a.objects()
	assert.Equal(a, string(a.written.virtualService.Spec), string(now.virtualService.Spec), "spec of the VirtualService")
	assert.Equal(a, string(a.written.service.Spec), string(now.service.Spec), "spec of the Service")
}

// judgedEveryState asks of every state that the Deployment has had since the test began what its health was.
func (a *argocd) judgedEveryState() {
	a.Helper()
	seen := map[string]int{}
	for _, e := range a.seen.of(deployments, a.app.Name) {
		got := a.tell(question{Do: "health", Live: e.object.Object})
		want := a.healthOf(e.object)
		assert.Equal(a, want, got.Health, "revision %d: %s", e.revision, got.Message)
		seen[got.Health]++
		a.asBuiltIn(e.object)
	}
	for _, health := range []string{isHealthy, isProgressing} {
		assert.Positive(a, seen[health], "states that are %s", health)
	}
}

// healthOf is what docs/gitops.md promises of a state. Healthy is a template that Kubernetes knows, and of which all pods are.
func (a *argocd) healthOf(u *unstructured.Unstructured) string {
	a.Helper()
	d := deploymentOf(a.stage, u)
	c := condition(d, spec.ConditionPromoted)
	if c == nil || d.Annotations[spec.AnnotationStrategy] == "" {
		return a.tell(question{Do: "builtin", Live: u.Object}).Health
	}
	switch {
	case d.Generation > d.Status.ObservedGeneration:
		return isProgressing
	case c.Status == corev1.ConditionFalse:
		return isDegraded
	case c.Status == corev1.ConditionTrue && d.Status.UpdatedReplicas == *d.Spec.Replicas && d.Status.Replicas == *d.Spec.Replicas &&
		d.Status.AvailableReplicas == *d.Spec.Replicas:
		return isHealthy
	}
	return isProgressing
}

// asBuiltIn asserts that of the same state without Sluice's annotation Argo CD says what its own check says.
func (a *argocd) asBuiltIn(u *unstructured.Unstructured) {
	a.Helper()
	plain := u.DeepCopy()
	annotations := plain.GetAnnotations()
	delete(annotations, spec.AnnotationStrategy)
	plain.SetAnnotations(annotations)
	got, want := a.tell(question{Do: "health", Live: plain.Object}), a.tell(question{Do: "builtin", Live: plain.Object})
	assert.Equal(a, want, got, "revision %s", u.GetResourceVersion())
}
