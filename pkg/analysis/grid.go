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
type oddsGrid struct {
	bad, good [points]float64
	// badPowers and goodPowers are the same as factors.
	badPowers, goodPowers powers
	// fewGood is up to how many good requests factors are multiplied out.
	fewGood float64
}

// newOddsGrid is the grid for a limit p0, 0 < p0 < 1, and a dispersion φ, which divides all logarithms. In odds o the two are
// log(p) = log(o) − log1p(o) and log(1−p) = −log1p(o), which lose nothing near 0 and 1.
func newOddsGrid(p0, phi float64) oddsGrid {
	var g oddsGrid
	odds := p0 / (1 - p0)
	for j, m := range multiples {
		good := math.Log1p(odds) - math.Log1p(m*odds)
		g.good[j] = good / phi
		g.bad[j] = (math.Log(m) + good) / phi
	}
	g.badPowers.fill(&g.bad)
	g.goodPowers.fill(&g.good)
	// e^−400 is above 10^−200; bad requests only make the product larger.
	g.fewGood = min(-400/g.good[points-1], digits-1)
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
	var factors [points]float64
	good := c.Requests - c.Bad
	if c.Bad <= rare && good <= g.fewGood {
		if bad, fine := int(c.Bad), int(good); float64(bad) == c.Bad && float64(fine) == good {
			g.badPowers.raise(bad, ones(&factors))
			g.goodPowers.raise(fine, &factors)
			m.multiply(&factors)
			return
		}
	}
	g.factors(c, &factors)
	m.step(&factors)
}

// ratioGrid is the grid for the test against stable: the limit of the ratio, and its alternatives.
type ratioGrid struct {
	limit, phi  float64
	ratio, logs [points]float64
	// powers are those of the multiples.
	powers powers
}

func newRatioGrid(limit, phi float64) ratioGrid {
	g := ratioGrid{limit: limit, phi: phi}
	for j, m := range multiples {
		g.ratio[j], g.logs[j] = limit*m, math.Log(m)
	}
	g.powers.fill(&g.logs)
	return g
}

// The factors are as those of oddsGrid. With π(ρ) = ρ n_c / (ρ n_c + n_s), the share of the bad requests that would be the
// canary's if it was ρ times worse, both π(ρ_j)/π(ρ0) and (1−π(ρ_j))/(1−π(ρ0)) contain less = (ρ0 n_c + n_s)/(ρ_j n_c + n_s),
// once per bad request, and the former ρ_j/ρ0 besides.

// factors are the logarithms of what an interval with these counts multiplies E by, per alternative.
func (g *ratioGrid) factors(canary, stable Counts, out *[points]float64) {
	bad := canary.Bad + stable.Bad
	for j := range out {
		out[j] = (canary.Bad*g.logs[j] + bad*math.Log(g.less(j, canary, stable))) / g.phi
	}
}

func (g *ratioGrid) less(j int, canary, stable Counts) float64 {
	return (g.limit*canary.Requests + stable.Requests) / (g.ratio[j]*canary.Requests + stable.Requests)
}

// bear takes a stretch into a test. If what is around it looks much worse, the smaller factor counts: no larger than the right
// one, it keeps the test valid whatever was chosen by.
func (g *ratioGrid) bear(m *mixture, in *paired) {
	var factors [points]float64
	bad := in.canary.Bad + in.stable.Bad
	switch {
	case in.around.Requests > 0:
		var others [points]float64
		g.factors(in.canary, in.stable, &factors)
		g.factors(in.canary, in.around, &others)
		for j := range factors {
			factors[j] = min(factors[j], others[j])
		}
		m.step(&factors)
	case bad == 0:
		m.multiply(ones(&factors))
	case g.phi == 1 && whole(in.canary.Bad) && whole(bad):
		g.multiplied(in, int(in.canary.Bad), int(bad), &factors)
		m.multiply(&factors)
	default:
		g.factors(in.canary, in.stable, &factors)
		m.step(&factors)
	}
}

// multiplied is factors without logarithms.
func (g *ratioGrid) multiplied(in *paired, mine, all int, out *[points]float64) {
	g.powers.raise(mine, ones(out))
	limit := g.limit*in.canary.Requests + in.stable.Requests
	for j := range out {
		x, y := limit/(g.ratio[j]*in.canary.Requests+in.stable.Requests), out[j]
		for n := all; n > 0; n >>= 1 {
			if n&1 == 1 {
				y *= x
			}
			x *= x
		}
		out[j] = y
	}
}
