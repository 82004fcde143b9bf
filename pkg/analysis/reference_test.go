package analysis

import "math"

// The slow and obvious way: every sum of the formulas written out, in logarithms throughout.

func referenceAbsolute(p0, m float64, c Counts) float64 {
	odds := p0 / (1 - p0) * m
	p := odds / (1 + odds)
	return c.Bad*math.Log(p/p0) + (c.Requests-c.Bad)*(math.Log1p(-p)-math.Log1p(-p0))
}

func referenceRelative(rho0, m float64, canary, stable Counts) float64 {
	share := func(rho float64) float64 {
		return rho * canary.Requests / (rho*canary.Requests + stable.Requests)
	}
	return canary.Bad*math.Log(share(m*rho0)/share(rho0)) + stable.Bad*math.Log((1-share(m*rho0))/(1-share(rho0)))
}

// referenceMixture sums over all starts and alternatives, where factors[t][j] is the logarithm of an interval's factor before it is
// taken to the power 1/φ.
func referenceMixture(factors [][points]float64, phi float64) float64 {
	terms := []float64{-math.Log(float64(len(factors) + 1))}
	for j := range points {
		for s := range factors {
			sum := -math.Log(float64(s+1)*float64(s+2)) - math.Log(points)
			for t := s; t < len(factors); t++ {
				sum += factors[t][j] / phi
			}
			terms = append(terms, sum)
		}
	}
	return logSumExp(terms)
}
