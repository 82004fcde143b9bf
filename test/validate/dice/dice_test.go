package dice

import (
	"math"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestASourceIsItsSeedsAlone(t *testing.T) {
	first := Source(1, "a", 7).Uint64()
	assert.Equal(t, first, Source(1, "a", 7).Uint64())
	for name, other := range map[string]uint64{
		"another seed": Source(2, "a", 7).Uint64(), "another series": Source(1, "b", 7).Uint64(), "another run": Source(1, "a", 8).Uint64(),
	} {
		assert.NotEqual(t, first, other, name)
	}
}

func TestEachRunIsDoneOnce(t *testing.T) {
	done := make([]atomic.Int32, 1000)
	Each(len(done), func(i int) { done[i].Add(1) })
	for i := range done {
		assert.EqualValues(t, 1, done[i].Load(), i)
	}
	Each(0, func(int) { t.Error("there is nothing to do") })
}

// The mean and the variance of 100,000 draws, within five standard errors.
func TestDrawsHaveTheirMeanAndVariance(t *testing.T) {
	const draws = 100_000
	rng := Source(3, t.Name(), 0)
	tests := map[string]struct {
		draw           func() float64
		mean, variance float64
	}{
		"few":            {func() float64 { return Poisson(rng, .01) }, .01, .01},
		"some":           {func() float64 { return Poisson(rng, 7) }, 7, 7},
		"many":           {func() float64 { return Poisson(rng, 700) }, 700, 700},
		"one of a few":   {func() float64 { return Binomial(rng, 9, .2) }, 1.8, 1.44},
		"one of many":    {func() float64 { return Binomial(rng, 400, .05) }, 20, 19},
		"none at all":    {func() float64 { return Poisson(rng, 0) + Binomial(rng, 0, .5) + Binomial(rng, 9, 0) }, 0, 0},
		"nothing but it": {func() float64 { return Binomial(rng, 9, 1) }, 9, 0},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var sum, squares float64
			for range draws {
				x := test.draw()
				sum, squares = sum+x, squares+x*x
			}
			mean := sum / draws
			assert.InDelta(t, test.mean, mean, 5*math.Sqrt(test.variance/draws)+1e-12)
			assert.InDelta(t, test.variance, squares/draws-mean*mean, .03*test.variance+.001)
		})
	}
}

// 1 − 0.05^(1/n) for none of n; the others are from tables of the binomial distribution: 1 − P(X ≤ k) = 95 % there.
func TestUpper95(t *testing.T) {
	assert.InDelta(t, 1-math.Pow(.05, 1./300), Upper95(0, 300), 1e-9)
	assert.InDelta(t, .0466, Upper95(1, 100), 1e-4)
	assert.InDelta(t, .1637, Upper95(10, 100), 1e-3)
	assert.InDelta(t, 1, Upper95(5, 5), 0)
	for _, k := range []int{0, 3, 30} {
		var below float64
		p := Upper95(k, 200)
		for i := range k + 1 {
			a, _ := math.Lgamma(201)
			b, _ := math.Lgamma(float64(i + 1))
			c, _ := math.Lgamma(float64(201 - i))
			below += math.Exp(a - b - c + float64(i)*math.Log(p) + float64(200-i)*math.Log1p(-p))
		}
		assert.InDelta(t, .05, below, 1e-9, "with that share so few are seen in 5 %% of all cases, k = %d", k)
	}
}

func TestQuantileAndMean(t *testing.T) {
	all := []float64{5, 1, math.Inf(1), 3, 2}
	assert.InDelta(t, 3, Quantile(all, .5), 0)
	assert.True(t, math.IsInf(Quantile(all, .9), 1))
	assert.InDelta(t, 1, Quantile(all, 0), 0)
	assert.Equal(t, []float64{5, 1, math.Inf(1), 3, 2}, all, "the numbers stay as they are")
	assert.True(t, math.IsNaN(Quantile(nil, .5)))
	assert.InDelta(t, 2, Mean([]float64{1, 3}), 0)
	assert.Zero(t, Mean(nil))
}
