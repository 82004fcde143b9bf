package e2e

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// What is expected here is what docs/kubectl-rollout.md says.

// moments are those at which people use kubectl rollout.
const (
	momentRest    = "at rest"
	momentRun     = "mid-run"
	momentAborted = "after an abort"
)

// answer is kubectl's to a verb: what it says, on standard error where it fails.
type answer struct {
	args []string
	says string
	fail bool
}

// answers are those to the verbs that change nothing.
func answers(brake strategy.Brake, moment string) []answer {
	paused := brake == strategy.BrakePaused || moment != momentRest
	all := []answer{
		{args: []string{"history"}, says: "1         <none>\n2         <none>"},
		{args: []string{"history", "--revision=2"}, says: "shop:v1"},
		{args: []string{"status", "--timeout=1s"}, says: map[string]string{
			momentRest: "successfully rolled out", momentRun: "timed out", momentAborted: "exceeded its progress deadline",
		}[moment], fail: moment != momentRest},
	}
	if !paused {
		return append(all,
			answer{args: []string{"resume"}, says: "is not paused", fail: true},
			answer{args: []string{"pause"}, says: "paused"},
		)
	}
	return append(all,
		answer{args: []string{"pause"}, says: "is already paused", fail: true},
		answer{args: []string{"restart"}, says: "can't restart paused deployment", fail: true},
		answer{args: []string{"undo"}, says: "cannot rollback a paused deployment", fail: true},
		answer{args: []string{"undo", "--to-revision=1"}, says: "cannot rollback a paused deployment", fail: true},
		answer{args: []string{"resume"}, says: "resumed"},
	)
}

func TestRollout_VerbsThatChangeNothing(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		for _, moment := range []string{momentRest, momentRun, momentAborted} {
			t.Run(fmt.Sprintf("%s, %s", brake, moment), func(t *testing.T) {
				t.Parallel()
				s := newStage(t, setup{brake: brake, earlier: "v0", virtualService: handwritten, app: cluster.App{
					// Where the brake is off for a moment Kubernetes may begin to take pods away; they end in good order.
					Env:         map[string]string{"SHUTDOWN_DELAY": "1s"},
					Annotations: ungated(map[string]string{spec.AnnotationSteps: "50@1h,100@1s"}),
				}})
				s.annotate()
				users := s.load(30)
				canary := s.reach(moment)
				before, weights, template := s.conditionNow(), s.weights(), s.deployment().Spec.Template
				for _, a := range answers(brake, moment) {
					s.answers(a)
				}
				s.braked(brake == strategy.BrakePaused || moment != momentRest)
				s.stays(map[string]int{momentRun: 50}[moment], 2*time.Second)
				now := s.conditionNow()
				assert.Equal(t, before.Status, now.Status)
				assert.Equal(t, before.Reason, now.Reason)
				assert.Equal(t, weights, s.weights())
				assert.Equal(t, template, s.deployment().Spec.Template)
				s.answers(answers(brake, moment)[2])
				if canary != "" {
					// What Kubernetes may have begun to roll out meanwhile is in nobody's way.
					s.command(spec.VerbPromote, canary)
					s.promoted(1)
					final, _ := s.live()
					assert.Equal(t, final, s.podsOf(canary), "the pods that had users from the first")
				}
				users.unharmed()
				s.restored()
			})
		}
	}
}

// reach brings the stage to a moment, and names the canary of the run that goes on then.
func (s *stage) reach(moment string) string {
	s.Helper()
	if moment == momentRest {
		return ""
	}
	s.push("v2", map[string]string{"SHUTDOWN_DELAY": "1s"})
	s.untilWeight(50)
	s.holds(spec.ReasonHolding)
	if moment == momentRun {
		return s.canary("v2")
	}
	s.command(spec.VerbAbort, s.canary("v2"))
	s.aborted(1)
	s.cleared(s.canary("v2"))
	return ""
}

// answers asserts what kubectl rollout says.
func (s *stage) answers(a answer) {
	s.Helper()
	out, err := plane.KubectlAs(s.ctx, cluster.Developer, "", append([]string{"--namespace", s.namespace, "rollout"}, append(a.args, "deployment/shop")...)...)
	if !a.fail {
		require.NoError(s, err, "kubectl rollout %v", a.args)
		assert.Contains(s, out, a.says, "kubectl rollout %v", a.args)
		return
	}
	var said *cluster.KubectlError
	if assert.ErrorAs(s, err, &said, "kubectl rollout %v", a.args) {
		assert.Contains(s, said.Stderr, a.says, "kubectl rollout %v", a.args)
	}
}

// braked waits until the brake is as it should be.
func (s *stage) braked(on bool) {
	s.Helper()
	s.until("the brake", func() bool { return s.deployment().Spec.Paused == on })
}
