package strategy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// named adds an alert rule to a scene.
func named(s *scene) {
	s.s.Alerts = []spec.AlertRef{{Name: "HighErrorRate"}}
	s.o.Alerts = []analysis.Alert{{Name: "HighErrorRate"}}
}

// settled is shop:v2 with an alert rule, with everything it needs for its first weight.
func settled(t testing.TB) *scene {
	t.Helper()
	s := starting(t)
	named(s)
	s.canary().Available = 1
	s.service("shop-canary").Ready[v2] = strategy.Levels{{Count: 1, Since: s.now.Add(-time.Hour)}}
	return s
}

func TestPlanAsksAlertRulesBeforeTheFirstWeight(t *testing.T) {
	first := []string{"WriteRecord run=1 Shifting step=1 weight=10", "Emit WeightChanged", "SetWeight shop 10"}
	planned(t, settled, []planCase{
		{
			name: "no verdict holds", phase: strategy.PhaseHeld, reason: spec.ReasonEvidence, says: "before its first weight: no evidence",
			change: func(s *scene) { s.o.Record.Run.WeightAt = s.now },
		},
		{
			name: "none for long holds as well", phase: strategy.PhaseHeld, reason: spec.ReasonBlind, says: "not being gathered",
			change: func(s *scene) { s.now = s.now.Add(time.Minute) },
		},
		{
			name: "a rule that can't be asked, or fires for stable, holds", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: func(s *scene) { s.judge(analysis.Hold) }, says: "before its first weight: error-rate: Hold",
		},
		{
			name: "so does one that was judged before this run", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: func(s *scene) { s.now = s.now.Add(time.Minute); s.judge(analysis.Pass).Run = "other" },
		},
		{
			name: "quiet about stable lets it start", phase: strategy.PhaseShifting, reason: spec.ReasonWeight, actions: first,
			change: func(s *scene) { s.judge(analysis.Pass) },
		},
		{
			name: "the promote command goes past it", phase: strategy.PhaseShifting, reason: spec.ReasonWeight, actions: first,
			change: func(s *scene) { s.judge(analysis.Hold); s.o.Record.Run.Forced = true },
		},
		{
			name: "without rules nothing is asked", phase: strategy.PhaseShifting, reason: spec.ReasonWeight, actions: first,
			change: func(s *scene) { s.o.Alerts = nil },
		},
		{
			name: "a rule that can't be a gate any more holds", phase: strategy.PhaseHeld, reason: spec.ReasonAlertRefused,
			change: func(s *scene) { s.judge(analysis.Pass); s.o.AlertProblem = "absent()" }, says: "absent()",
		},
	})
	s := settled(t)
	run := s.o.Record.Run
	subject := strategy.Plan(s.o, s.s, s.now).Judge
	assert.Equal(t, 0, subject.Weight)
	assert.Equal(t, run.StartedAt.Add(-5*time.Minute), subject.Since, "stable is asked about what was before the run")
	assert.Equal(t, run.WeightAt, subject.StepSince)
	assert.Equal(t, s.o.Alerts, subject.Gates.Alerts)
}

func TestPlanStartsNothingWithARuleThatCantBeAGate(t *testing.T) {
	s := atRest(t)
	named(s)
	s.o.Deployment.Template = "v2"
	s.o.AlertProblem = `rule "HighErrorRate" of PrometheusRule shop: absent() says nothing about one version`
	d := strategy.Plan(s.o, s.s, s.now)
	assert.Equal(t, strategy.PhaseBlocked, d.Status.Phase)
	assert.Equal(t, spec.ReasonAlertRefused, d.Status.Reason)
	assert.Contains(t, d.Status.Message, "sluice.dev/alerts: "+s.o.AlertProblem)
	assert.Nil(t, d.Judge)
	s.s.Alerts = nil
	assert.Equal(t, strategy.PhaseStarting, strategy.Plan(s.o, s.s, s.now).Status.Phase, "a rule that nobody names is nobody's problem")
}

func TestPlanAbortsOnAWarningAtTheEndOfTheLongestHold(t *testing.T) {
	warning := func(s *scene) {
		named(s)
		s.judge(analysis.Hold).Gates[0].Reason = analysis.ReasonWarning
		s.s.OnInconclusive = spec.InconclusivePromote
	}
	last := func(s *scene) { s.now = s.o.Record.Run.WeightAt.Add(30 * time.Minute) }
	planned(t, holding, []planCase{
		{name: "before it is a hold", phase: strategy.PhaseHeld, reason: spec.ReasonBlind, change: warning},
		{
			name: "then an abort", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed, says: "still so after 30m0s",
			change: func(s *scene) { last(s); warning(s) },
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit GateFailed", "RestoreRoute shop",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/GateFailed",
			},
		},
		{
			name: "of which an old verdict is no proof", phase: strategy.PhaseHeld, reason: spec.ReasonBlind,
			change: func(s *scene) { warning(s); last(s) },
		},
	})
}

func TestPlanAbortsACanaryWhoseContainersKeepRestarting(t *testing.T) {
	pods := func(canary, stable strategy.Pods) func(*scene) {
		return func(s *scene) { s.o.CanaryPods, s.o.StablePods = &canary, &stable }
	}
	const trouble = "container app of pod shop-x: CrashLoopBackOff"
	abort := []string{
		"WriteRecord run=1 Aborting step=1 weight=0", "Emit CanaryRestarting", "RestoreRoute shop",
		"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/CanaryRestarting",
	}
	planned(t, holding, []planCase{
		{
			name: "two restarts", phase: strategy.PhaseAborting, reason: spec.ReasonRestarting, actions: abort, says: trouble,
			change: pods(strategy.Pods{Count: 4, Restarts: 2, Trouble: trouble}, strategy.Pods{Count: 4}),
		},
		{
			name: "one may be a node's fault", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: pods(strategy.Pods{Count: 4, Restarts: 1, Trouble: trouble}, strategy.Pods{Count: 4}),
		},
		{
			name: "as many of stable's are not the canary's fault", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: pods(strategy.Pods{Count: 1, Restarts: 2}, strategy.Pods{Count: 9, Restarts: 10}),
		},
		{
			name: "a few of stable's many pods are", phase: strategy.PhaseAborting, reason: spec.ReasonRestarting, actions: abort,
			change: pods(strategy.Pods{Count: 1, Restarts: 2}, strategy.Pods{Count: 9, Restarts: 8}),
		},
		{
			name: "stable's pods need not be known", phase: strategy.PhaseAborting, reason: spec.ReasonRestarting, actions: abort,
			change: func(s *scene) { s.o.CanaryPods = &strategy.Pods{Count: 1, Restarts: 2} },
		},
	})
	s := starting(t)
	s.o.CanaryPods = &strategy.Pods{Count: 1, Restarts: 9, Trouble: trouble}
	d := strategy.Plan(s.o, s.s, s.now)
	assert.Equal(t, strategy.PhaseStarting, d.Status.Phase, "without traffic only the progress deadline counts")
	assert.Contains(t, d.Status.Message, trouble)
}
