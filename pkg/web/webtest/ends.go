package webtest

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

func (t *telling) where() string {
	return fmt.Sprintf("canary %s at %d %%, step %d of %d", t.run.Canary.Name, t.run.Weight, t.run.Step+1, len(plan()))
}

// rollout is the present state.
func (t *telling) rollout(phase strategy.Phase, reason spec.Reason, message string) watch.Rollout {
	r := watch.Rollout{
		Key: t.Key, At: t.now, Strategy: spec.StrategyCanary, Past: t.past, StableReady: pods, StableWanted: pods, Braked: true,
		Status: strategy.Status{Phase: phase, Reason: reason, Message: message + t.Strange, Stable: t.run.Stable.Name},
	}
	if phase == strategy.PhaseAtRest {
		r.Status.Stable, r.Braked = t.run.Canary.Name, false
		return r
	}
	run := t.run
	r.Run = &run
	r.Status.Step, r.Status.Steps, r.Status.Weight, r.Status.Canary = run.Step+1, len(plan()), run.Weight, run.Canary.Name
	r.Status.CanaryReady, r.Status.CanaryWanted = t.ready, max(2, t.ready)
	r.Status.Gates = slices.Clone(t.gates)
	for i := range r.Status.Gates {
		if t.Strange != "" {
			r.Status.Gates[i].Name += t.Strange
			r.Status.Gates[i].Message += t.Strange
		}
	}
	return r
}

// tell ends a frame, and lets time go on.
func (t *telling) tell(phase strategy.Phase, reason spec.Reason, message string) {
	f := Frame{Rollout: t.rollout(phase, reason, message)}
	for _, news := range t.news {
		r := f.Rollout
		r.At = news.At
		news.Rollout = r
		f.Happened = append(f.Happened, news)
	}
	t.frames, t.news = append(t.frames, f), nil
	t.now = t.now.Add(Every)
}

func (t *telling) happen(warning bool, reason spec.Reason, message string) {
	t.news = append(t.news, watch.Transition{Rollout: watch.Rollout{At: t.now}, Warning: warning, Reason: reason, Message: message + t.Strange})
}

// abort leads the traffic back, drains, and leaves the run as it ended.
func (t *telling) abort() {
	t.run.Phase, t.run.Weight, t.run.Since, t.run.Gates = strategy.RunAborting, 0, t.now, t.gates
	t.run.Weights = append(slices.Clone(t.run.Weights), strategy.WeightChange{At: t.now, Weight: 0, Reason: t.run.Reason, Message: t.run.Message})
	t.happen(true, t.run.Reason, fmt.Sprintf("run %d is aborted, all traffic goes to %s: %s", t.run.Number, t.run.Stable.Name, t.run.Message))
	for range 4 {
		t.tell(strategy.PhaseAborting, t.run.Reason, t.where()+": draining; "+t.run.Message)
	}
	t.ready, t.run.Phase, t.run.EndedAt = 0, strategy.RunAborted, t.now
	for range 6 {
		t.tell(strategy.PhaseAborted, t.run.Reason, fmt.Sprintf("run %d of %s was aborted: %s", t.run.Number, t.run.Canary.Name, t.run.Message))
	}
}

// promote hands over.
func (t *telling) promote() {
	t.run.Phase, t.run.Since, t.run.Gates = strategy.RunPromoting, t.now, t.gates
	t.happen(false, spec.ReasonPromoting, fmt.Sprintf("run %d: every step has passed: %s", t.run.Number, t.gates[0].Message))
	for range 8 {
		t.tell(strategy.PhasePromoting, spec.ReasonPromoting, t.where()+": the routes go back, stable drains")
	}
	t.past = slices.Insert(slices.Clone(t.past), 0, strategy.Summary{
		Number: t.run.Number, ID: t.run.ID, Canary: t.run.Canary, Stable: t.run.Stable, Result: strategy.ResultPromoted, Reason: spec.ReasonPromoted,
		Message: t.gates[0].Message, StartedAt: t.run.StartedAt, EndedAt: t.now, Weights: t.run.Weights, Gates: t.gates,
	})
	t.happen(false, spec.ReasonPromoted, t.run.Canary.Name+" serves all users; its pods were not restarted")
	for range 6 {
		t.tell(strategy.PhaseAtRest, spec.ReasonPromoted, t.run.Canary.Name+" serves")
	}
}

// history are runs before, of which one was aborted.
func history(s Story, start time.Time) []strategy.Summary {
	var list []strategy.Summary
	for i := 1; i <= 4 && i < s.Number; i++ {
		n := s.Number - i
		began := start.Add(-time.Duration(i) * 26 * time.Hour)
		sum := strategy.Summary{
			Number: n, ID: fmt.Sprintf("%s-%d", s.Key.Name, n), Canary: ref(s.Key.Name, s.Seed-uint64(i)), Stable: ref(s.Key.Name, s.Seed-uint64(i)-1),
			Result: strategy.ResultPromoted, Reason: spec.ReasonPromoted, StartedAt: began, EndedAt: began.Add(4*time.Minute + time.Duration(i)*7*time.Second),
			Weights: []strategy.WeightChange{{At: began.Add(starting), Weight: 10, Reason: spec.ReasonWeight}},
		}
		if i == 3 {
			sum.Result, sum.Reason, sum.EndedAt = strategy.ResultAborted, spec.ReasonGateFailed, began.Add(81*time.Second)
			sum.Message = "error-rate: canary 41/306 (13.4 %), stable 9/2711 (0.3 %), E 10^9 ≥ 300: abort"
		} else {
			sum.Weights = append(sum.Weights, strategy.WeightChange{At: began.Add(2 * time.Minute), Weight: 100, Reason: spec.ReasonPassed})
		}
		list = append(list, sum)
	}
	return list
}
