package analysis

import (
	"math"
	"testing"

	"github.com/stretchr/testify/require"
)

// binomial is the chance of k of n.
func binomial(n, k int, p float64) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(k + 1))
	c, _ := math.Lgamma(float64(n - k + 1))
	switch {
	case p == 0 && k == 0, p == 1 && k == n:
		return 1
	case p == 0 || p == 1:
		return 0
	}
	return math.Exp(a - b - c + float64(k)*math.Log(p) + float64(n-k)*math.Log1p(-p))
}

const rounding = 1e-9

// What makes all of this valid: while the null hypothesis holds, no interval is expected to raise E, whatever its traffic.
// Everything that can happen is enumerated, so nothing is left to chance.
func TestNoFactorIsExpectedToExceedOne(t *testing.T) {
	t.Run("absolute", func(t *testing.T) {
		for _, p0 := range []float64{.001, .01, .05, .3} {
			grid := newOddsGrid(p0, 1)
			for _, n := range []int{0, 1, 2, 7, 30, 100} {
				for _, p := range []float64{0, .1 * p0, .5 * p0, .9 * p0, p0} {
					var e [points]float64
					var logs [points]float64
					for k := range n + 1 {
						grid.factors(Counts{float64(n), float64(k)}, &logs)
						for j := range e {
							e[j] += binomial(n, k, p) * math.Exp(logs[j])
						}
					}
					for j := range e {
						require.LessOrEqual(t, e[j], 1+rounding, "p0 %v, n %d, p %v, alternative %d", p0, n, p, j)
						if p == p0 {
							require.InDelta(t, 1, e[j], 1e-6, "at the limit nothing is given away")
						}
					}
				}
			}
		}
	})
	t.Run("against stable", func(t *testing.T) {
		for _, rho0 := range []float64{1, 1.5, 3} {
			grid := newRatioGrid(rho0, 1)
			for _, n := range [][2]int{{0, 9}, {9, 0}, {1, 1}, {1, 12}, {12, 1}, {5, 20}, {15, 15}} {
				for _, stable := range []float64{0, .001, .01, .1, .3} {
					for _, rho := range []float64{0, .5, 1, rho0} {
						if rho <= rho0 && rho*stable <= 1 {
							requireAtMostOne(t, &grid, n, rho*stable, stable)
						}
					}
				}
			}
		}
	})
	t.Run("promote", func(t *testing.T) {
		for _, tolerated := range []float64{.001, .01, .1, .75} {
			for _, n := range []int{0, 1, 7, 100} {
				for _, p := range []float64{tolerated, (1 + tolerated) / 2, 1} {
					var e float64
					for k := range n + 1 {
						e += binomial(n, k, p) * math.Exp(promote(Counts{float64(n), float64(k)}, tolerated, 1))
					}
					require.LessOrEqual(t, e, 1+rounding, "tolerated %v, n %d, p %v", tolerated, n, p)
				}
			}
		}
	})
	t.Run("the mixture over starts", func(t *testing.T) {
		const n, intervals, p0 = 2, 5, .1
		grid := newOddsGrid(p0, 1)
		var walk func(m mixture, left int, chance float64) float64
		walk = func(m mixture, left int, chance float64) float64 {
			if left == 0 {
				return chance * math.Exp(m.logE())
			}
			var e float64
			for k := range n + 1 {
				next := m
				grid.bear(&next, Counts{n, float64(k)})
				e += walk(next, left-1, chance*binomial(n, k, p0))
			}
			return e
		}
		require.InDelta(t, 1, walk(mixture{}, intervals, 1), rounding)
	})
}

func requireAtMostOne(t *testing.T, grid *ratioGrid, n [2]int, canary, stable float64) {
	t.Helper()
	var e, logs [points]float64
	for kc := range n[0] + 1 {
		for ks := range n[1] + 1 {
			grid.factors(Counts{float64(n[0]), float64(kc)}, Counts{float64(n[1]), float64(ks)}, &logs)
			for j := range e {
				e[j] += binomial(n[0], kc, canary) * binomial(n[1], ks, stable) * math.Exp(logs[j])
			}
		}
	}
	for j := range e {
		require.LessOrEqual(t, e[j], 1+rounding, "ρ0 %v, n %v, p_canary %v, p_stable %v, alternative %d", grid.limit, n, canary, stable, j)
	}
}
