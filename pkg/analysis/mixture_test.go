package analysis

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func draw(rng *rand.Rand, n int, p float64) Counts {
	c := Counts{Requests: float64(n)}
	for range n {
		if rng.Float64() < p {
			c.Bad++
		}
	}
	return c
}

func TestMixtureIsTheSumWrittenOut(t *testing.T) {
	for seed := range uint64(40) {
		rng := rand.New(rand.NewPCG(seed, 4))
		p, scale := rng.Float64()*.2, math.Pow(10, rng.Float64()*6)
		var run []paired
		var absolute, relative [][points]float64
		for range 1 + rng.IntN(60) {
			canary, stable := draw(rng, rng.IntN(50), p), draw(rng, rng.IntN(50), .02)
			if seed%3 == 0 {
				// Large enough to leave what plain numbers can hold, in both directions.
				canary = Counts{canary.Requests * scale, canary.Bad * scale}
			}
			run = append(run, paired{canary: canary, stable: stable})
			var a, r [points]float64
			for j, m := range multiples {
				a[j] = referenceAbsolute(.01, m, canary)
				if canary.Requests > 0 && stable.Requests > 0 {
					r[j] = referenceRelative(ratio, m, canary, stable)
				}
			}
			if canary.Requests > 0 {
				absolute = append(absolute, a)
			}
			if canary.Requests > 0 && stable.Requests > 0 {
				relative = append(relative, r)
			}
		}
		same := func(want, got float64) {
			t.Helper()
			assert.InDelta(t, want, got, 1e-9*max(1, math.Abs(want)), "seed %d", seed)
		}
		same(referenceMixture(absolute), overall(run, .01))
		same(referenceMixture(relative), compared(run))
	}
}

func TestEmptyIntervalsChangeNothing(t *testing.T) {
	full := []paired{
		{canary: Counts{100, 3}, stable: Counts{900, 2}},
		{canary: Counts{120, 9}, stable: Counts{800, 4}},
		{canary: Counts{90, 12}, stable: Counts{700, 0}},
	}
	var gaps []paired
	for _, in := range full {
		gaps = append(gaps, paired{}, in, paired{}, paired{})
	}
	assert.InDelta(t, overall(full, .01), overall(gaps, .01), 0)
	assert.InDelta(t, compared(full), compared(gaps), 0)
	assert.InDelta(t, compared(full), compared(append(gaps, paired{canary: Counts{50, 50}}, paired{stable: Counts{50, 50}})), 0,
		"with one side alone there is nothing to compare")
	assert.Equal(t, alike(full, .01, 1), alike(gaps, .01, 1))
	assert.Zero(t, overall(nil, .01), "E is 1 at the start")
	assert.Zero(t, overall(make([]paired, 50), .01))
}

func TestNumbersStaySound(t *testing.T) {
	histories := map[string][]paired{
		"nothing":        {},
		"all good":       {{canary: Counts{1e8, 0}, stable: Counts{1e9, 0}}},
		"all bad":        {{canary: Counts{1e8, 1e8}, stable: Counts{1e9, 1e9}}},
		"one bad":        {{canary: Counts{1e8, 1}, stable: Counts{1, 0}}},
		"back and forth": {{canary: Counts{1e8, 1e8}, stable: Counts{1e8, 0}}, {canary: Counts{1e8, 0}, stable: Counts{1e8, 1e8}}, {canary: Counts{1e8, 1e8}, stable: Counts{1, 0}}},
		"fractions":      {{canary: Counts{.5, .25}, stable: Counts{1e-9, 0}}},
	}
	for range 200 {
		histories["long and bad"] = append(histories["long and bad"], paired{canary: Counts{100, 30}, stable: Counts{1e5, 0}})
	}
	for name, h := range histories {
		for _, p0 := range []float64{1e-12, 1e-6, .01, .5, 1 - 1e-9} {
			s := total(h, start)
			for what, x := range map[string]float64{
				"absolute": overall(h, p0), "relative": compared(h), "promote": promote(s.canary, p0),
				"abort": against(h, p0, 5, true).logE,
			} {
				require.False(t, math.IsNaN(x) || math.IsInf(x, 0), "%s at %v, %s: %v", name, p0, what, x)
			}
		}
	}
	bad := overall(histories["all bad"], .01)
	assert.InDelta(t, 1e8*math.Log(80/1.79)-math.Log(20), bad, 1, "80-fold odds are 0.447, so each bad request counts 44.7")
	turned := overall(histories["back and forth"], .01)
	assert.Greater(t, turned, bad-math.Log(6), "a hundred million good requests don't protect the bad ones that come after")
}

func TestALateOnsetIsFoundNearlyAsFastAsAnEarlyOne(t *testing.T) {
	healthy, ill := paired{canary: Counts{100, 0}}, paired{canary: Counts{100, 20}}
	var late []paired
	for range 240 {
		late = append(late, healthy)
	}
	require.Less(t, overall(late, .01), 0.0)
	late = append(late, ill)
	early := overall([]paired{ill}, .01)
	assert.InDelta(t, early-math.Log(242*241/2), overall(late, .01), .01, "the price of an hour is the weight, 1/(241·242) for 1/2")
	assert.Greater(t, overall(late, .01), math.Log(400))
}
