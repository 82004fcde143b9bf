package analysis

import "math"

// The error probabilities that all tests of one run share, and the points at which they look for an alternative.
const (
	// alpha is the chance that a canary within its limits is ever aborted during a run, all its tests together.
	alpha = 0.01
	// beta is the chance that a step lets a canary pass that is at its limit or above.
	beta = 0.05
	// ratio is how many times worse than stable a canary may be.
	ratio = 1.5
	// floor is the share of bad requests below which being worse than stable is no reason to abort: three errors against none
	// are significant at any volume, and nobody's concern.
	floor = 0.001
)

// points is how many alternatives a test against the canary is spread over.
const points = 10

// multiples are by how much the odds, or the ratio to stable, of the alternatives are above those of the limit.
var multiples = [points]float64{1.25, 1.5, 2, 3, 5, 8, 12, 20, 40, 80}

// fractions are the shares below the limit that the test for the canary is spread over, as fractions of it.
var fractions = [...]float64{.8, .6, .4, .25, .1, .03}

// oddsGrid holds, per alternative p_j, log(p_j/p0) and log((1−p_j)/(1−p0)): by how much a bad and a good request change log E.
type oddsGrid struct{ bad, good [points]float64 }

// newOddsGrid is the grid for a limit p0, 0 < p0 < 1. In odds o the two are log(p) = log(o) − log1p(o) and log(1−p) = −log1p(o),
// which lose nothing near 0 and 1.
func newOddsGrid(p0 float64) oddsGrid {
	var g oddsGrid
	odds := p0 / (1 - p0)
	for j, m := range multiples {
		g.good[j] = math.Log1p(odds) - math.Log1p(m*odds)
		g.bad[j] = math.Log(m) + g.good[j]
	}
	return g
}

// factors are the logarithms of what an interval with these counts multiplies E by, per alternative.
func (g *oddsGrid) factors(c Counts, out *[points]float64) {
	good := c.Requests - c.Bad
	for j := range out {
		out[j] = c.Bad*g.bad[j] + good*g.good[j]
	}
}

// bear takes the counts of one interval into a test.
func (g *oddsGrid) bear(m *mixture, c Counts) {
	var logs [points]float64
	g.factors(c, &logs)
	m.step(&logs)
}

// ratioGrid is the grid for the test against stable: the limit of the ratio, and its alternatives.
type ratioGrid struct {
	limit float64
	ratio [points]float64
}

func newRatioGrid(limit float64) ratioGrid {
	g := ratioGrid{limit: limit}
	for j, m := range multiples {
		g.ratio[j] = limit * m
	}
	return g
}

// The factors are as those of oddsGrid. With π(ρ) = ρ n_c / (ρ n_c + n_s), the share of the bad requests that would be the
// canary's if it was ρ times worse, both π(ρ_j)/π(ρ0) and (1−π(ρ_j))/(1−π(ρ0)) contain less = (ρ0 n_c + n_s)/(ρ_j n_c + n_s),
// once per bad request, and the former ρ_j/ρ0 besides.

// factors are the logarithms of what an interval with these counts multiplies E by, per alternative.
func (g *ratioGrid) factors(canary, stable Counts, out *[points]float64) {
	for j := range out {
		out[j] = canary.Bad*math.Log(multiples[j]) + (canary.Bad+stable.Bad)*math.Log(g.less(j, canary, stable))
	}
}

func (g *ratioGrid) less(j int, canary, stable Counts) float64 {
	return (g.limit*canary.Requests + stable.Requests) / (g.ratio[j]*canary.Requests + stable.Requests)
}

// rare is up to how many bad requests powers are multiplied out: that is faster than a logarithm and an exponential, and with
// 80^32 still far from any overflow.
const rare = 32

// bear takes a stretch into a test. If what is around it looks much worse, the smaller factor counts: no larger than the right
// one, it keeps the test valid whatever was chosen by.
func (g *ratioGrid) bear(m *mixture, in *paired) {
	var factors [points]float64
	if in.around.Requests > 0 {
		var others [points]float64
		g.factors(in.canary, in.stable, &factors)
		g.factors(in.canary, in.around, &others)
		for j := range factors {
			factors[j] = min(factors[j], others[j])
		}
		m.step(&factors)
		return
	}
	bad := in.canary.Bad + in.stable.Bad
	if mine, all := int(in.canary.Bad), int(bad); bad <= rare && float64(mine) == in.canary.Bad && float64(all) == bad {
		for j := range factors {
			factors[j] = raise(multiples[j], mine) * raise(g.less(j, in.canary, in.stable), all)
		}
		m.multiply(&factors)
		return
	}
	g.factors(in.canary, in.stable, &factors)
	m.step(&factors)
}

// raise is x^n for a small n.
func raise(x float64, n int) float64 {
	y := 1.0
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			y *= x
		}
		x *= x
	}
	return y
}
