// Package ideal has the best test that there can be, to measure ours by: a one-sided sequential probability ratio test (Wald 1945)
// that is told the true share of bad requests. Of all tests with the same chance of a false alarm it needs the fewest requests on
// average (Wald and Wolfowitz 1948). No judge can have it: the true share is what is to be found out.
package ideal

import (
	"math"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/judged"
)

// Test says at which look it has seen enough, on the same evidence as ours, and false if at none.
type Test func(l *judged.Looks, alpha float64) (int, bool)

// evidence is the logarithm of the likelihood ratio that one interval gives.
type evidence func(canary, stable analysis.Counts) float64

// Absolute knows the true share p; the null hypothesis is that it is at most p0. To show that a share is below a tolerated one, p is
// the lower one.
func Absolute(p0, p float64) Test { return first(absolute(p0, p)) }

// Late knows the true share p, but not when it begins: at any look of the run, with the same probability. So it weighs the ratios
// of all beginnings alike.
func Late(p0, p float64) Test {
	one := absolute(p0, p)
	return func(l *judged.Looks, alpha float64) (int, bool) {
		// sum is Σ_s Π_{i ≥ s} of the ratios, over the beginnings s so far.
		var sum float64
		for i := range l.Errors {
			in := &l.Errors[i]
			sum = (sum + 1) * math.Exp(one(in.Canary, in.Stable))
			if sum/float64(l.Len()) >= 1/alpha {
				return i, true
			}
		}
		return 0, false
	}
}

func absolute(p0, p float64) evidence {
	bad, good := math.Log(p/p0), math.Log1p(-p)-math.Log1p(-p0)
	return func(canary, _ analysis.Counts) float64 { return canary.Bad*bad + (canary.Requests-canary.Bad)*good }
}

// Against knows how many times worse than stable the canary is, ratio; the null hypothesis is that it is at most limit times. It
// does not know stable's share, and so looks at whose the bad requests are.
func Against(limit, ratio float64) Test {
	return first(func(canary, stable analysis.Counts) float64 {
		if canary.Requests == 0 || stable.Requests == 0 {
			return 0
		}
		share := func(rho float64) float64 {
			return rho * canary.Requests / (rho*canary.Requests + stable.Requests)
		}
		return canary.Bad*math.Log(share(ratio)/share(limit)) + stable.Bad*math.Log((1-share(ratio))/(1-share(limit)))
	})
}

// first is the test that ends when the product of all ratios has reached 1/α.
func first(one evidence) Test {
	return func(l *judged.Looks, alpha float64) (int, bool) {
		var sum float64
		for i := range l.Errors {
			in := &l.Errors[i]
			sum += one(in.Canary, in.Stable)
			if sum >= -math.Log(alpha) {
				return i, true
			}
		}
		return 0, false
	}
}
