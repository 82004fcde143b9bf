// Package exact leaves nothing to chance: it enumerates everything that can happen in small runs, with its probability.
//
// The formulas of the tests are written out here anew, the slow and obvious way, from the literature that pkg/analysis cites; what
// [analysis.Judge] comes to is compared with them, and the probability that it aborts a healthy canary is added up exactly.
package exact

import "math"

// The parameters of the tests, on purpose not taken from pkg/analysis.
const (
	// Alpha is the chance that a healthy canary is ever aborted.
	Alpha = .01
	// Beta is the chance that a step lets a canary pass that is at its limit.
	Beta = .05
	// Ratio is how many times worse than stable a canary may be.
	Ratio = 1.5
)

var (
	multiples = []float64{1.25, 1.5, 2, 3, 5, 8, 12, 20, 40, 80}
	fractions = []float64{.8, .6, .4, .25, .1, .03}
)

// Counts are requests, and the bad ones among them.
type Counts struct{ All, Bad int }

// power is x^n, also for x = n = 0.
func power(x float64, n int) float64 { return math.Pow(x, float64(n)) }

// absolute is (p_j/p0)^k ((1−p_j)/(1−p0))^(n−k), with the odds of p_j a multiple of those of p0.
func absolute(p0, multiple float64, c Counts) float64 {
	odds := p0 / (1 - p0) * multiple
	p := odds / (1 + odds)
	return power(p/p0, c.Bad) * power((1-p)/(1-p0), c.All-c.Bad)
}

// against is (π(ρ_j)/π(ρ0))^k_c ((1−π(ρ_j))/(1−π(ρ0)))^k_s, with π(ρ) = ρ n_c / (ρ n_c + n_s) and ρ_j a multiple of ρ0.
func against(rho0, multiple float64, canary, stable Counts) float64 {
	if canary.All == 0 || stable.All == 0 {
		return 1
	}
	share := func(rho float64) float64 {
		return rho * float64(canary.All) / (rho*float64(canary.All) + float64(stable.All))
	}
	return power(share(rho0*multiple)/share(rho0), canary.Bad) * power((1-share(rho0*multiple))/(1-share(rho0)), stable.Bad)
}

// promote is the mean of (f p/p)^k ((1−f p)/(1−p))^(n−k), to the power of the weight, over the fractions f of the tolerated share p.
func promote(tolerated, weight float64, c Counts) float64 {
	var sum float64
	for _, f := range fractions {
		sum += math.Pow(power(f, c.Bad)*power((1-f*tolerated)/(1-tolerated), c.All-c.Bad), weight)
	}
	return sum / float64(len(fractions))
}

// mixture is the mean over the multiples and the starts s, with the weights 1/((s+1)(s+2)), of the products of all factors from s
// on. Starts that are still to come have the product 1, and together the weight 1/(t+1).
func mixture(t int, factor func(interval int, multiple float64) float64) float64 {
	sum := 1 / float64(t+1)
	for s := range t {
		for _, m := range multiples {
			product := 1.0
			for i := s; i < t; i++ {
				product *= factor(i, m)
			}
			sum += product / float64((s+1)*(s+2)*len(multiples))
		}
	}
	return sum
}

// chances are the probabilities of 0 … n of n, each with the probability p.
func chances(n int, p float64) []float64 {
	all := make([]float64, n+1)
	all[0] = 1
	for i := range n {
		for k := i + 1; k > 0; k-- {
			all[k] = all[k]*(1-p) + all[k-1]*p
		}
		all[0] *= 1 - p
	}
	return all
}
