package analysis

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// inBursts leaves counts to chance: bad requests come up to so many at a time, each number as likely as the others.
func inBursts(rng *rand.Rand, n, p float64, most int) Counts {
	var bad float64
	for range int(poisson(rng, 2*n*p/float64(most+1))) {
		bad += float64(1 + rng.IntN(most))
	}
	return Counts{Requests: bad + poisson(rng, n*(1-p)), Bad: bad}
}

// stableOnly is a run of which only stable's counts matter.
func stableOnly(intervals int, counts func(i int) Counts) []paired {
	run := make([]paired, intervals)
	for i := range run {
		run[i].stable = counts(i)
	}
	return run
}

// Bursts of 1 to 10 have φ = E[B²]/E[B] = 38.5/5.5 = 7. That what is found is less follows from the largest comparison being left out
// and from outlying: few intervals must not say too much.
func TestDispersionIsFoundWhereItIs(t *testing.T) {
	const runs = 400
	burst := func(rng *rand.Rand, n float64) func(int) Counts {
		return func(int) Counts { return inBursts(rng, n, .01, 10) }
	}
	tests := map[string]struct {
		intervals int
		counts    func(rng *rand.Rand) func(i int) Counts
		// low and high bound the median, most all but one in a hundred.
		low, high, most float64
	}{
		"independent errors": {240, func(rng *rand.Rand) func(int) Counts {
			return func(int) Counts { return inBursts(rng, 135, .01, 1) }
		}, 1, 1, 1.4},
		"independent errors, few intervals": {12, func(rng *rand.Rand) func(int) Counts {
			return func(int) Counts { return inBursts(rng, 1350, .01, 1) }
		}, 1, 1, 2.5},
		"many independent errors": {60, func(rng *rand.Rand) func(int) Counts {
			return func(int) Counts { return inBursts(rng, 2e4, .05, 1) }
		}, 1, 1, 2},
		"traffic that comes and goes": {120, func(rng *rand.Rand) func(int) Counts {
			return func(i int) Counts { return inBursts(rng, 500+450*math.Sin(float64(i)/7), .02, 1) }
		}, 1, 1, 1.5},
		"errors that slowly grow to thirty times as many": {120, func(rng *rand.Rand) func(int) Counts {
			return func(i int) Counts { return inBursts(rng, 135, .01*(1+float64(i)/4), 1) }
		}, 1, 1, 1.5},
		"an outage, which has a beginning and an end": {60, func(rng *rand.Rand) func(int) Counts {
			return func(i int) Counts {
				p := .01
				if i > 20 && i < 41 {
					p = .15
				} else if i == 20 || i == 41 {
					p = .01 + .14*rng.Float64()
				}
				return inBursts(rng, 1350, p, 1)
			}
		}, 1, 1.3, 2},
		"stable is bursty once": {60, func(rng *rand.Rand) func(int) Counts {
			return func(i int) Counts {
				if i == 31 {
					return Counts{200, 60}
				}
				return inBursts(rng, 135, .01, 1)
			}
		}, 1, 1, 1.8},
		"bursts, a quarter of an hour": {60, func(rng *rand.Rand) func(int) Counts { return burst(rng, 135) }, 3.5, 7, 11},
		"bursts, an hour":              {240, func(rng *rand.Rand) func(int) Counts { return burst(rng, 135) }, 5, 7, 9},
		"many bursts":                  {240, func(rng *rand.Rand) func(int) Counts { return burst(rng, 13500) }, 5.5, 7, 9},
		"without bounds": {240, func(rng *rand.Rand) func(int) Counts {
			return func(int) Counts { return inBursts(rng, 1e5, .01, 500) }
		}, largestDispersion - 1, largestDispersion, largestDispersion},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(21, 22))
			found := make([]float64, runs)
			for i := range found {
				found[i] = dispersion(nil, stableOnly(test.intervals, test.counts(rng)))
			}
			slices.Sort(found)
			t.Logf("median %.2f, 90 %% %.2f, 99 %% %.2f", found[runs/2], found[runs*9/10], found[runs*99/100])
			assert.GreaterOrEqual(t, found[0], 1.0)
			assert.GreaterOrEqual(t, found[runs/2], test.low)
			assert.LessOrEqual(t, found[runs/2], test.high)
			assert.LessOrEqual(t, found[runs*99/100], test.most)
		})
	}
}

func TestDispersionIsOneWhereNothingIsKnown(t *testing.T) {
	burst := []Counts{{100, 0}, {100, 10}}
	tests := map[string][]Counts{
		"no intervals":                          {},
		"one":                                   {{100, 10}},
		"one comparison, however clear":         burst,
		"no requests":                           {{}, {}, {}, {}},
		"no errors":                             {{100, 0}, {100, 0}, {100, 0}, {100, 0}, {100, 0}, {100, 0}},
		"nothing but errors":                    {{100, 100}, {100, 100}, {100, 100}, {100, 100}, {100, 100}, {100, 100}},
		"errors that come alone":                {{100, 1}, {100, 0}, {100, 0}, {100, 1}, {100, 1}, {100, 0}, {100, 1}, {100, 0}},
		"less varied than chance would have it": {{100, 5}, {100, 5}, {100, 5}, {100, 5}, {100, 5}, {100, 5}},
		"hardly any requests":                   {{1e-9, 1e-9}, {1e-9, 0}, {1e-9, 1e-9}, {1e-9, 0}, {1e-9, 1e-9}, {1e-9, 0}},
	}
	for name, counts := range tests {
		t.Run(name, func(t *testing.T) {
			assert.InDelta(t, 1, dispersion(nil, stableOnly(len(counts), func(i int) Counts { return counts[i] })), 0)
		})
	}
	var history []Interval
	for i := range 40 {
		history = append(history, Interval{Stable: burst[i%2], StableReported: true})
	}
	assert.Greater(t, dispersion(history, nil), 5.0, "what was before the run is known from the beginning")
	for i := range history {
		history[i].Excluded = true
	}
	assert.InDelta(t, 1, dispersion(history, nil), 0, "but what can't be trusted tells nothing")
}

// TestDispersionOnlyWeakensEvidence shows why estimating φ at each look anew is no gamble: with φ > 1 no test reaches a limit that it
// would not have reached with φ = 1.
func TestDispersionOnlyWeakensEvidence(t *testing.T) {
	for seed := range uint64(60) {
		rng := rand.New(rand.NewPCG(seed, 23))
		var run []paired
		for range 1 + rng.IntN(40) {
			run = append(run, paired{canary: inBursts(rng, 50, rng.Float64()*.1, 1), stable: inBursts(rng, 50, .02, 1)})
		}
		whole := total(run, start)
		for _, phi := range []float64{1.05, 2, 7, largestDispersion} {
			for what, f := range map[string]func(phi float64) float64{
				"absolute": func(phi float64) float64 { return overall(run, .01, phi) },
				"relative": func(phi float64) float64 { return compared(run, phi) },
				"promote":  func(phi float64) float64 { return promote(whole.canary, .05, phi) },
			} {
				require.LessOrEqual(t, f(phi), max(0, f(1))/phi+1e-9, "%s, seed %d, φ %v", what, seed, phi)
			}
		}
	}
}

// What bursts do to a canary that is as good as stable, at the limit of 1 %: the more of stable is known, the fewer are aborted.
// E^(1/φ) is no e-process in the strict sense, for it makes the variance right but not the whole distribution, and in the first
// intervals of a run without a history nothing is known of φ; hence the bounds, which are what is measured, and not α.
func TestBurstsAbortAHealthyCanaryRarelyOnceTheyAreKnown(t *testing.T) {
	const runs, looks = 300, 60
	g := Gates{MaxErrorRate: .01, Compare: true}
	limit := abortLimit(&g)
	share := func(history int, estimated bool) float64 {
		rng := rand.New(rand.NewPCG(24, 25))
		var failed int
		for range runs {
			before := make([]Interval, history)
			for i := range before {
				before[i].Stable = inBursts(rng, 1350, .01, 10)
			}
			run := make([]paired, looks)
			for i := range run {
				run[i] = paired{canary: inBursts(rng, 150, .01, 10), stable: inBursts(rng, 1350, .01, 10)}
			}
			for i := range run {
				phi := 1.0
				if estimated {
					phi = dispersion(before, run[:i+1])
				}
				if (&trial{share: .01, phi: phi, limit: limit, compare: true}).against(run[:i+1]).guilty {
					failed++
					break
				}
			}
		}
		t.Logf("history of %d intervals, estimated %v: %.1f %%", history, estimated, 100*float64(failed)/runs)
		return float64(failed) / runs
	}
	without, with, known := share(0, false), share(0, true), share(40, true)
	assert.Less(t, with, .7*without)
	assert.Less(t, known, .03, fmt.Sprint(without))
}

// Where errors are independent, φ is found to be 1, or nearly: it takes hardly more requests than if that was known.
func TestIndependentErrorsKeepTheirPower(t *testing.T) {
	tests := map[string]struct {
		limit, canary, stable float64
		// requests are stable's per interval, of which the canary has 15.
		requests float64
		compare  bool
	}{
		"5 % errors where 1 % are allowed":         {.01, .05, .005, 135, false},
		"and at half the traffic":                  {.01, .05, .005, 15, true},
		"10 % errors where 1 % are allowed":        {.01, .1, .01, 135, true},
		"15 % too slow where 5 % are allowed":      {.05, .15, .04, 135, true},
		"4 % errors against 1 % with much traffic": {.05, .04, .01, 13500, true},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			g := Gates{MaxErrorRate: test.limit, Compare: test.compare}
			median := func(phi func(before []Interval, run []paired) float64) int {
				all := make([]int, 300)
				for seed := range all {
					// Each run has its own source, so that the two ways are asked about the same traffic.
					rng := rand.New(rand.NewPCG(26, uint64(seed)))
					before := make([]Interval, 40)
					for i := range before {
						before[i].Stable = inBursts(rng, test.requests, test.stable, 1)
					}
					var run []paired
					for guilty := false; !guilty; {
						run = append(run, paired{
							canary: draw(rng, 15, test.canary), stable: inBursts(rng, test.requests, test.stable, 1),
						})
						c := trial{share: test.limit, phi: phi(before, run), limit: abortLimit(&g), compare: test.compare}
						guilty = c.against(run).guilty
					}
					all[seed] = len(run)
				}
				slices.Sort(all)
				return all[len(all)/2]
			}
			known, estimated := median(func([]Interval, []paired) float64 { return 1 }), median(dispersion)
			t.Logf("%d intervals, %d if it was known", estimated, known)
			assert.LessOrEqual(t, float64(estimated), 1.1*float64(known))
		})
	}
}

func TestBurstsOfStableAreSaidAndWeakenAllEvidence(t *testing.T) {
	bursts := func(f Family) Family {
		for i := range 40 {
			f.Before = append(f.Before, Interval{Start: second(tick * (i - 50)), Stable: counts(1000, float64(i%5/4*7)), StableReported: true})
		}
		return f
	}
	bad := history([2]Counts{counts(212, 14), counts(1904, 9)})
	v := Judge(subject(onlyErrors), evidence(bad), second(135))
	assert.Equal(t, Fail, v.Outcome)
	assert.InDelta(t, 1, v.Gates[0].Dispersion, 0)
	v = Judge(subject(onlyErrors), evidence(bursts(bad)), second(135))
	assert.Equal(t, Wait, v.Outcome, "two bursts of seven are no proof: %s", v.Message)
	assert.Equal(t, "error-rate: canary 14/212 (6.6 %), stable 9/1904 (0.5 %), E 0.2 of 20 (bad requests come in bursts: φ 7.0), "+
		"not to be reached at this share: wait", v.Message)
	data, err := json.Marshal(v)
	require.NoError(t, err)
	assert.Contains(t, string(data), `"dispersion":7.02`)

	good := history([2]Counts{counts(600, 0), counts(5400, 6)})
	assert.Equal(t, Pass, Judge(subject(onlyErrors), evidence(good), second(135)).Outcome)
	v = Judge(subject(onlyErrors), evidence(bursts(good)), second(135))
	assert.Equal(t, Wait, v.Outcome, "and 600 good requests may be luck: %s", v.Message)
	assert.InDelta(t, 2080, v.Gates[0].Needed, 200)
}
