package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestScenario40_ArgoCDsActionsSteerARun(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := commanded(t, setup{brake: brake}, "10@pause,50@pause,100@0s")
			j := newJudge(s)
			users := s.load(50)
			assert.Equal(t, []string{"restart", "scale"}, j.menu(), "at rest")
			for _, action := range []string{"approve", "promote", "abort", "retry", "pause", "resume"} {
				j.refuses(action, "there is nothing to "+action)
			}

			s.push("v2", nil)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			assert.Equal(t, []string{"abort", "approve", "pause", "promote", "scale"}, j.menu(), "waiting for approval")
			j.refuses("restart", "a run goes on")
			j.act("pause", nil)
			s.await(metav1.ConditionUnknown, spec.ReasonPaused)
			assert.Equal(t, []string{"abort", "promote", "resume", "scale"}, j.menu(), "paused")
			j.act("resume", nil)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			j.act("approve", nil)
			s.untilWeight(50)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			j.act("abort", nil)
			assert.Equal(t, string(spec.ReasonCommand), s.aborted(1).Reason)
			j.becomes(isDegraded)
			assert.Equal(t, []string{"retry", "scale"}, j.menu(), "after an abort")
			j.refuses("restart", "was aborted")

			j.act("retry", nil)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			assert.Equal(t, []int{10, 50, 0, 10}, s.weights())
			j.act("promote", nil)
			s.promoted(2)
			assert.Equal(t, []int{10, 50, 0, 10, 50, 100, 0}, s.weights())
			j.becomes(isHealthy)
			users.unharmed()
			s.restored()
		})
	}
}

// A second approval would be the same annotation once more: it says again.
func TestScenario40_ArgoCDsActionsGiveTheSameCommandAsOftenAsItTakes(t *testing.T) {
	t.Parallel()
	s := commanded(t, setup{brake: strategy.BrakePaused}, "10@pause,30@pause,50@pause,100@0s")
	j := newJudge(s)
	defer s.load(30).unharmed()
	s.push("v2", nil)
	for _, next := range []int{30, 50, 0} {
		s.await(metav1.ConditionUnknown, spec.ReasonApproval)
		j.act("approve", nil)
		s.untilWeight(next)
	}
	s.promoted(1)
	assert.Equal(t, []int{10, 30, 50, 100, 0}, s.weights())
}

// Where the settings of examples/gitops aren't installed the menu has Argo CD's own actions.
func TestScenario40_ArgoCDsBuiltInActionsLetNothingPastTheGates(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten, app: cluster.App{
				// Where the brake is off for a moment Kubernetes may begin to take pods away; they end in good order.
				Env:         map[string]string{"SHUTDOWN_DELAY": "1s"},
				Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@pause,100@0s"}),
			}})
			s.annotate()
			j := newJudge(s)
			builtIn := map[string]string{}
			users := s.load(30)
			for _, action := range []string{"pause", "resume"} {
				j.act(action, builtIn)
				s.atRest()
			}
			s.push("v2", s.app.Env)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			s.untilWeight(10)
			canary := s.canary("v2")
			j.act("resume", builtIn)
			s.braked(true)
			j.act("pause", builtIn)
			s.holds(spec.ReasonApproval)
			assert.Equal(t, []int{10}, s.weights())
			s.command(spec.VerbApprove, canary)
			s.promoted(1)

			// A restart is a run like any other.
			j.act("restart", builtIn)
			s.await(metav1.ConditionUnknown, spec.ReasonApproval)
			assert.Equal(t, []int{10, 100, 0, 10}, s.weights())
			j.act("promote", nil)
			s.promoted(2)
			users.unharmed()
			s.restored()
		})
	}
}
