package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// commanded is a stage at rest whose runs have these steps and no gates: what somebody says is all that there is to wait for.
func commanded(t *testing.T, with setup, steps string) *stage {
	t.Helper()
	with.virtualService = handwritten
	with.app.Annotations = ungated(map[string]string{spec.AnnotationSteps: steps})
	s := newStage(t, with)
	s.annotate()
	return s
}

func TestScenario17_AStepThatPausesWaitsForAnApprovalOfItsOwnVersion(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := commanded(t, setup{brake: brake}, "10@pause,50@1s,100@1s")
			users := s.load(50)
			s.push("v2", nil)
			s.untilWeight(10)
			canary := s.canary("v2")
			waiting := s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			assert.Contains(t, waiting.Message, spec.AnnotationCommand+": approve "+hashOf(canary))

			s.command(spec.VerbApprove, s.stable) // another version's hash
			// More pods of the canary, for which the controller must have seen the command: it can't have been overlooked.
			s.patch(map[string]any{"spec": map[string]any{"replicas": 11}})
			s.until("two ready endpoints of the canary", func() bool { return s.readyEndpoints("shop-canary", canary, 2) > 0 })
			s.stays(10, 2*time.Second)
			s.holds(spec.ReasonApproval)
			assert.Equal(t, []int{10}, s.weights())

			s.command(spec.VerbApprove, canary)
			s.promoted(1)
			assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
			users.unharmed()
			s.restored()
		})
	}
}

// An annotation stays where it is when its run is over, and comes back with an old manifest.
func TestScenario17_AnApprovalDoesNotOutliveItsRun(t *testing.T) {
	t.Parallel()
	s := commanded(t, setup{brake: strategy.BrakeAdmission}, "10@pause,100@0s")
	users := s.load(50)
	s.push("v2", nil)
	s.await(metav1.ConditionUnknown, spec.ReasonApproval)
	s.command(spec.VerbApprove, s.canary("v2"))
	s.promoted(1)
	s.push("v3", nil)
	s.await(metav1.ConditionUnknown, spec.ReasonApproval)
	assert.Equal(t, "approve "+hashOf(s.canary("v2")), s.deployment().Annotations[spec.AnnotationCommand], "it stands there still")
	s.stays(10, 2*time.Second)
	s.command(spec.VerbApprove, s.canary("v3"))
	s.promoted(2)
	assert.Equal(t, []int{10, 100, 0, 10, 100, 0}, s.weights())
	users.unharmed()
	s.restored()
}

// phase is a moment of a run in which somebody takes it back.
type phase struct {
	brake strategy.Brake
	steps string
	env   map[string]string
	flags map[string]string
	// reached returns at that moment.
	reached func(s *stage)
	// weights and pins are those that the run has had in the end; a pin is the version that the Service led to alone.
	weights []int
	pins    []string
}

// longWaits makes a promotion long enough to be met in each of its halves, on a busy machine too.
func longWaits() map[string]string { return map[string]string{"settle": "3s", "drain": "15s"} }

// phases of a run up to the hand over.
func phases() map[string]phase {
	return map[string]phase{
		"before_the_canary_is_ready": {
			brake: strategy.BrakePaused, steps: "10@1s,100@1s", env: map[string]string{"READY_AFTER": "never"},
			reached: func(s *stage) { s.until("a pod of v2", func() bool { return s.firstPod("v2") > 0 }) },
			pins:    []string{"v1", ""},
		},
		"at_10": {
			brake: strategy.BrakeAdmission, steps: "10@1h,100@1s",
			reached: func(s *stage) { s.untilWeight(10) },
			weights: []int{10, 0}, pins: []string{"v1", ""},
		},
		"at_50": {
			brake: strategy.BrakePaused, steps: "10@1s,50@1h,100@1s",
			reached: func(s *stage) { s.untilWeight(50) },
			weights: []int{10, 50, 0}, pins: []string{"v1", ""},
		},
		"in_the_promotion_when_the_Service_leads_to_the_canary": {
			brake: strategy.BrakeAdmission, steps: "100@0s", flags: longWaits(),
			reached: func(s *stage) { s.until("a pin to v2", func() bool { return slices.Contains(s.pinnedTo(), "v2") }) },
			weights: []int{100, 0}, pins: []string{"v1", "v2", "v1", ""},
		},
		"in_the_promotion_when_the_routes_are_plain_again": {
			brake: strategy.BrakePaused, steps: "100@0s", flags: longWaits(),
			reached: func(s *stage) { s.untilWeight(100); s.untilWeight(0) },
			weights: []int{100, 0}, pins: []string{"v1", "v2", "v1", ""},
		},
	}
}

// pinnedTo are the versions that the user's Service was seen to lead to alone, one for every change; "" for all.
func (s *stage) pinnedTo() []string {
	s.Helper()
	var versions []string
	for _, hash := range s.pins() {
		switch {
		case hash == "":
			versions = append(versions, "")
		case hash == hashOf(s.stable):
			versions = append(versions, "v1")
		default:
			require.Contains(s, s.versionsOf("v2"), s.app.Name+"-"+hash)
			versions = append(versions, "v2")
		}
	}
	return versions
}

func TestScenario18_AnAbortIsObeyedAtOnceInEveryPhase(t *testing.T) {
	t.Parallel()
	for name, at := range phases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := commanded(t, setup{brake: at.brake, flags: at.flags}, at.steps)
			stablePods, _ := s.live()
			users := s.load(50)
			s.push("v2", at.env)
			pipeline := s.rolloutStatus()
			at.reached(s)
			before := len(s.trafficDeeds())
			s.command(spec.VerbAbort, s.canary("v2"))
			condition := s.aborted(1)

			assert.Equal(t, string(spec.ReasonCommand), condition.Reason)
			assert.Equal(t, at.weights, s.weights(), "seen in the VirtualService")
			assert.Equal(t, at.pins, s.pinnedTo(), "seen in the Service")
			s.tookBack(before, len(at.weights) > 0)
			users.unharmed()
			if len(at.weights) == 0 {
				users.spared("v2")
			}
			for _, e := range s.seen.of(replicaSets, s.canary("v2")) {
				assert.NotEqual(t, "Deployment", metav1.GetControllerOf(e.object).Kind, "it was handed over")
			}
			s.isOver(stablePods, pipeline)
		})
	}
}

// trafficDeeds are Sluice's writes to what carries the users' traffic.
func (s *stage) trafficDeeds() []deed {
	s.Helper()
	return slices.DeleteFunc(s.deeds(cluster.Controller), func(d deed) bool {
		return d.what() != virtualServices && (d.what() != services || d.Name != s.app.Name)
	})
}

// tookBack asserts that after so many writes to what carries the traffic Sluice's next ones to it, right after the developer's last word,
// were the way back, where there was one, and in the end the unpinning.
func (s *stage) tookBack(before int, traffic bool) {
	s.Helper()
	done := s.trafficDeeds()[before:]
	said := only(s.deeds(cluster.Developer), deployments, s.app.Name)
	require.NotEmpty(s, said)
	if !traffic {
		assert.Equal(s, []string{"patch services shop"}, words(done), "the Service is unpinned, nothing else")
		assert.Len(s, done, 1)
		return
	}
	require.NotEmpty(s, done)
	assert.Less(s, done[0].Time.Sub(said[len(said)-1].Time), time.Second, "from the command to %s", done[0])
}

func TestScenario18_AnAbortWithNothingRunningDoesNothing(t *testing.T) {
	t.Parallel()
	s := commanded(t, setup{brake: strategy.BrakeAdmission}, "10@0s,100@0s")
	users := s.load(30)
	s.idles(spec.VerbAbort, s.stable)
	// It stands there still when a run starts, and is for another version.
	s.push("v2", nil)
	s.promoted(1)
	for _, verb := range []spec.Verb{spec.VerbAbort, spec.VerbRetry, spec.VerbPromote} {
		s.idles(verb, s.canary("v2"))
	}
	assert.Equal(t, []int{10, 100, 0}, s.weights())
	users.unharmed()
	s.restored()
}

// idles gives a command to a Deployment at rest, and asserts that Sluice does nothing but say what it said before.
func (s *stage) idles(verb spec.Verb, replicaSet string) {
	s.Helper()
	s.atRest()
	before, serving := len(s.deeds(cluster.Controller)), s.serving()
	s.command(verb, replicaSet)
	// A mistake beside it, and its mending: what is said of these was said in full sight of the command.
	s.kubectl(cluster.Developer, "annotate", "--overwrite", "deployment", "shop", spec.AnnotationSteps+"=ten")
	s.says(spec.ReasonInvalidAnnotation, `"ten"`)
	s.kubectl(cluster.Developer, "annotate", "--overwrite", "deployment", "shop", spec.AnnotationSteps+"="+s.app.Annotations[spec.AnnotationSteps])
	s.await(metav1.ConditionTrue)
	for _, d := range s.deeds(cluster.Controller)[before:] {
		assert.Equal(s, "patch deployments/status shop", d.String(), "after %s", verb)
	}
	assert.Equal(s, serving, s.serving())
}

func TestScenario18_AnAbortedVersionIsJudgedAgainOnRetry(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := commanded(t, setup{brake: brake}, "10@pause,100@0s")
			stablePods, _ := s.live()
			users := s.load(50)
			s.push("v2", nil)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			canary := s.canary("v2")
			s.command(spec.VerbApprove, canary)
			s.untilWeight(100)
			s.command(spec.VerbAbort, canary)
			s.aborted(1)
			s.cleared(canary)

			s.command(spec.VerbRetry, canary)
			pipeline := s.rolloutStatus()
			// What was approved was the run before.
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			assert.Equal(t, []int{10, 100, 0, 10}, s.weights())
			s.command(spec.VerbApprove, canary)
			s.promoted(2)
			require.NoError(t, <-pipeline, "kubectl rollout status, begun after the retry")
			assert.Equal(t, []int{10, 100, 0, 10, 100, 0}, s.weights())
			final, names := s.live()
			assert.Equal(t, final, s.podsAt(canary, s.handedOver(canary)), "the pods that were judged and those that serve at the end")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			s.keptStableUntil(s.handedOver(canary), stablePods)
			users.unharmed()
			s.restored()
		})
	}
}

func TestScenario18_APromoteGoesPastEveryHoldThatIsLeft(t *testing.T) {
	t.Parallel()
	for name, with := range map[string]struct {
		brake  strategy.Brake
		steps  string
		reason spec.Reason
		// gates are those of fast; without them there are users.
		gates bool
	}{
		"a_step's_time":   {brake: strategy.BrakePaused, steps: "10@1h,50@1h,100@1h", reason: spec.ReasonHolding},
		"an_approval":     {brake: strategy.BrakeAdmission, steps: "10@pause,50@pause,100@pause", reason: spec.ReasonApproval},
		"little_evidence": {brake: strategy.BrakeAdmission, steps: "10@1s,50@1s,100@1s", reason: spec.ReasonEvidence, gates: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			annotations := map[string]string{spec.AnnotationSteps: with.steps}
			if !with.gates {
				annotations = ungated(annotations)
			}
			s := newStage(t, setup{brake: with.brake, virtualService: handwritten, app: cluster.App{Annotations: annotations}})
			s.requests(40)
			s.annotate()
			stablePods, _ := s.live()
			if !with.gates {
				defer s.load(50).unharmed()
			}
			s.push("v2", nil)
			s.untilWeight(10)
			s.holds(with.reason)
			canary := s.canary("v2")
			s.command(spec.VerbPromote, canary)
			s.promoted(1)
			assert.Equal(t, []int{10, 50, 100, 0}, s.weights(), "step by step all the same")
			for weight, pods := range map[int]int{50: 2, 100: 4} {
				assert.Less(t, s.readyEndpoints("shop-canary", canary, pods), s.weighed(weight), "%d endpoints before %d %%", pods, weight)
			}
			s.keptStableUntil(s.handedOver(canary), stablePods)
			s.restored()
		})
	}
}

func TestScenario18_APromoteDoesNotSaveAVersionThatFailsItsGates(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{
		// Time enough between two weights for a gate to fail.
		brake: strategy.BrakePaused, virtualService: handwritten, flags: map[string]string{"settle": "4s"},
		app: cluster.App{Annotations: map[string]string{spec.AnnotationSteps: "50@1h,100@1h"}},
	})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(60)
	s.push("v2", nil)
	pipeline := s.rolloutStatus()
	s.untilWeight(50)
	s.holds(spec.ReasonHolding)
	require.NoError(t, plane.Pods().Override(s.namespace, s.canary("v2")+"-", map[string]string{"ERROR_RATE": "0.9"}))
	s.command(spec.VerbPromote, s.canary("v2"))
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
	assert.Equal(t, []int{50, 0}, s.weights())
	users.unharmed()
	s.isOver(stablePods, pipeline)
}
