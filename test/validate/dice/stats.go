package dice

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// Upper95 is the largest share that k of n runs are still compatible with: the one-sided upper 95 % bound of Clopper and Pearson,
// the point of the Beta(k+1, n−k) distribution below which 95 % of it lie.
func Upper95(k, n int) float64 {
	if k >= n {
		return 1
	}
	return distuv.Beta{Alpha: float64(k + 1), Beta: float64(n - k)}.Quantile(.95)
}

// Quantile is the smallest of all numbers that the share q of them do not exceed. Infinite numbers count as all others.
func Quantile(all []float64, q float64) float64 {
	if len(all) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(all))
	return sorted[max(0, int(math.Ceil(q*float64(len(sorted))))-1)]
}

// Mean is the arithmetic mean; 0 of none.
func Mean(all []float64) float64 {
	var sum float64
	for _, x := range all {
		sum += x
	}
	return sum / math.Max(1, float64(len(all)))
}
