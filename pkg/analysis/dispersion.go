package analysis

import "math"

// Retries make errors come in bursts, and then ten of them are not ten pieces of evidence. How much they are worth is measured on
// stable: its dispersion φ is by how much its bad requests vary more from interval to interval than independent ones would, their
// variance over their mean. All evidence is then taken to the power 1/φ, alternative by alternative and start by start, so that what
// is mixed stays a mixture. As x^(1/φ) is concave, no φ ≥ 1 lets E reach a limit that it would not have reached without.

const (
	// outlying is by how much a single comparison of neighbours is at most taken to exceed φ. Independent normal counts exceed it once
	// in 70 times, so an outage, with its thousands of bad requests, weighs no more than an odd interval.
	outlying = 6
	// saturated is at what expected variance a comparison has half the weight that it can have at most. Among rare errors the weight
	// has to grow with their number, or the many that came alone would outvote a burst; but not without end.
	saturated = 2.5
	// largestDispersion bounds φ: whatever stable does, a canary that fails every request has to go.
	largestDispersion = 20
	// doubtful is z⁴ for that z, the number of standard errors, at which half of what was found is believed.
	doubtful = 2 * 2 * 2 * 2
	// worthwhile is the least that is told from 1.
	worthwhile = 1.05
	// settled is how closely φ is found, and rounds in how many steps at most.
	settled = 1e-3
	rounds  = 30
)

// neighbours is what two stretches of stable's counts say, one after the other.
type neighbours struct {
	// square is Pearson's χ², with one degree of freedom. Its expectation is 1 given how many were bad in both together, however few
	// these are: so nothing needs to be merged.
	square float64
	weight float64
	// variance is that of square while errors are independent.
	variance float64
}

// comparison collects neighbours, each stretch once. What changes slowly, as an outage does, is so no dispersion.
type comparison struct {
	all    []neighbours
	before Counts
	half   bool
}

// dispersion estimates φ ≥ 1 from stable's counts before the run and in it.
func dispersion(before []Interval, run []paired) float64 {
	c := comparison{all: make([]neighbours, 0, (len(before)+len(run))/2)}
	for i := range before {
		if !before[i].Excluded {
			c.take(before[i].Stable)
		}
	}
	for i := range run {
		c.take(run[i].stable)
	}
	return estimate(withoutLargest(c.all))
}

// take takes the next stretch.
func (c *comparison) take(next Counts) {
	switch {
	case next.Requests <= 0:
	case !c.half:
		c.before, c.half = next, true
	default:
		c.half = false
		c.add(c.before, next)
	}
}

// add compares two stretches: given k bad ones of n requests, a's share of the bad ones is hypergeometric.
func (c *comparison) add(a, b Counts) {
	n, k := a.Requests+b.Requests, a.Bad+b.Bad
	f := a.Requests / n
	v := k * f * (1 - f)
	if rest := v * (1 - k/n); rest > 0 {
		d := a.Bad - k*f
		c.all = append(c.all, neighbours{square: d * d / rest, weight: v / (v + saturated), variance: max(0, 2+(1-6*f*(1-f))/v)})
	}
}

// withoutLargest leaves out the one comparison that speaks loudest for bursts: what stable did once must not excuse a canary for the
// rest of the run.
func withoutLargest(all []neighbours) []neighbours {
	worst, most := -1, math.Inf(-1)
	for i := range all {
		if speaks := all[i].weight * (all[i].square - 1); speaks > most {
			worst, most = i, speaks
		}
	}
	if worst < 0 {
		return nil
	}
	all[worst] = all[len(all)-1]
	return all[:len(all)-1]
}

// estimate solves Σ w·min(χ²/φ, outlying) = Σ w for φ, Huber's estimate of a scale (Annals of Mathematical Statistics 35, 1964,
// proposal 2). What exceeds 1 is believed by the part z⁴/(z⁴+2⁴), where z is how many standard errors it is, if errors are
// independent: chance, which seldom makes two, weakens no evidence, and real bursts are believed almost as measured.
func estimate(all []neighbours) float64 {
	var weights, variance float64
	for i := range all {
		weights += all[i].weight
		variance += all[i].weight * all[i].weight * all[i].variance
	}
	if !(weights > 0) {
		return 1
	}
	phi := 1.0
	for range rounds {
		var sum float64
		for i := range all {
			sum += all[i].weight * min(all[i].square/phi, outlying)
		}
		next := phi * sum / weights
		if next <= 1 {
			return 1
		}
		done := math.Abs(next-phi) < settled*phi
		if phi = min(next, largestDispersion); done || phi == largestDispersion {
			break
		}
	}
	z := (phi - 1) * (phi - 1) * weights * weights
	phi = 1 + (phi-1)*z*z/(z*z+doubtful*variance*variance)
	if phi < worthwhile {
		return 1
	}
	return phi
}
