package exact

import (
	"fmt"
	"math"
	"math/rand/v2"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/judged"
)

// Agreement is how the judge's E compares with the formulas.
type Agreement struct {
	// Runs is how many runs were compared, Dispersed in how many of them the dispersion was above 1, Furthest by how much the logarithm of E was off at most, as a part of it.
	Runs, Dispersed int
	Furthest        float64
	// Empty is how many times intervals without requests changed a verdict, while stable's requests are all good: where its neighbours
	// in time look much worse, the test against stable takes these for the interval, and what is between them counts.
	Empty int
}

// Problem says what is wrong, empty if nothing is.
func (a Agreement) Problem() string {
	switch {
	case a.Furthest > 1e-9:
		return fmt.Sprintf("exact: the judge's E is not that of the formulas: off by %.3g", a.Furthest)
	case a.Empty > 0:
		return fmt.Sprintf("exact: intervals without requests changed %d verdicts", a.Empty)
	}
	return ""
}

// Agree compares the judge with the formulas, for and against the canary, in random small runs, and sees whether intervals
// without requests change anything.
func Agree(judge judged.Judge, runs int, seed uint64) Agreement {
	a := Agreement{Runs: runs}
	for i := range runs {
		rng := dice.Source(seed, "agreement", i)
		limit := []float64{.01, .05, .2}[rng.IntN(3)]
		p := limit * rng.Float64() * 4
		pairs := make([]judged.Pair, 1+rng.IntN(6))
		for k := range pairs {
			// Now and then stable's bad requests come in bursts, which takes from the weight of all evidence.
			pairs[k] = judged.Pair{
				Canary: drawn(rng, 1+rng.IntN(30), p), Stable: drawn(rng, 100, float64(rng.IntN(2)*(i%2))*.3),
			}
		}
		gates := analysis.Gates{MaxErrorRate: limit}
		v := judged.Stream(pairs, 10).Verdict(judge, gates, len(pairs)-1)
		weight := 1 / max(1, v.Gates[0].Dispersion)
		if weight < 1 {
			a.Dispersed++
		}
		a.compare(v.Gates[0].Abort.Log10E, mixture(len(pairs), func(k int, m float64) float64 {
			return math.Pow(absolute(limit, m, whole(pairs[k].Canary)), weight)
		}))
		var total Counts
		for _, pair := range pairs {
			c := whole(pair.Canary)
			total.All, total.Bad = total.All+c.All, total.Bad+c.Bad
		}
		a.compare(v.Gates[0].Promote.Log10E, promote(limit, weight, total))
		if i%2 == 0 {
			a.empty(judge, rng, pairs, limit)
		}
	}
	return a
}

func (a *Agreement) compare(log10 float64, formula float64) {
	want := math.Log10(formula)
	a.Furthest = max(a.Furthest, math.Abs(log10-want)/max(1, math.Abs(want)))
}

// empty puts intervals without requests between the others, with the comparison on.
func (a *Agreement) empty(judge judged.Judge, rng *rand.Rand, pairs []judged.Pair, limit float64) {
	gates := analysis.Gates{MaxErrorRate: limit, Compare: true}
	var gaps []judged.Pair
	for _, p := range pairs {
		for range rng.IntN(3) {
			gaps = append(gaps, judged.Pair{})
		}
		gaps = append(gaps, p)
	}
	with := judged.Stream(gaps, 10).Verdict(judge, gates, len(gaps)-1)
	without := judged.Stream(pairs, 10).Verdict(judge, gates, len(pairs)-1)
	if with.Outcome != without.Outcome || with.Message != without.Message ||
		with.Gates[0].Abort != without.Gates[0].Abort || with.Gates[0].Promote != without.Gates[0].Promote {
		a.Empty++
	}
}

func drawn(rng *rand.Rand, n int, p float64) analysis.Counts {
	return analysis.Counts{Requests: float64(n), Bad: dice.Binomial(rng, float64(n), p)}
}

func whole(c analysis.Counts) Counts { return Counts{All: int(c.Requests), Bad: int(c.Bad)} }
