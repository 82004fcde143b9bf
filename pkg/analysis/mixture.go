package analysis

import "math"

// mixture is an e-process that is not misled by a good beginning: E = Σ_s w_s E^(s), where E^(s) looks at the intervals from the
// s-th on only and is 1 before, and w_s = 1/((s+1)(s+2)). A canary that turns bad after ten good minutes is judged by what came
// then, at the price of a weight. Each E^(s) is itself the mean over a grid of alternatives.
//
// Per alternative, A = Σ_{s ≤ t} w_s E^(s) follows A ← (A + w_t)·f for an interval's factor f, and the weights of all later
// starts sum to 1/(t+1). So an interval costs one step per alternative however long the run is.
type mixture struct {
	parts  scaled
	starts float64
}

// step takes an interval, given the logarithms of its factors. Intervals without requests must be left out: they would only age
// the mixture.
func (m *mixture) step(logs *[points]float64) { m.parts.timesExp(m.next(), logs) }

// multiply is step for factors that are at hand as they are, between 10^−200 and 10^200.
func (m *mixture) multiply(factors *[points]float64) { m.parts.times(m.next(), factors) }

// next is the weight of the next start.
func (m *mixture) next() float64 {
	w := 1 / ((m.starts + 1) * (m.starts + 2))
	m.starts++
	return w
}

// logE is the natural logarithm of E.
func (m *mixture) logE() float64 {
	return m.parts.logSum(points/(m.starts+1)) - math.Log(points)
}

// logSumExp is log(Σ e^x). It does not overflow, and takes −Inf for nothing.
func logSumExp(xs []float64) float64 {
	top := math.Inf(-1)
	for _, x := range xs {
		top = max(top, x)
	}
	if math.IsInf(top, -1) {
		return top
	}
	var sum float64
	for _, x := range xs {
		sum += math.Exp(x - top)
	}
	return top + math.Log(sum)
}
