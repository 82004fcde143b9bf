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
		for _, phi := range []float64{1, 1.3, 7} {
			same(referenceMixture(absolute, phi), overall(run, .01, phi))
			same(referenceMixture(relative, phi), compared(run, phi))
		}
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
	one := trial{share: .01, phi: 1, limit: 1, compare: true}
	assert.InDelta(t, overall(full, .01, 1), overall(gaps, .01, 1), 0)
	assert.InDelta(t, compared(full, 1), compared(gaps, 1), 0)
	assert.InDelta(t, compared(full, 1), compared(append(gaps, paired{canary: Counts{50, 50}}, paired{stable: Counts{50, 50}}), 1), 0,
		"with one side alone there is nothing to compare")
	assert.Equal(t, alike(full, &one), alike(gaps, &one))
	assert.Zero(t, overall(nil, .01, 1), "E is 1 at the start")
	assert.Zero(t, overall(make([]paired, 50), .01, 1))
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
			requireSound(t, name, h, p0)
		}
	}
	bad := overall(histories["all bad"], .01, 1)
	assert.InDelta(t, 1e8*math.Log(80/1.79)-math.Log(20), bad, 1, "80-fold odds are 0.447, so each bad request counts 44.7")
	turned := overall(histories["back and forth"], .01, 1)
	assert.Greater(t, turned, bad-math.Log(6), "a hundred million good requests don't protect the bad ones that come after")
}

func requireSound(t *testing.T, name string, run []paired, p0 float64) {
	t.Helper()
	found := dispersion(nil, run)
	require.True(t, found >= 1 && found <= largestDispersion, "%s: φ %v", name, found)
	s := total(run, start)
	for _, phi := range []float64{1, found, largestDispersion} {
		for what, x := range map[string]float64{
			"absolute": overall(run, p0, phi), "relative": compared(run, phi), "promote": promote(s.canary, p0, phi),
			"abort": (&trial{share: p0, phi: phi, limit: 5, compare: true}).against(run).logE,
			"group": suspected([]part{{run: run, weight: weightOf(101)}}, trial{share: p0, phi: phi, limit: 5}, &Subject{}).logE,
		} {
			require.False(t, math.IsNaN(x) || math.IsInf(x, 0), "%s at %v, φ %v, %s: %v", name, p0, phi, what, x)
		}
	}
}

// What was counted in two ways comes out the same: plain numbers while they last, and numbers with a shift; few requests by powers,
// many by exponentials.
func TestTheFastWaysAreExact(t *testing.T) {
	rng := rand.New(rand.NewPCG(31, 32))
	for range 300 {
		p0 := math.Pow(10, -4*rng.Float64()) / 2
		grid := newOddsGrid(p0, 1)
		c := Counts{Requests: float64(rng.IntN(5000)), Bad: float64(rng.IntN(150))}
		c.Requests += c.Bad
		var logs [points]float64
		grid.factors(c, &logs)
		var fast, slow mixture
		grid.bear(&fast, c)
		slow.step(&logs)
		require.InDelta(t, slow.logE(), fast.logE(), 1e-9*max(1, math.Abs(slow.logE())), "%v at %v", c, p0)
	}
	var up, down [points]float64
	for j := range up {
		up[j], down[j] = 300+float64(j), -300-float64(j)
	}
	var m mixture
	steps := [][points]float64{}
	for i := range 40 {
		logs := up
		if i%4 > 1 {
			logs = down
		}
		steps = append(steps, logs)
		m.step(&logs)
		factors := [points]float64{}
		small := [points]float64{}
		for j := range factors {
			small[j] = float64(j-5) * 20
			factors[j] = math.Exp(small[j])
		}
		steps = append(steps, small)
		m.multiply(&factors)
		want := referenceMixture(steps, 1)
		require.InDelta(t, want, m.logE(), 1e-9*max(1, math.Abs(want)), "step %d", i)
	}
}

func TestALateOnsetIsFoundNearlyAsFastAsAnEarlyOne(t *testing.T) {
	healthy, ill := paired{canary: Counts{100, 0}}, paired{canary: Counts{100, 20}}
	var late []paired
	for range 240 {
		late = append(late, healthy)
	}
	require.Less(t, overall(late, .01, 1), 0.0)
	late = append(late, ill)
	early := overall([]paired{ill}, .01, 1)
	assert.InDelta(t, early-math.Log(242*241/2), overall(late, .01, 1), .01, "the price of an hour is the weight, 1/(241·242) for 1/2")
	assert.Greater(t, overall(late, .01, 1), math.Log(400))
}
