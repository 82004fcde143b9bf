package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// preview is the Service by which the new version is reached before the swap.
const preview = "shop-preview"

// newBlueGreen is a stage whose Deployment is swapped rather than shifted.
func newBlueGreen(t *testing.T, with setup, annotations map[string]string) *stage {
	t.Helper()
	s := newStage(t, with)
	delete(s.app.Annotations, spec.AnnotationSteps)
	s.app.Annotations[spec.AnnotationStrategy] = "blue-green"
	s.app.Annotations[spec.AnnotationBake] = "3s"
	for name, value := range annotations {
		s.app.Annotations[name] = value
	}
	return s
}

// pins are the versions that the user's Service was seen to be pinned to, one for every change; "" for none.
func (s *stage) pins() []string {
	s.Helper()
	pins := []string{""}
	for _, e := range s.seen.of(services, s.app.Name) {
		hash, _, err := unstructured.NestedString(e.object.Object, "spec", "selector", appsv1.DefaultDeploymentUniqueLabelKey)
		require.NoError(s, err)
		if hash != pins[len(pins)-1] {
			pins = append(pins, hash)
		}
	}
	return pins[1:]
}

// pinDeeds are Sluice's writes to the user's Service.
func (s *stage) pinDeeds() []deed {
	return only(s.deeds(cluster.Controller), services, s.app.Name)
}

func TestScenario27_TheServiceIsSwappedInOneWriteAndTheJudgedPodsStay(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]setup{
		"behind a VirtualService": {brake: strategy.BrakeAdmission, virtualService: handwritten},
		"without one":             {brake: strategy.BrakePaused},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newBlueGreen(t, with, map[string]string{spec.AnnotationBake: "10s"})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(50)
			s.push("v2", nil)
			pipeline := s.rolloutStatus()
			s.until("a preview", func() bool { return s.condition(spec.ReasonReachable, spec.ReasonEvidence) })
			answer, err := data.Do(s.ctx, s.namespace, preview, "/", nil)
			require.NoError(t, err)
			assert.Equal(t, "v2", answer.Version, "who answers for the preview")
			s.promoted(1)
			require.NoError(t, <-pipeline, "kubectl rollout status")

			canary := s.canary("v2")
			assert.Equal(t, []string{hashOf(s.stable), hashOf(canary), ""}, s.pins())
			assert.Len(t, s.pinDeeds(), 3, "writes to the Service: the swap is one of them")
			assert.Empty(t, s.weights(), "VirtualServices have no part in it")
			assert.Empty(t, only(s.deeds(cluster.Controller), virtualServices, ""))
			ready := s.readyEndpoints(preview, canary, 4)
			assert.Positive(t, ready)
			assert.Less(t, ready, s.pinned(canary), "all of its endpoints were ready before the swap")
			final, names := s.live()
			assert.Equal(t, final, s.podsOf(canary), "the version never had other pods")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			s.keptStableUntil(s.handedOver(canary), stablePods)
			swapped := s.pinDeeds()[1].Time
			handed := s.timeOf(replicaSets, canary, s.handedOver(canary))
			assert.GreaterOrEqual(t, handed.Sub(swapped), 10*time.Second, "the old version was kept warm for the bake")

			users.unharmed()
			s.toldOutsidersLate(users, canary)
			s.restored()
			assert.Equal(t, "2", s.deployment().Annotations[revision])
			assert.Equal(t, s.restsBraked(), s.deployment().Spec.Paused)
		})
	}
}

// condition says whether the condition has one of the reasons now.
func (s *stage) condition(reasons ...spec.Reason) bool {
	s.Helper()
	c := condition(s.deployment(), spec.ConditionPromoted)
	return c != nil && slices.Contains(reasons, spec.Reason(c.Reason))
}

// timeOf is when Sluice wrote a revision of an object.
func (s *stage) timeOf(what, name string, revision int64) time.Time {
	s.Helper()
	for _, d := range only(s.deeds(cluster.Controller), what, name) {
		if d.revision == revision {
			return d.Time
		}
	}
	require.Fail(s, "no such write", "%s %s at %d", what, name, revision)
	return time.Time{}
}

func TestScenario27_APreviewThatFailsItsOwnTrafficIsNeverSwapped(t *testing.T) {
	t.Parallel()
	s := newBlueGreen(t, setup{brake: strategy.BrakeAdmission}, map[string]string{
		spec.AnnotationApproval: "on", spec.AnnotationMaxErrorRate: "5%",
	})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(30)
	s.push("v2", map[string]string{"ERROR_RATE": "0.5"})
	pipeline := s.rolloutStatus()
	s.await(metav1.ConditionUnknown, spec.ReasonApproval, spec.ReasonEvidence, spec.ReasonReachable)
	testers := data.Load(s.ctx, mesh.Target{Namespace: s.namespace, Host: preview}, 40)
	t.Cleanup(testers.Stop)
	condition := s.aborted(1)
	testers.Stop()

	assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
	assert.Contains(t, condition.Message, "error-rate: canary")
	assert.NotContains(t, s.pins(), hashOf(s.canary("v2")), "the Service never led to it")
	users.unharmed()
	users.spared("v2")
	s.isOver(stablePods, pipeline)
}

func TestScenario28_ErrorsAfterTheSwapAreSwappedBackInOneWrite(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newBlueGreen(t, setup{brake: brake}, map[string]string{spec.AnnotationBake: "5m", spec.AnnotationMaxErrorRate: "5%"})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(60)
			s.push("v2", map[string]string{"ERROR_RATE": "0.3"})
			pipeline := s.rolloutStatus()
			condition := s.aborted(1)

			canary := s.canary("v2")
			assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
			assert.Regexp(t, `error-rate: canary [1-9]\d*/\d+ \(\d+\.\d %\).*E \S+ ≥ \S+: abort`, condition.Message)
			assert.Equal(t, []string{hashOf(s.stable), hashOf(canary), hashOf(s.stable), ""}, s.pins())
			assert.Len(t, s.pinDeeds(), 4, "writes to the Service: the way there and the way back are one each")
			assert.Positive(t, users.unharmed().Versions["v2"].Requests, "the version was met")
			s.isOver(stablePods, pipeline)
		})
	}
}

func TestScenario29_APreviewThatIsNeverReadyIsAborted(t *testing.T) {
	t.Parallel()
	s := newBlueGreen(t, setup{app: cluster.App{ProgressDeadlineSeconds: 4}}, nil)
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(30)
	s.push("v2", map[string]string{"READY_AFTER": "never"})
	pipeline := s.rolloutStatus()
	condition := s.aborted(1)

	assert.Equal(t, string(spec.ReasonDeadline), condition.Reason)
	assert.Contains(t, condition.Message, "0 of 4 pods available")
	assert.Equal(t, []string{hashOf(s.stable), ""}, s.pins(), "the Service never moved")
	users.unharmed()
	users.spared("v2")
	s.isOver(stablePods, pipeline)
}

func TestScenario30_TheSwapWaitsForAnApproval(t *testing.T) {
	t.Parallel()
	s := newBlueGreen(t, setup{brake: strategy.BrakeAdmission}, map[string]string{spec.AnnotationApproval: "on"})
	s.annotate()
	users := s.load(50)
	s.push("v2", nil)
	c := s.await(metav1.ConditionUnknown, spec.ReasonApproval)
	canary := s.canary("v2")
	assert.Contains(t, c.Message, spec.AnnotationCommand+": approve "+hashOf(canary))
	s.command(spec.VerbApprove, s.stable) // another version's hash
	// A write that takes the controller past the command: it can't have been overlooked.
	s.patch(map[string]any{"spec": map[string]any{"replicas": 5}})
	s.until("five ready endpoints of the preview", func() bool { return s.readyEndpoints(preview, canary, 5) > 0 })
	users.spared("v2")
	assert.Equal(t, []string{hashOf(s.stable)}, s.pins())
	s.command(spec.VerbApprove, canary)
	s.promoted(1)
	assert.Equal(t, []string{hashOf(s.stable), hashOf(canary), ""}, s.pins())
	users.unharmed()
	s.restored()
}

func TestBlueGreen_ASelectorThatSomebodyKeepsChangingIsContested(t *testing.T) {
	t.Parallel()
	s := newBlueGreen(t, setup{brake: strategy.BrakeAdmission}, map[string]string{spec.AnnotationBake: "5m"})
	s.annotate()
	users := s.load(50)
	s.push("v2", nil)
	s.await(metav1.ConditionUnknown, spec.ReasonSwapped, spec.ReasonHolding)
	// Both versions serve while nothing is pinned, so no request is lost by it.
	const unpin = `[{"op":"remove","path":"/spec/selector/pod-template-hash"}]`
	for n := 1; n <= 3; n++ {
		s.kubectl(cluster.Developer, "patch", "service", "shop", "--field-manager=tinkerer", "--type=json", "--patch", unpin)
		s.until("the pin again", func() bool {
			pins := s.pins()
			return pins[len(pins)-1] != "" && len(slices.DeleteFunc(slices.Clone(pins), func(pin string) bool { return pin != "" })) == n
		})
		if n < 3 {
			s.await(metav1.ConditionUnknown, spec.ReasonHolding, spec.ReasonEvidence)
		}
	}
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonContested), condition.Reason)
	assert.Contains(t, condition.Message, `the selector of Service shop was changed 3 times by field manager "tinkerer"`)
	assert.Contains(t, condition.Message, "ignoreDifferences")
	users.unharmed()
	s.restored()
}
