package exact

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/judged"
)

func TestFormulas(t *testing.T) {
	// odds 0.1/0.9 · 2 = 2/9, p = 2/11.
	assert.InDelta(t, math.Pow(20./11, 3)*math.Pow(10./11, 7), absolute(.1, 2, Counts{10, 3}), 1e-12)
	// π(1) = 1/10, π(2) = 2/11.
	assert.InDelta(t, math.Pow(20./11, 2)*(9./11)/.9, against(1, 2, Counts{1, 2}, Counts{9, 1}), 1e-12)
	assert.InDelta(t, 1, against(1, 2, Counts{9, 9}, Counts{}), 0)
	assert.InDelta(t, 1, mixture(4, func(int, float64) float64 { return 1 }), 1e-12, "factors of 1 leave E at 1")
	assert.InDelta(t, 1./5, mixture(4, func(int, float64) float64 { return 0 }), 1e-12, "what is left are the starts to come")
	var sum float64
	for _, p := range chances(30, .2) {
		sum += p
	}
	assert.InDelta(t, 1, sum, 1e-14)
	assert.InDelta(t, 3*.04*.8, chances(3, .2)[2], 1e-15)
}

func TestNoFactorIsExpectedToExceedOne(t *testing.T) {
	for _, e := range Expectations() {
		assert.Empty(t, e.Problem())
		assert.InDelta(t, 1, e.Largest, 1e-9, "%s: at the limit nothing is given away", e.Test)
	}
	assert.NotEmpty(t, Expectation{Largest: 1 + 1e-11}.Problem())
}

func TestTheJudgeIsExact(t *testing.T) {
	for _, size := range Sizes() {
		d := Enumerate(analysis.Judge, size)
		assert.Empty(t, d.Problem())
		if !size.Compare {
			assert.InDelta(t, 1, d.Expected, 1e-9, "%s: at the limit nothing is given away", size)
		}
	}
	a := Agree(analysis.Judge, 300, 1)
	assert.Empty(t, a.Problem())
	assert.Greater(t, a.Dispersed, 9)
	assert.Less(t, a.Dispersed, 200)
}

// Faults that no simulation would find: a chance that is twice as large as promised, but small all the same.
func TestWrongJudgesAreFound(t *testing.T) {
	change := func(change func(*analysis.Verdict, *analysis.Gate)) judged.Judge {
		return func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
			v := analysis.Judge(sub, ev, now)
			change(&v, &v.Gates[0])
			return v
		}
	}
	half := math.Log10(2)
	tests := map[string]judged.Judge{
		"twice α": change(func(v *analysis.Verdict, g *analysis.Gate) {
			if g.Abort.Log10E >= g.Abort.Log10Limit-half {
				v.Outcome = analysis.Fail
			}
		}),
		"a limit by hand": change(func(v *analysis.Verdict, g *analysis.Gate) {
			if g.Canary.Bad >= 2 {
				v.Outcome = analysis.Fail
			}
		}),
		"evidence that counts twice": change(func(v *analysis.Verdict, g *analysis.Gate) {
			g.Abort.Log10E *= 2
			if g.Abort.Reached() {
				v.Outcome = analysis.Fail
			}
		}),
		"a pass of anything": change(func(v *analysis.Verdict, g *analysis.Gate) {
			if v.Outcome == analysis.Wait {
				v.Outcome, g.Outcome = analysis.Pass, analysis.Pass
			}
		}),
	}
	for name, judge := range tests {
		t.Run(name, func(t *testing.T) {
			var problems int
			for _, size := range Sizes() {
				if d := Enumerate(judge, size); d.Problem() != "" {
					problems++
				}
			}
			assert.Positive(t, problems)
		})
	}
	t.Run("intervals without requests count", func(t *testing.T) {
		judge := func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
			v := analysis.Judge(sub, ev, now)
			v.Gates[0].Abort.Log10E -= .1 * float64(len(ev.Errors.Intervals))
			return v
		}
		assert.NotEmpty(t, Agree(judge, 100, 1).Problem())
		assert.Positive(t, Agree(judge, 100, 1).Empty)
	})
}
