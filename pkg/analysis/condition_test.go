package analysis

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestTheLimitIsSharedByTheTests(t *testing.T) {
	lifted, scoped := Alert{Name: "A", Lifted: &LiftedRule{Limit: .1}}, Alert{Name: "B", Scoped: &ScopedRule{}}
	tests := map[string]struct {
		gates Gates
		limit float64
	}{
		"no test at all":                           {Gates{Compare: true, Alerts: []Alert{scoped}}, 100},
		"one":                                      {Gates{MaxErrorRate: .01}, 100},
		"one, and the same against stable":         {Gates{MaxErrorRate: .01, Compare: true}, 200},
		"both gates, and against stable":           {Gates{MaxErrorRate: .01, LatencyThreshold: 1, Compare: true}, 400},
		"what callers see is another":              {Gates{MaxErrorRate: .01, Reach: &Reach{}, Compare: true}, 400},
		"which is off without an error rate":       {Gates{LatencyThreshold: 1, Reach: &Reach{}}, 100},
		"lifted rules are tests, scoped ones none": {Gates{MaxErrorRate: .01, Alerts: []Alert{lifted, scoped, lifted}}, 300},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, math.Log(test.limit), abortLimit(&test.gates), 1e-9)
			for _, weight := range []int{0, 10, 100} {
				sub := subject(test.gates)
				sub.Weight = weight
				for _, g := range Judge(sub, Evidence{}, second(0)).Gates {
					if g.Mode != ModeScoped {
						assert.InDelta(t, math.Log10(test.limit), g.Abort.Log10Limit, 1e-9, "%s has the same limit at every step", g.Name)
					}
				}
			}
		})
	}
	assert.InDelta(t, 20, math.Exp(promoteLimit()), 1e-9)
}
