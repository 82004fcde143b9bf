package analysis

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// What callers see can speak against a canary, and never for it or for waiting: not every canary is called within a mesh.
func TestReachability(t *testing.T) {
	good, bad := [2]Counts{counts(600, 0), counts(5400, 3)}, [2]Counts{counts(600, 90), counts(5400, 3)}
	shared, few := [2]Counts{counts(600, 90), counts(5400, 810)}, [2]Counts{counts(9, 0), counts(81, 0)}
	change := func(f func(f *Family)) Family {
		family := history(bad)
		f(&family)
		return family
	}
	tests := map[string]struct {
		reach   Family
		gates   int
		outcome Outcome
		reason  Reason
	}{
		"no mesh, no gate":                   {Family{}, 1, Pass, ReasonEnough},
		"well reached":                       {history(good), 2, Pass, ReasonEnough},
		"few requests are no reason to wait": {history(few), 2, Pass, ReasonEnough},
		"callers can't reach it":             {history(bad), 2, Fail, ReasonReach},
		"they reach neither":                 {history(shared), 2, Hold, ReasonEnvironment},
		"it can't be asked":                  {change(func(f *Family) { f.Problem = &Problem{ReasonUnreachable, ""} }), 1, Pass, ReasonEnough},
		"nobody calls it":                    {change(func(f *Family) { f.CanarySeen = time.Time{} }), 1, Pass, ReasonEnough},
		"nobody calls stable":                {change(func(f *Family) { f.StableSeen = time.Time{} }), 1, Pass, ReasonEnough},
		"a counter is odd": {
			change(func(f *Family) { f.Faults = []Fault{{Problem{ReasonMalformed, ""}, second(110)}} }), 1, Pass, ReasonEnough,
		},
		"a count is odd": {change(func(f *Family) { f.Intervals[0].Canary.Bad = -1 }), 1, Pass, ReasonEnough},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sub := subject(Gates{MaxErrorRate: .01, Compare: true, Reach: &Reach{Canary: "shop-canary", Stable: "shop"}})
			ev := evidence(history(good))
			ev.Reach = test.reach
			v := Judge(sub, ev, second(135))
			assert.Equal(t, test.outcome, v.Outcome, v.Message)
			assert.Equal(t, test.reason, v.Reason, v.Message)
			assert.Len(t, v.Gates, test.gates)
			ev.Errors = history(few)
			if test.outcome == Pass {
				assert.Equal(t, Wait, Judge(sub, ev, second(135)).Outcome, "it lets nothing pass by itself")
			}
			sub.Gates.MaxErrorRate, sub.Gates.LatencyQuantile, sub.Gates.LatencyThreshold = 0, .95, time.Second
			ev.Latency = history(good)
			assert.Len(t, Judge(sub, ev, second(135)).Gates, 1, "without a largest error rate there is nothing to judge it by")
		})
	}
}
