package exact

import (
	"fmt"
	"math"
	"slices"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/judged"
)

// Size is a small run: the requests of the two versions in each of its intervals.
type Size struct {
	Canary, Stable, Intervals int
	// Compare also judges against stable.
	Compare bool
	// Limit is the largest share of bad requests allowed.
	Limit float64
}

// String is as in the tables.
func (s Size) String() string {
	text := fmt.Sprintf("limit %g %%, %d intervals of %d requests", 100*s.Limit, s.Intervals, s.Canary)
	if s.Compare {
		text += fmt.Sprintf(" compared with %d of stable", s.Stable)
	}
	return text
}

// tests is how many tests share α.
func (s Size) tests() float64 {
	if s.Compare {
		return 2
	}
	return 1
}

// Distribution is what the judge does in all runs of one size.
type Distribution struct {
	Size Size
	// Verdicts is how many verdicts were given.
	Verdicts int
	// Abort is the largest probability of a false abort, over the shares that are within the limits.
	Abort float64
	// Pass is the probability that a step ever passes of a canary at its limit, which is no reason to go on.
	Pass float64
	// Expected is the largest expectation of the E at which a run ends, divided by the number of tests: at most 1.
	Expected float64
	// Lowest is the smallest E at which there was an abort, as a part of what it takes; +Inf without any abort.
	Lowest float64
}

// Problem says what is wrong, empty if nothing is.
func (d Distribution) Problem() string {
	switch {
	case d.Abort > Alpha+Rounding:
		return fmt.Sprintf("exact: %s: a healthy canary is aborted with probability %.4g, more than %g", d.Size, d.Abort, Alpha)
	case d.Pass > Beta+Rounding:
		return fmt.Sprintf("exact: %s: a canary at its limit passes with probability %.4g, more than %g", d.Size, d.Pass, Beta)
	case d.Lowest < 1-1e-9:
		return fmt.Sprintf("exact: %s: a canary is aborted at %.3g of the evidence that it takes", d.Size, d.Lowest)
	case d.Expected > 1+1e-9:
		return fmt.Sprintf("exact: %s: E is expected to be %.6g times the number of tests", d.Size, d.Expected)
	}
	return ""
}

// Sizes are the runs to enumerate.
func Sizes() []Size {
	return []Size{
		{Canary: 1, Intervals: 8, Limit: .01},
		{Canary: 1, Intervals: 9, Limit: .2},
		{Canary: 2, Intervals: 6, Limit: .01},
		{Canary: 2, Intervals: 6, Limit: .05},
		{Canary: 5, Intervals: 3, Limit: .05},
		{Canary: 5, Intervals: 4, Limit: .2},
		{Canary: 30, Intervals: 2, Limit: .01},
		{Canary: 200, Intervals: 1, Limit: .01},
		{Canary: 1, Intervals: 12, Limit: .5},
		{Canary: 10, Intervals: 3, Limit: .2},
		{Canary: 60, Intervals: 2, Limit: .05},
		{Canary: 1, Stable: 2, Intervals: 4, Compare: true, Limit: .05},
		{Canary: 2, Stable: 3, Intervals: 3, Compare: true, Limit: .2},
		{Canary: 4, Stable: 9, Intervals: 2, Compare: true, Limit: .01},
		{Canary: 12, Stable: 40, Intervals: 1, Compare: true, Limit: .05},
	}
}

// hypothesis is a pair of shares within the limits, as the probabilities of 0, 1, … bad requests in an interval.
type hypothesis struct {
	canary, stable []float64
	// limit: the canary's share is the largest one allowed.
	limit bool
}

func (s Size) hypotheses() []hypothesis {
	var all []hypothesis
	for _, part := range []float64{.1, .5, 1} {
		if !s.Compare {
			all = append(all, hypothesis{chances(s.Canary, part*s.Limit), []float64{1}, part == 1})
			continue
		}
		// Within both limits: at most the largest share allowed, and at most Ratio times stable's.
		for _, stable := range []float64{.3, 1 / Ratio, 1, 2} {
			most := min(part, Ratio*stable)
			all = append(all, hypothesis{chances(s.Canary, most*s.Limit), chances(s.Stable, stable*s.Limit), most == 1})
		}
	}
	return all
}

// Enumerate puts every run of a size to the judge, looking after each interval, and adds up what follows.
func Enumerate(judge judged.Judge, size Size) Distribution {
	d := Distribution{Size: size, Lowest: math.Inf(1)}
	all := size.hypotheses()
	abort, pass, expected := make([]float64, len(all)), make([]float64, len(all)), make([]float64, len(all))
	var walk func(pairs []judged.Pair, weights []float64, passed bool)
	walk = func(pairs []judged.Pair, weights []float64, passed bool) {
		var g analysis.Gate
		if len(pairs) > 0 {
			g = d.ask(judge, pairs)
		}
		failed, passes := g.Outcome == analysis.Fail, g.Outcome == analysis.Pass && !passed
		last := failed || len(pairs) == size.Intervals
		for h, w := range weights {
			if failed {
				abort[h] += w
			}
			if passes && all[h].limit {
				pass[h] += w
			}
			if last {
				// In logarithms: E may be too large for a number where the probability is too small for one.
				expected[h] += math.Exp(math.Log(w)+g.Abort.Log10E*math.Ln10) / size.tests()
			}
		}
		if last {
			return
		}
		for kc := range size.Canary + 1 {
			for ks := range size.stable() + 1 {
				next := make([]float64, len(all))
				for h := range all {
					next[h] = weights[h] * all[h].canary[kc] * all[h].stable[ks]
				}
				walk(append(pairs[:len(pairs):len(pairs)], pair(size, kc, ks)), next, passed || passes)
			}
		}
	}
	walk(nil, slices.Repeat([]float64{1}, len(all)), false)
	for h := range all {
		d.Abort, d.Pass, d.Expected = max(d.Abort, abort[h]), max(d.Pass, pass[h]), max(d.Expected, expected[h])
	}
	return d
}

// stable is how many outcomes of stable's are told apart.
func (s Size) stable() int {
	if s.Compare {
		return s.Stable
	}
	return 0
}

func pair(size Size, kc, ks int) judged.Pair {
	return judged.Pair{
		Canary: analysis.Counts{Requests: float64(size.Canary), Bad: float64(kc)},
		Stable: analysis.Counts{Requests: float64(size.Stable), Bad: float64(ks)},
	}
}

// ask is the judge's view of the last look.
func (d *Distribution) ask(judge judged.Judge, pairs []judged.Pair) analysis.Gate {
	d.Verdicts++
	gates := analysis.Gates{MaxErrorRate: d.Size.Limit, Compare: d.Size.Compare}
	v := judged.Stream(pairs, 10).Verdict(judge, gates, len(pairs)-1)
	g := v.Gates[0]
	if v.Outcome == analysis.Fail {
		g.Outcome = analysis.Fail
		d.Lowest = min(d.Lowest, math.Pow(10, g.Abort.Log10E)/(d.Size.tests()/Alpha))
	}
	return g
}
