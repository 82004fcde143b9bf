package rollout_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/cli/clitest"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// swapping is approved and judged, and the Service is about to be written.
func swapping() *clitest.State {
	s := clitest.Preview()
	s.Record.Run.Step, s.Record.Run.Approved = 1, 1
	return s
}

// comingUp is a preview whose pods are not ready yet.
func comingUp() *clitest.State {
	s := clitest.Preview()
	run := s.Record.Run
	run.FirstAt, run.Weights = time.Time{}, nil
	return s.Says(corev1.ConditionUnknown, spec.ReasonScaling, "preview "+clitest.CanaryRS+" at 0 %, step 1 of 2: 0 of 10 pods available", 0)
}

func TestStage(t *testing.T) {
	preview := rollout.Early{Service: "shop-preview"}
	for says, c := range map[string]struct {
		state *clitest.State
		phase rollout.Phase
		stage rollout.Stage
		waits bool
		early rollout.Early
		place string
	}{
		"pods come up":          {comingUp(), rollout.Starting, rollout.Preview, false, rollout.Early{}, "the preview"},
		"waits for an approval": {clitest.Preview(), rollout.Held, rollout.Preview, true, preview, "the preview"},
		"approved and judged":   {clitest.PreviewJudged(), rollout.Held, rollout.Preview, false, preview, "the preview"},
		"about to swap":         {swapping(), rollout.Held, rollout.Swap, false, preview, "the swap"},
		"bakes":                 {clitest.Baking(), rollout.Shifting, rollout.Bake, false, rollout.Early{}, "the bake"},
		"swapped back":          {clitest.SwappedBack(), rollout.Aborting, rollout.Bake, false, rollout.Early{}, "the bake"},
		"a canary": {
			clitest.Testers(), rollout.Held, rollout.NoStage, true,
			rollout.Early{Header: spec.Header{Name: "x-canary", Value: "always"}, Mirror: 10},
			"step 1 of 3",
		},
		"at rest": {clitest.AtRest(), rollout.AtRest, rollout.NoStage, false, rollout.Early{}, "step 0 of 3"},
	} {
		t.Run(says, func(t *testing.T) {
			r := c.state.Rollout()
			assert.Equal(t, c.phase, r.Phase)
			assert.Equal(t, c.stage, r.Stage())
			assert.Equal(t, c.waits, r.Waits())
			assert.Equal(t, c.early, r.Early())
			assert.Equal(t, c.place, r.Place())
		})
	}
}

func TestTheHeaderOutlivesTheMirror(t *testing.T) {
	s := clitest.Testers()
	s.Record.Run.Step, s.Record.Run.Weight = 1, 10
	assert.Equal(t, rollout.Early{Header: spec.Header{Name: "x-canary", Value: "always"}}, s.Rollout().Early())
}

func TestTheStrategyIsTheRuns(t *testing.T) {
	s := clitest.Baking().Annotate(spec.AnnotationStrategy, "canary")
	assert.Equal(t, spec.StrategyBlueGreen, s.Rollout().Strategy())
	s.Record.Run.Strategy = ""
	assert.Equal(t, spec.StrategyCanary, s.Annotate(spec.AnnotationStrategy, "blue-green").Rollout().Strategy(), "a record from before there was a choice")
	s.Record.Run = nil
	assert.Equal(t, spec.StrategyBlueGreen, s.Rollout().Strategy())
}

func TestHoldsUntil(t *testing.T) {
	assert.Equal(t, clitest.Now().Add(5*time.Minute), clitest.Baking().Rollout().HoldsUntil())
	assert.Zero(t, clitest.Preview().Rollout().HoldsUntil(), "it lasts until somebody approves")
	forced := clitest.Baking()
	forced.Record.Run.Forced = true
	assert.Zero(t, forced.Rollout().HoldsUntil(), "promoted past every hold")
	assert.Zero(t, comingUp().Rollout().HoldsUntil())
}

func TestHooks(t *testing.T) {
	states := func(r *rollout.Rollout) []strategy.JobState {
		var list []strategy.JobState
		for _, h := range r.Hooks() {
			list = append(list, h.State)
		}
		return list
	}
	assert.Equal(t, []strategy.JobState{strategy.JobSucceeded, strategy.JobRunning, strategy.JobPending}, states(clitest.Hooked().Rollout()))
	assert.Equal(t, rollout.Starting, clitest.Hooked().Rollout().Phase, "nothing leads to the canary while a Job verifies it")
	assert.Equal(t, []strategy.JobState{strategy.JobFailed}, states(clitest.AfterFailed().Rollout()), "at rest only what went wrong is of interest")
	newer := clitest.AfterFailed()
	newer.Record.Stable = strategy.Ref{Name: "shop-newer", Hash: "newer"}
	assert.Empty(t, states(newer.Rollout()), "of a version that serves no more")
}
