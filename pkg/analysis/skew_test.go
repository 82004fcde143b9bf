package analysis

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// poisson leaves to chance how many of many happen. Of very many the normal distribution is close enough.
func poisson(rng *rand.Rand, mean float64) float64 {
	if mean > 100 {
		return max(0, math.Round(mean+math.Sqrt(mean)*rng.NormFloat64()))
	}
	var n, sum float64
	for sum += rng.ExpFloat64(); sum < mean; sum += rng.ExpFloat64() {
		n++
	}
	return n
}

// scraped is what a side with so many requests per interval counts in the i-th interval if its samples are taken at a phase of it
// and an outage lasts from one time to another, all in intervals.
func scraped(rng *rand.Rand, i int, phase, requests, from, to float64) Counts {
	end := float64(i) + phase
	ill := max(0, min(end, to)-max(end-1, from))
	bad := poisson(rng, requests*(ill*.15+(1-ill)*.005))
	return Counts{Requests: bad + poisson(rng, requests*(1-ill*.15-(1-ill)*.005)), Bad: bad}
}

// Canary and stable are never scraped at the same moment. One of them shows an outage first, and by a whole interval if its sample
// comes late in the interval and the other's early. With many requests that alone would be proof.
func TestWhoIsScrapedFirstIsNotToBlame(t *testing.T) {
	const runs, intervals = 200, 25
	g := Gates{MaxErrorRate: .01, Compare: true}
	tests := map[string]struct{ canary, stable float64 }{
		"few requests, ten to ninety":  {15, 135},
		"few requests, half and half":  {75, 75},
		"many requests, ten to ninety": {1500, 13500},
		"many requests, half and half": {7500, 7500},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			rng := rand.New(rand.NewPCG(12, uint64(test.stable)))
			var failed int
			for range runs {
				mine, theirs, from := rng.Float64(), rng.Float64(), 8+rng.Float64()
				to := from + rng.Float64()*10
				var run []paired
				for i := range intervals {
					run = append(run, paired{
						canary: scraped(rng, i, mine, test.canary, from, to), stable: scraped(rng, i, theirs, test.stable, from, to),
					})
				}
				if aborted(run, g) {
					failed++
				}
			}
			t.Logf("%d of %d runs were aborted", failed, runs)
			assert.LessOrEqual(t, failed, runs*15/1000)
		})
	}
}
