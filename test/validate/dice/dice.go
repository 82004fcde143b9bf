// Package dice owns chance: every draw of the validation comes from a source that is made here, from a seed that is printed, so
// that a run can be repeated whatever the number of processors.
package dice

import (
	"math"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"

	"gonum.org/v1/gonum/stat/distuv"
)

// Source is the source of the n-th run of a series. Runs of different series, or of different numbers, have nothing in common.
func Source(seed uint64, series string, n int) *rand.Rand {
	h := uint64(14695981039346656037) // FNV-1a
	for _, b := range []byte(series) {
		h = (h ^ uint64(b)) * 1099511628211
	}
	return rand.New(rand.NewPCG(seed^h, uint64(n)))
}

// Each calls do for 0 … n−1, on all processors, in no order. What do writes must be its own.
func Each(n int, do func(i int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

// Poisson draws how many of a large number of independent things happen when mean of them are expected.
func Poisson(rng *rand.Rand, mean float64) float64 {
	switch {
	case mean <= 0:
		return 0
	case mean < 12:
		// As many as fit below 1 of gaps with an exponential distribution (Knuth), in one pass.
		n, product, limit := 0.0, rng.Float64(), math.Exp(-mean)
		for product > limit {
			product *= rng.Float64()
			n++
		}
		return n
	default:
		return distuv.Poisson{Lambda: mean, Src: rng}.Rand()
	}
}

// Binomial draws how many of n independent things happen, each with the chance p.
func Binomial(rng *rand.Rand, n, p float64) float64 {
	switch {
	case n <= 0 || p <= 0:
		return 0
	case p >= 1:
		return n
	case n < 16:
		var k float64
		for range int(n) {
			if rng.Float64() < p {
				k++
			}
		}
		return k
	default:
		return distuv.Binomial{N: n, P: p, Src: rng}.Rand()
	}
}
