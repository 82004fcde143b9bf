package peers

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// minutes have 100 requests each, and so many bad ones; −1 is a minute without requests.
func minutes(bad ...float64) []traffic.Minute {
	var all []traffic.Minute
	for _, b := range bad {
		m := traffic.Minute{Stable: analysis.Counts{Requests: 900}}
		if b >= 0 {
			m.Canary = analysis.Counts{Requests: 100, Bad: b}
		}
		all = append(all, m)
	}
	return all
}

func TestRulesOfThresholds(t *testing.T) {
	tests := map[string]struct {
		minutes               []traffic.Minute
		argo0, argo3, flagger int
	}{
		"at the limit all is well":                 {minutes(1, 1, 1, 1, 1, 1), 0, 0, 0},
		"a single bad minute":                      {minutes(0, 0, 2, 0, 0, 0), 3, 0, 0},
		"four bad minutes are more than three":     {minutes(2, 2, 2, 2, 0, 0), 1, 4, 0},
		"five are the threshold, not in a row":     {minutes(2, 0, 2, 0, 2, 0, 2, 0, 2), 1, 7, 9},
		"without requests one passes, one fails":   {minutes(-1, -1, -1, -1, -1), 0, 0, 5},
		"and both are counted with the bad ones":   {minutes(-1, 2, -1, 2, 2), 2, 0, 5},
		"nothing has happened yet":                 {nil, 0, 0, 0},
		"good minutes in between excuse nothing":   {minutes(2, 2, 2, 0, 0, 0, 0, 0, 0, 0, 2), 1, 11, 0},
		"three failures are within a limit of 3":   {minutes(2, 2, 2, 1, 1), 1, 0, 0},
		"and a minute more at the threshold isn't": {minutes(2, 2, 2, 2, 2), 1, 4, 5},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.argo0, argo(0)(test.minutes, .01, nil))
			assert.Equal(t, test.argo3, argo(3)(test.minutes, .01, nil))
			assert.Equal(t, test.flagger, flagger(5)(test.minutes, .01, nil))
		})
	}
}

// The figures of Kayenta's own tests (MannWhitneySuite.scala at 9f8406f1a630): 95 % from 6 to 39, estimate 22.5.
func TestShiftIsThatOfKayenta(t *testing.T) {
	experiment, control := []float64{10, 20, 30, 40}, []float64{1, 2, 3, 4}
	assert.InDelta(t, 6, lowest(experiment, control, .95), 1e-6)
	assert.InDelta(t, 22.5, middle(experiment, control), 1e-6)
	assert.InDelta(t, -39, lowest(control, experiment, .95), 1e-6, "the other way round it is the upper end")
}

// In large samples the end is the difference between points at rank nm/2 − z·√(nm(n+m+1)/12) of all differences, less the correction.
func TestTheIntervalIsThatOfTheDifferences(t *testing.T) {
	for seed := range 20 {
		rng := dice.Source(4, t.Name(), seed)
		var a, b, all []float64
		for range 50 {
			a, b = append(a, rng.NormFloat64()+.5), append(b, rng.NormFloat64())
		}
		for _, x := range a {
			for _, y := range b {
				all = append(all, x-y)
			}
		}
		slices.Sort(all)
		rank := 1250 - 2.326348*145.0575 - .5 // 50·50/2, z of 98 %, √(50·50·101/12)
		assert.InDelta(t, all[int(rank)], lowest(a, b, .98), .02, "seed %d", seed)
	}
}

func TestKayenta(t *testing.T) {
	hour := func(canary, stable func(i int) float64) []traffic.Minute {
		var all []traffic.Minute
		for i := range 60 {
			m := traffic.Minute{Canary: analysis.Counts{Requests: 1000, Bad: canary(i)}, Stable: analysis.Counts{Requests: 1000, Bad: stable(i)}}
			if canary(i) < 0 {
				m.Canary = analysis.Counts{}
			}
			all = append(all, m)
		}
		return all
	}
	none := func(int) float64 { return 0 }
	around := func(x float64) func(int) float64 { return func(i int) float64 { return x + float64(i%5) } }
	// often is a number of bad requests every so many minutes.
	often := func(every int, bad float64) func(int) float64 {
		return func(i int) float64 {
			if i%every == 0 {
				return bad
			}
			return 0
		}
	}
	mostly := func(i int) float64 {
		if i%12 < 7 {
			return 100
		}
		return 2
	}
	tests := map[string]struct {
		minutes []traffic.Minute
		minute  int
	}{
		"alike":                              {hour(around(5), around(5)), 0},
		"higher":                             {hour(around(30), around(5)), 60},
		"lower is no matter for errors":      {hour(around(5), around(30)), 0},
		"rare errors against none":           {hour(often(30, 30), none), 0},
		"no requests at all are no failure":  {hour(func(int) float64 { return -1 }, around(5)), 0},
		"two constants are told apart":       {hour(func(int) float64 { return 9 }, func(int) float64 { return 3 }), 60},
		"no constant is told from itself":    {hour(none, none), 0},
		"half an hour is no analysis":        {hour(around(30), around(5))[:30], 0},
		"rare errors against frequent small": {hour(often(30, 30), around(0)), 0},
		"a few large against a few small":    {hour(often(20, 30), often(10, 1)), 0},
		"surely higher, but by how much":     {hour(mostly, func(i int) float64 { return float64(i % 2) }), 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.minute, kayenta(test.minutes, .01, dice.Source(5, name, 0)))
		})
	}
}

func TestNamesAreKeys(t *testing.T) {
	seen := map[string]bool{}
	for _, rule := range All() {
		assert.Regexp(t, `^[a-z][A-Za-z0-9]*$`, rule.Name)
		assert.False(t, seen[rule.Name])
		seen[rule.Name] = true
	}
}
