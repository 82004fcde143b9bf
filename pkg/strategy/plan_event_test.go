package strategy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// emitted are the events of a Decision.
func emitted(d strategy.Decision) []strategy.Emit {
	var events []strategy.Emit
	for _, a := range d.Actions {
		if e, ok := a.(strategy.Emit); ok {
			events = append(events, e)
		}
	}
	return events
}

func TestPlanTellsOfAHoldOnceAndOfTheUsualOnesNever(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*scene)
		want   []spec.Reason
		// normal says that somebody has only to do something, and nothing is wrong.
		normal bool
	}{
		"nothing to judge by": {change: func(s *scene) { s.now = s.now.Add(10 * time.Minute) }, want: []spec.Reason{spec.ReasonBlind}},
		"canary and stable ill alike": {
			change: func(s *scene) { s.judge(analysis.Hold); s.o.Verdict.Reason = analysis.ReasonEnvironment }, want: []spec.Reason{spec.ReasonBothIll},
		},
		"an alert": {
			change: func(s *scene) { s.judge(analysis.Hold); s.o.Verdict.Reason = analysis.ReasonWarning }, want: []spec.Reason{spec.ReasonWarning},
		},
		"an approval": {
			change: func(s *scene) { s.judge(analysis.Pass); s.s.Steps[0].Pause = true }, want: []spec.Reason{spec.ReasonApproval}, normal: true,
		},
		"too few requests yet": {change: func(s *scene) { s.judge(analysis.Wait) }},
		"the step's time":      {change: func(s *scene) { s.judge(analysis.Pass) }},
	} {
		t.Run(name, func(t *testing.T) {
			s := holding(t)
			c.change(s)
			d := strategy.Plan(s.o, s.s, s.now)
			var got []spec.Reason
			for _, e := range emitted(d) {
				got = append(got, e.Reason)
				assert.Equal(t, !c.normal, e.Warning)
				assert.Contains(t, e.Message, "canary "+v2+" at 10 %, step 1 of")
			}
			assert.Equal(t, c.want, got)

			s.o.Deployment.Conditions = []strategy.Condition{{
				Type: spec.ConditionPromoted, Status: "Unknown", Reason: string(d.Status.Reason), Message: "with other numbers", UpdatedAt: s.now.Add(-time.Hour),
			}}
			assert.Empty(t, emitted(strategy.Plan(s.o, s.s, s.now)), "it has been told")
		})
	}
}
