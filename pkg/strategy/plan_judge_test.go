package strategy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestPlanHoldsAStepUntilItIsJudged(t *testing.T) {
	// due is when the step's minute is over, last when its longest wait is.
	due := func(s *scene) { s.now = s.now.Add(30 * time.Second) }
	last := func(s *scene) { s.now = s.o.Record.Run.WeightAt.Add(30 * time.Minute) }
	verdict := func(outcome analysis.Outcome, at ...func(*scene)) func(*scene) {
		return func(s *scene) {
			for _, move := range at {
				move(s)
			}
			s.judge(outcome)
		}
	}
	goesOn := []string{"WriteRecord run=1 Shifting step=2 weight=10", "Emit StepPassed", "Scale " + v2 + " replicas=2"}
	planned(t, holding, []planCase{
		{
			name: "a pass before the step's time is over waits for it", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			wake: 30 * time.Second, says: "error-rate: Pass",
		},
		{
			name: "a pass then goes on to the next step", phase: strategy.PhaseShifting, reason: spec.ReasonScaling,
			change: verdict(analysis.Pass, due), actions: goesOn, says: "step 2 of 3",
		},
		{
			name: "too little evidence waits", phase: strategy.PhaseHeld, reason: spec.ReasonEvidence,
			change: verdict(analysis.Wait, due), says: "error-rate: Wait",
		},
		{
			name: "evidence that can't be judged holds", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: verdict(analysis.Hold, due), says: "error-rate: Hold",
		},
		{
			name: "both versions ill holds", phase: strategy.PhaseHeld, reason: spec.ReasonBothIll,
			change: func(s *scene) { due(s); s.judge(analysis.Hold).Reason = analysis.ReasonEnvironment },
		},
		{
			name: "a warning holds", phase: strategy.PhaseHeld, reason: spec.ReasonWarning,
			change: func(s *scene) { due(s); s.judge(analysis.Hold).Reason = analysis.ReasonWarning },
		},
		{
			name: "no verdict holds", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: func(s *scene) { due(s); s.now = s.now.Add(time.Minute); s.o.Verdict = nil },
		},
		{
			name: "an old verdict is none", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: func(s *scene) { s.judge(analysis.Pass); s.now = s.now.Add(61 * time.Second) },
		},
		{
			name: "a verdict on another run is none", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: func(s *scene) { due(s); s.now = s.now.Add(time.Minute); s.judge(analysis.Pass).Run = "other" },
		},
		{
			name: "one on another step is not enough", phase: strategy.PhaseHeld, reason: spec.ReasonEvidence,
			change: func(s *scene) { due(s); v := s.judge(analysis.Pass); v.StepSince = v.StepSince.Add(-time.Minute) },
		},
		{
			name: "without gates the time alone counts", phase: strategy.PhaseShifting, reason: spec.ReasonScaling,
			change: func(s *scene) { due(s); s.s.MaxErrorRate, s.s.MaxLatency, s.o.Verdict = 0, spec.Latency{}, nil }, actions: goesOn,
		},
		{
			name: "the time counts from when the route showed the weight", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) {
				due(s)
				s.o.Routes[0].ShownSince, s.o.Deployment.Conditions = s.now.Add(-time.Second), nil
				s.judge(analysis.Pass)
			},
			wake: 59 * time.Second,
		},
		{
			name: "a weight that was there at the first look counts from the record", phase: strategy.PhaseShifting, reason: spec.ReasonScaling,
			change: func(s *scene) {
				due(s)
				s.o.Routes[0].ShownSince, s.o.Routes[0].First = s.now.Add(-time.Second), true
				s.judge(analysis.Pass)
			},
			actions: goesOn,
		},
		{
			name: "at max-hold it goes on holding", phase: strategy.PhaseHeld, reason: spec.ReasonEvidence,
			change: verdict(analysis.Wait, last), says: "promote " + v2hash,
		},
		{
			name: "or promotes", phase: strategy.PhaseShifting, reason: spec.ReasonScaling,
			change:  func(s *scene) { verdict(analysis.Wait, last)(s); s.s.OnInconclusive = spec.InconclusivePromote },
			actions: []string{goesOn[0], "Emit PassedInconclusive", goesOn[2]},
		},
		{
			name: "but never without evidence", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: func(s *scene) { verdict(analysis.Hold, last)(s); s.s.OnInconclusive = spec.InconclusivePromote },
		},
		{
			name: "or aborts", phase: strategy.PhaseAborting, reason: spec.ReasonInconclusive,
			change: func(s *scene) { verdict(analysis.Wait, last)(s); s.s.OnInconclusive = spec.InconclusiveAbort },
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit Inconclusive", "RestoreRoute shop",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/Inconclusive",
			},
		},
		{
			name: "the promote command goes past it all", phase: strategy.PhaseShifting, reason: spec.ReasonScaling,
			change:  func(s *scene) { s.o.Record.Run.Forced, s.o.Verdict = true, nil },
			actions: []string{goesOn[0], "Emit StepPassed", goesOn[2]},
		},
		{
			name: "a wrong annotation holds", phase: strategy.PhaseHeld, reason: spec.ReasonInvalidAnnotation,
			change: func(s *scene) { verdict(analysis.Pass, due)(s); s.s.Problems = []spec.Problem{{Annotation: "x"}} },
		},
		{
			name: "a pause holds", phase: strategy.PhaseHeld, reason: spec.ReasonPaused, says: "resume " + v2hash,
			change: func(s *scene) { verdict(analysis.Pass, due)(s); s.o.Record.Run.Paused = true },
		},
		{
			name: "a step that pauses waits for approval", phase: strategy.PhaseHeld, reason: spec.ReasonApproval, says: "approve " + v2hash,
			change: func(s *scene) { verdict(analysis.Pass, due)(s); s.s.Steps[0].Pause = true },
		},
		{
			name: "with approval it goes on", phase: strategy.PhaseShifting, reason: spec.ReasonScaling,
			change:  func(s *scene) { verdict(analysis.Pass, due)(s); s.s.Steps[0].Pause = true; s.o.Record.Run.Approved = 1 },
			actions: goesOn,
		},
		{
			name: "the last step leads to the promotion", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) {
				verdict(analysis.Pass, due)(s)
				s.s.Steps = []spec.Step{{Weight: 10}}
				s.o.Deployment.Replicas, s.stable().Replicas = 1, 1
			},
			actions: []string{"WriteRecord run=1 Promoting step=1 weight=10", "Emit StepPassed", `Pin shop "mnlrsh2rg2"`},
		},
	})
}

func TestPlanReactsToACanaryThatFails(t *testing.T) {
	aborted := func(reason string) []string {
		return []string{
			"WriteRecord run=1 Aborting step=1 weight=0", "Emit " + reason, "RestoreRoute shop",
			"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/" + reason,
		}
	}
	ready := func(s *scene, n int) {
		s.service("shop-canary").Ready[v2] = strategy.Levels{}.Observe(n, s.now.Add(-time.Minute))
	}
	planned(t, holding, []planCase{
		{
			name: "a gate that fails aborts at once", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed, says: "error-rate: Fail",
			change: func(s *scene) { s.judge(analysis.Fail) }, actions: aborted("GateFailed"),
		},
		{
			name: "also when it is paused, promoted by command or wrongly annotated", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				s.judge(analysis.Fail)
				s.o.Record.Run.Paused, s.o.Record.Run.Forced, s.s.Problems = true, true, []spec.Problem{{Annotation: "x"}}
			},
			actions: aborted("GateFailed"),
		},
		{
			name: "also on evidence of an earlier step of the run", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.judge(analysis.Fail).StepSince = epoch }, actions: aborted("GateFailed"),
		},
		{
			name: "a fail of another run doesn't count", phase: strategy.PhaseHeld, reason: spec.ReasonEvidence,
			change: func(s *scene) { s.judge(analysis.Fail).Run = "other" },
		},
		{
			name: "a canary without endpoints aborts", phase: strategy.PhaseAborting, reason: spec.ReasonUnavailable,
			change: func(s *scene) { ready(s, 0) }, actions: aborted("CanaryUnavailable"), says: "no ready endpoint and 10 %",
		},
		{
			name: "one with too few is held", phase: strategy.PhaseHeld, reason: spec.ReasonNotReady, says: "1 of the 2 endpoints",
			change: func(s *scene) { s.o.Deployment.Replicas = 20; s.canary().Replicas = 2 },
		},
		{
			name: "and scaled up where that is why", phase: strategy.PhaseHeld, reason: spec.ReasonNotReady,
			change: func(s *scene) { s.o.Deployment.Replicas = 20 }, actions: []string{"Scale " + v2 + " replicas=2"},
		},
		{
			name: "until the progress deadline", phase: strategy.PhaseAborting, reason: spec.ReasonDeadline,
			change: func(s *scene) {
				s.o.Deployment.Replicas, s.canary().Replicas, s.o.Verdict = 20, 2, nil
				s.now = s.now.Add(10 * time.Minute)
			},
			actions: aborted("ProgressDeadlineExceeded"),
		},
		{
			name: "one that is larger than its weight needs is scaled down with the Deployment", phase: strategy.PhaseShifting,
			reason: spec.ReasonHolding, change: func(s *scene) { s.canary().Replicas = 3 }, actions: []string{"Scale " + v2 + " replicas=1"},
		},
	})
	s := holding(t)
	s.judge(analysis.Fail)
	run := recordIn(t, strategy.Plan(s.o, s.s, s.now)).Run
	last := run.Weights[len(run.Weights)-1]
	assert.Equal(t, strategy.WeightChange{At: s.now, Weight: 0, Reason: spec.ReasonGateFailed, Message: "error-rate: Fail"}, last)
	assert.NotEmpty(t, run.Gates, "the evidence is kept")
}

func TestPlanAgainstSomeoneWhoUndoesItsWeight(t *testing.T) {
	undone := func(reverts int) func(*scene) {
		return func(s *scene) {
			s.o.Record.Run.Reverts = reverts
			r := &s.o.Routes[0]
			r.View.Weight, r.Previous.Weight, r.ShownSince, r.First, r.Manager = 0, 10, s.now, false, "argocd"
		}
	}
	planned(t, holding, []planCase{
		{
			name: "it is put back and the step starts again", phase: strategy.PhaseHeld, reason: spec.ReasonReverted, says: `"argocd"`,
			change:  undone(0),
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "Emit WeightReverted", "SetWeight shop 10"},
		},
		{
			name: "the third time we stop fighting", phase: strategy.PhaseAborting, reason: spec.ReasonContested, says: "ignoreDifferences",
			change: undone(2),
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit Contested", "RestoreRoute shop",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/Contested",
			},
		},
		{
			name: "a weight that was never written is only written, and its time starts", phase: strategy.PhaseShifting, reason: spec.ReasonWeight,
			change: func(s *scene) {
				r := &s.o.Routes[0]
				r.View.Weight, r.Previous.Weight, r.First = 0, -1, true
			},
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "SetWeight shop 10"},
		},
		{
			name: "one that the route showed before it was decided again is only written", phase: strategy.PhaseShifting,
			reason: spec.ReasonWeight,
			change: func(s *scene) {
				r := &s.o.Routes[0]
				r.View.Weight, r.Previous.Weight, r.ShownSince = 0, 10, s.o.Record.Run.WeightAt.Add(-time.Minute)
			},
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "SetWeight shop 10"},
		},
		{
			name: "what the route shows anew, without ever having shown the weight, is overwritten", phase: strategy.PhaseShifting,
			reason: spec.ReasonWeight,
			change: func(s *scene) {
				r := &s.o.Routes[0]
				r.View.Weight, r.Previous.Weight, r.ShownSince = 5, 0, s.now
			},
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "SetWeight shop 10"},
		},
		{
			name: "one that another VirtualService shows has its time already", phase: strategy.PhaseShifting, reason: spec.ReasonWeight,
			change: func(s *scene) {
				late := s.o.Routes[0]
				late.Name, late.View.Weight, late.Previous.Weight = "late", 0, -1
				s.o.Routes = append(s.o.Routes, late)
			},
			actions: []string{"SetWeight late 10"},
		},
		{
			name: "a VirtualService that is gone is replaced by ours", phase: strategy.PhaseShifting, reason: spec.ReasonWeight,
			change:  func(s *scene) { s.o.Routes = nil },
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "CreateRoute shop-sluice 10"},
		},
		{
			name: "nothing is written to a canary's Service without endpoints", phase: strategy.PhaseHeld, reason: spec.ReasonNotReady,
			change: func(s *scene) {
				s.o.Routes = nil
				s.service(app).Ready[v2] = strategy.Levels{{Count: 1, Since: epoch}}
				s.o.Services = s.o.Services[:1]
			},
			actions: []string{`EnsureCanaryService shop-canary "mnlrsh2rg2"`},
		},
		{
			name: "a pin that was taken off goes on again", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) { s.service(app).Selector = map[string]string{"app": app} }, actions: []string{`Pin shop "nativev1"`},
		},
	})
	s := holding(t)
	undone(0)(s)
	s.o.Record.Run.FirstAt = epoch
	run := recordIn(t, strategy.Plan(s.o, s.s, s.now)).Run
	assert.Equal(t, s.now, run.WeightAt, "evidence is gathered anew")
	assert.Equal(t, epoch, run.FirstAt, "evidence against the canary is kept")
	assert.Equal(t, 1, run.Reverts)
}

func TestPlanWritesItsConditionWithoutChatter(t *testing.T) {
	said := func(message string, ago time.Duration, status string) func(*scene) {
		return func(s *scene) {
			s.o.Deployment.Conditions = []strategy.Condition{{
				Type: spec.ConditionPromoted, Status: status, Reason: string(spec.ReasonHolding), Message: message, UpdatedAt: s.now.Add(-ago),
			}}
		}
	}
	written := func(change func(*scene)) []strategy.Condition {
		s := holding(t)
		change(s)
		for _, action := range strategy.Plan(s.o, s.s, s.now).Actions {
			if write, ok := action.(strategy.SetConditions); ok {
				return write.Conditions
			}
		}
		return nil
	}
	assert.Empty(t, written(said("other numbers", 59*time.Second, "Unknown")), "numbers alone are written once a minute")
	late := written(said("other numbers", time.Minute, "Unknown"))
	assert.Len(t, late, 1, "but then they are")
	assert.False(t, late[0].Transition)
	changed := written(said("other numbers", time.Second, "True"))
	assert.Len(t, changed, 1, "a change of status is written at once")
	assert.True(t, changed[0].Transition)
	assert.Equal(t, holding(t).now, changed[0].UpdatedAt)
}
