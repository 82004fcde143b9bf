package ideal

import (
	"math"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/judged"
)

func looks(pairs ...judged.Pair) *judged.Looks { return judged.Stream(pairs, 10) }

func one(bad, stable float64) judged.Pair {
	return judged.Pair{Canary: analysis.Counts{Requests: 1, Bad: bad}, Stable: analysis.Counts{Requests: 9, Bad: stable}}
}

func TestTheRatioIsThatOfTheLikelihoods(t *testing.T) {
	// Each bad request counts 5, so that three come to 125.
	_, ok := Absolute(.01, .05)(looks(one(1, 0), one(1, 0)), .01)
	assert.False(t, ok)
	look, ok := Absolute(.01, .05)(looks(one(1, 0), one(1, 0), one(1, 0)), .01)
	assert.True(t, ok)
	assert.Equal(t, 2, look)
	// Each good one counts 0.99/0.95: ln 20 / ln 1.0421 = 72.6.
	look, ok = Absolute(.05, .01)(looks(make73()...), .05)
	assert.True(t, ok)
	assert.Equal(t, 72, look)
	// Of ten requests one is the canary's. A bad one is its with 5/14, not 1.5/10.5.
	_, ok = Against(1.5, 5)(looks(one(1, 0), one(1, 0), one(1, 0), one(1, 0), one(1, 0)), .01)
	assert.False(t, ok, "(5/14 ÷ 1.5/10.5)^5 = 98")
	look, ok = Against(1.5, 5)(looks(one(1, 0), one(1, 0), one(1, 0), one(1, 0), one(1, 0), one(1, 0)), .01)
	assert.True(t, ok)
	assert.Equal(t, 5, look)
	_, ok = Against(1.5, 5)(looks(judged.Pair{Canary: analysis.Counts{Requests: 100, Bad: 100}}), .01)
	assert.False(t, ok, "without stable there is nothing to compare with")
}

func make73() []judged.Pair {
	var all []judged.Pair
	for range 73 {
		all = append(all, one(0, 0))
	}
	return all
}

// Under the null hypothesis no more than α, whichever it is; and that is not much less, or the test would not be the best.
func TestFalseAlarms(t *testing.T) {
	const runs, alpha = 4000, .05
	tests := map[string]Test{"absolute": Absolute(.05, .2), "late": Late(.05, .2)}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			alarms := make([]float64, runs)
			dice.Each(runs, func(i int) {
				rng := dice.Source(1, name, i)
				var pairs []judged.Pair
				for range 300 {
					pairs = append(pairs, one(dice.Binomial(rng, 1, .05), 0))
				}
				if _, ok := test(looks(pairs...), alpha); ok {
					alarms[i] = 1
				}
			})
			share := dice.Mean(alarms)
			t.Logf("%v", share)
			assert.LessOrEqual(t, share, alpha+3*math.Sqrt(alpha/runs))
			assert.Greater(t, share, alpha/5)
		})
	}
}
