package analysis

import "math"

// mixture is an e-process that is not misled by a good beginning: E = Σ_s w_s E^(s), where E^(s) looks at the intervals from the
// s-th on only and is 1 before, and w_s = 1/((s+1)(s+2)). A canary that turns bad after ten good minutes is judged by what came
// then, at the price of a weight. Each E^(s) is itself the mean over a grid of alternatives.
//
// Per alternative, A = Σ_{s ≤ t} w_s E^(s) follows A ← (A + w_t)·f for an interval's factor f, and the weights of all later
// starts sum to 1/(t+1). So an interval costs one step per alternative however long the run is.
//
// The steps are done on plain numbers as long as they fit, since logarithms are three times as slow: see scaled.
type mixture struct {
	parts  [points]scaled
	starts float64
}

// step takes an interval, given the logarithms of its factors. Intervals without requests must be left out: they would only age
// the mixture.
func (m *mixture) step(logs *[points]float64) {
	w := 1 / ((m.starts + 1) * (m.starts + 2))
	for j := range m.parts {
		m.parts[j].step(w, logs[j])
	}
	m.starts++
}

// multiply is step for factors of a moderate size that are at hand as they are.
func (m *mixture) multiply(factors *[points]float64) {
	w := 1 / ((m.starts + 1) * (m.starts + 2))
	for j := range m.parts {
		if a := &m.parts[j]; a.shift == 0 && a.m < mostly && factors[j] < 1e40 {
			a.m = (a.m + w) * factors[j]
			continue
		}
		m.parts[j].step(w, math.Log(factors[j]))
	}
	m.starts++
}

// logE is the natural logarithm of E.
func (m *mixture) logE() float64 {
	if sum, plain := m.plain(); plain {
		return math.Log(sum/points + 1/(m.starts+1))
	}
	var logs [points + 1]float64
	for j := range m.parts {
		logs[j] = m.parts[j].log() - math.Log(points)
	}
	logs[points] = -math.Log(m.starts + 1)
	return logSumExp(logs[:])
}

// plain is the sum over the alternatives as a plain number, if it is one.
func (m *mixture) plain() (sum float64, ok bool) {
	for j := range m.parts {
		if m.parts[j].shift != 0 {
			return 0, false
		}
		sum += m.parts[j].m
	}
	return sum, true
}

// scaled is the number m·e^shift. The shift is 0 until m leaves the range in which a float64 counts well; then the number is
// kept by its logarithm.
type scaled struct {
	m, shift float64
	// unit is e^−shift, what 1 is worth in m.
	unit float64
}

const (
	// With m below mostly and a factor below e^gently there is no overflow: 1e250 · e^100 < 1e294.
	mostly = 1e250
	gently = 100
	// small is the largest logarithm at which a number goes back to being plain.
	small = 500
)

// step makes a into (a + w)·e^log.
func (a *scaled) step(w, log float64) {
	if a.shift == 0 {
		if m := a.m + w; log < gently && m < mostly {
			a.m = m * math.Exp(log)
			return
		}
		a.unit = 1
	}
	a.set(math.Log(a.m+w*a.unit) + a.shift + log)
}

// set makes a into e^log.
func (a *scaled) set(log float64) {
	if log < small {
		*a = scaled{m: math.Exp(log), unit: 1}
		return
	}
	*a = scaled{m: 1, shift: log, unit: math.Exp(-log)}
}

// log is the natural logarithm; that of 0 is −Inf.
func (a *scaled) log() float64 { return math.Log(a.m) + a.shift }

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
