package analysis

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
)

// interval leaves the canary's and stable's counts of one interval to chance.
func interval(rng *rand.Rand, n int, canary, stable float64) paired {
	return paired{canary: draw(rng, n, canary), stable: draw(rng, 9*n, stable)}
}

// aborted looks after every interval, as the controller does, and says whether the canary was ever aborted.
func aborted(intervals []paired, g Gates) bool {
	limit := abortLimit(&g)
	for i := range intervals {
		// What follows is not evidence yet, but stable was scraped once more.
		var after Counts
		if i+1 < len(intervals) {
			after = intervals[i+1].stable
		}
		now := slices.Clone(intervals[:i+1])
		surround(now, after)
		t := trial{share: g.MaxErrorRate, phi: dispersion(nil, now), limit: limit, compare: g.Compare}
		if t.against(now).guilty {
			return true
		}
	}
	return false
}

// No outcome of 2,000 runs is likely to be misleading: were the true share of false aborts α = 1 %, more than 1.5 % of them would
// come about once in 60 tries; and it is well below α, since E is spread over starts and alternatives.
func TestAHealthyCanaryIsHardlyEverAborted(t *testing.T) {
	const runs = 2000
	g := Gates{MaxErrorRate: .01, Compare: true}
	tests := map[string]func(rng *rand.Rand) paired{
		"at its limit":       func(rng *rand.Rand) paired { return interval(rng, 12, .01, .01) },
		"with little to do":  func(rng *rand.Rand) paired { return interval(rng, rng.IntN(2), .01, .01) },
		"with a better peer": func(rng *rand.Rand) paired { return interval(rng, 12, .0075, .006) },
	}
	for name, next := range tests {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(5, uint64(len(name))))
			var failed int
			for range runs {
				var intervals []paired
				for range 25 {
					intervals = append(intervals, next(rng))
				}
				if aborted(intervals, g) {
					failed++
				}
			}
			t.Logf("%d of %d runs were aborted", failed, runs)
			assert.LessOrEqual(t, failed, runs*15/1000)
		})
	}
}

// An outage that hits both versions is nobody's fault, also where chance decides who shows it first: at equal weights.
func TestAnOutageOfBothVersionsAbortsHardlyEver(t *testing.T) {
	const runs = 700
	g := Gates{MaxErrorRate: .01, Compare: true}
	for name, share := range map[string]int{"ten to ninety": 9, "half and half": 1} {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(6, uint64(share)))
			var failed int
			for range runs {
				var intervals []paired
				for i := range 30 {
					p := .005
					if i >= 10 && i < 20 {
						p = .15
					}
					in := interval(rng, 15, p, p)
					in.stable = draw(rng, 15*share, p)
					intervals = append(intervals, in)
				}
				if aborted(intervals, g) {
					failed++
				}
			}
			t.Logf("%d of %d runs were aborted", failed, runs)
			assert.LessOrEqual(t, failed, runs*15/1000)
		})
	}
}

// What it costs to be sure that it is not an outage: little, and most where stable has little to say. In requests of the canary,
// looking once per interval of 15.
func TestASickCanaryIsAbortedSoon(t *testing.T) {
	tests := map[string]struct {
		canary, stable float64
		requests       int
		compare        bool
		most           int
	}{
		"20 % errors, not compared":      {.2, .005, 0, false, 30},
		"20 % errors at 10 %":            {.2, .005, 135, true, 30},
		"20 % errors at 50 %":            {.2, .005, 15, true, 60},
		"20 % errors at 90 %":            {.2, .005, 2, true, 300},
		"5 % errors at 10 %":             {.05, .005, 135, true, 195},
		"5 % errors at 50 %":             {.05, .005, 15, true, 300},
		"both bad, the canary far worse": {.4, .05, 135, true, 60},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := Gates{MaxErrorRate: .01, Compare: test.compare}
			got := 15 * until(9, 100, func(rng *rand.Rand) int {
				var intervals []paired
				for !aborted(intervals, g) {
					in := interval(rng, 15, test.canary, 0)
					in.stable = draw(rng, test.requests, test.stable)
					intervals = append(intervals, in)
				}
				return len(intervals)
			})
			t.Logf("median %d", got)
			assert.LessOrEqual(t, got, test.most)
		})
	}
}

// until is the median of how many it takes.
func until(seed uint64, runs int, enough func(rng *rand.Rand) int) int {
	rng := rand.New(rand.NewPCG(seed, 7))
	all := make([]int, runs)
	for i := range all {
		all[i] = enough(rng)
	}
	slices.Sort(all)
	return all[runs/2]
}

// The reference figures are those of an independent simulation at α = 0.01 for one test, looking at every request; here the mixture
// over starts costs some requests more.
func TestPower(t *testing.T) {
	absolute := func(p0, p float64) func(rng *rand.Rand) int {
		grid := newOddsGrid(p0, 1)
		return func(rng *rand.Rand) int {
			var m mixture
			for n := 1; ; n++ {
				grid.bear(&m, draw(rng, 1, p))
				if m.logE() >= -math.Log(alpha) {
					return n
				}
			}
		}
	}
	promoted := func(tolerated, p float64) func(rng *rand.Rand) int {
		return func(rng *rand.Rand) int {
			var c Counts
			for {
				c = c.plus(draw(rng, 1, p))
				if promote(c, tolerated, 1) >= promoteLimit() {
					return int(c.Requests)
				}
			}
		}
	}
	relative := func(rng *rand.Rand) int {
		grid := newRatioGrid(1, 1)
		var m mixture
		for n := 1; ; n++ {
			grid.bear(&m, &paired{canary: draw(rng, 1, .05), stable: draw(rng, 9, .01)})
			if m.logE() >= -math.Log(alpha) {
				return n
			}
		}
	}
	tests := map[string]struct {
		needs     func(rng *rand.Rand) int
		reference float64
	}{
		"5 % errors where 1 % are allowed: 127":    {absolute(.01, .05), 127},
		"10 % errors where 1 % are allowed: 36":    {absolute(.01, .10), 36},
		"15 % too slow where 5 % are allowed: 80":  {absolute(.05, .15), 80},
		"5 % errors against 1 % of stable: 172":    {relative, 172},
		"1 % errors where 5 % are too many: 129":   {promoted(.05, .01), 129},
		"0.2 % errors where 1 % are too many: 654": {promoted(.01, .002), 654},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			got := float64(until(8, 400, test.needs))
			t.Logf("median %v", got)
			assert.Greater(t, got, test.reference*.7)
			assert.Less(t, got, test.reference*1.3)
		})
	}
}

func promote(c Counts, tolerated, phi float64) float64 {
	f := newFavour(tolerated, phi)
	return f.logE(c)
}

func needed(c Counts, tolerated float64) (float64, bool) {
	f := newFavour(tolerated, 1)
	return f.needed(c)
}
