package peers

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/stat/distuv"
)

// accuracy is how close the end of the confidence interval is searched for, the default of the solver that Kayenta uses.
const accuracy = 1e-6

// lowest is the lower end of the confidence interval of the shift, by how much the experiment is larger than the control. It is the
// asymptotic interval of R's wilcox.test with continuity correction, as Kayenta has it (kayenta-mannwhitney, MannWhitney.scala,
// commit bde40ee11ec9): the shift at which the standardised rank sum reaches a quantile of the normal distribution.
func lowest(experiment, control []float64, confidence float64) float64 {
	low := slices.Min(experiment) - slices.Max(control)
	high := slices.Max(experiment) - slices.Min(control)
	quantile := distuv.UnitNormal.Quantile(1 - (1-confidence)/2)
	beyond := func(mu float64) bool { return standardised(experiment, control, mu) <= quantile }
	if beyond(low) {
		return low
	}
	if !beyond(high) {
		return high
	}
	for high-low > accuracy {
		if middle := (low + high) / 2; beyond(middle) {
			high = middle
		} else {
			low = middle
		}
	}
	return jump(experiment, control, low, high)
}

// middle is the estimate of the shift by Hodges and Lehmann: the median of all differences.
func middle(experiment, control []float64) float64 {
	all := make([]float64, 0, len(experiment)*len(control))
	for _, x := range experiment {
		for _, y := range control {
			all = append(all, x-y)
		}
	}
	slices.Sort(all)
	n := len(all)
	return (all[(n-1)/2] + all[n/2]) / 2
}

// jump is the difference between two points that lies between low and high. The rank sum changes at such differences alone, so
// that is where the solver was heading; what it would return is up to its accuracy beside it. Where most points of both sides are
// zero that error would count as a shift, to the peer's disadvantage.
func jump(experiment, control []float64, low, high float64) float64 {
	first := high
	for _, x := range experiment {
		for _, y := range control {
			if d := x - y; d >= low && d <= high {
				first = min(first, d)
			}
		}
	}
	return first
}

// standardised is the rank sum of the experiment, less mu, in standard deviations from what is to be expected of equal ones.
func standardised(experiment, control []float64, mu float64) float64 {
	type point struct {
		value      float64
		experiment bool
	}
	all := make([]point, 0, len(experiment)+len(control))
	for _, x := range experiment {
		all = append(all, point{x - mu, true})
	}
	for _, y := range control {
		all = append(all, point{y, false})
	}
	slices.SortFunc(all, func(a, b point) int {
		switch {
		case a.value < b.value:
			return -1
		case a.value > b.value:
			return 1
		default:
			return 0
		}
	})
	var ranks, ties float64
	for i := 0; i < len(all); {
		j := i
		for j < len(all) && all[j].value == all[i].value {
			j++
		}
		rank, n := float64(i+j+1)/2, float64(j-i)
		ties += n*n*n - n
		for k := i; k < j; k++ {
			if all[k].experiment {
				ranks += rank
			}
		}
		i = j
	}
	n, m := float64(len(experiment)), float64(len(control))
	above := ranks - n*(n+1)/2 - n*m/2
	sigma := math.Sqrt(n * m / 12 * (n + m + 1 - ties/((n+m)*(n+m-1))))
	if sigma == 0 {
		return 0
	}
	correction := 0.0
	if above != 0 {
		correction = math.Copysign(.5, above)
	}
	return (above - correction) / sigma
}
