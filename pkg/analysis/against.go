package analysis

import "math"

// comparing says whether there is anything to compare with. At 100 % stable has no traffic, and what it had at earlier steps says
// nothing about now.
func comparing(sub *Subject, s sums) bool {
	return sub.Gates.Compare && sub.Weight < 100 && s.stable.Requests > 0
}

// charge is the evidence against a canary, and what follows from it.
type charge struct {
	// logE is the natural logarithm of the evidence.
	logE float64
	// guilty: it suffices, and it is the canary's own fault.
	guilty bool
	// stable is how stable looks if it suffices but is no proof of the canary's own fault.
	stable shares
}

// trial is what the tests against the canary go by.
type trial struct {
	// share is the largest share of bad requests allowed, phi the dispersion, limit the logarithm of what E takes.
	share, phi, limit float64
	// compare also tests against stable; excuse leaves out what stable suffered as well, also where there is nothing to compare with now.
	compare, excuse bool
}

// against puts the tests against the canary to a run. Two claims are tested: that its share of bad requests is at most share, and,
// to compare, that it is at most ratio times stable's in every interval. The second one counts only as far as the canary's share is
// above the floor as well.
//
// Where that shows an illness of both versions and stable has recovered from it, what came after is judged by itself.
func (t *trial) against(run []paired) charge {
	if !t.compare && t.excuse {
		run = run[recovered(run, t.share, t.phi):]
	}
	c := t.charge(run)
	if c.stable != soundStable {
		if after := recovered(run, t.share, t.phi); after > 0 {
			return t.charge(run[after:])
		}
	}
	return c
}

// charge is against for a run without an outage that is over.
func (t *trial) charge(run []paired) charge {
	absolute := overall(run, t.share, t.phi)
	if !t.compare {
		return charge{logE: absolute, guilty: absolute >= t.limit}
	}
	relative := compared(run, t.phi)
	if relative >= t.limit {
		relative = min(relative, overall(run, floor, t.phi))
	}
	c := charge{logE: max(absolute, relative)}
	switch {
	case relative >= t.limit:
		c.guilty = true
	case absolute >= t.limit:
		c.stable = alike(run, t)
		c.guilty = c.stable == soundStable
	}
	return c
}

// overall is the natural logarithm of E against: the canary's share is at most so much.
func overall(run []paired, share, phi float64) float64 {
	grid := newOddsGrid(share, phi)
	var m mixture
	for i := range run {
		if c := run[i].canary; c.Requests > 0 {
			grid.bear(&m, c)
		}
	}
	return m.logE()
}

// compared is the natural logarithm of E against: in every interval the canary's share is at most ratio times stable's.
func compared(run []paired, phi float64) float64 {
	grid := newRatioGrid(ratio, phi)
	var m mixture
	for i := range run {
		if in := &run[i]; in.canary.Requests > 0 && in.stable.Requests > 0 {
			grid.bear(&m, in)
		}
	}
	return m.logE()
}

// shares says whether stable is ill as well, or may be, for all that is known of it.
type shares int

const (
	// sound: stable's requests contradict it.
	soundStable shares = iota
	// unclear: stable has had too few requests since the canary began to look ill.
	unclearStable
	// ill: stable's requests speak for it, now or earlier in the same episode.
	illStable
)

// alike looks at whether what the canary shows is in stable's requests too. The absolute test weighs pairs of a start and a share
// by how well they explain the canary's requests; here the same pairs must explain stable's requests as well. Where that makes
// them less likely by the factor α, stable is sound. Until then nobody can know: at equal weights it is a matter of chance which
// version shows an outage first, and the canary must not be blamed for it (measured: in 8 % of outages, if it is).
//
// An episode is the time in which the canary's test has been at its limit without a break. In its course, once stable was seen to
// be ill, it counts as ill to the end: when the outage is over it is a matter of chance again whose evidence fades first.
func alike(run []paired, t *trial) shares {
	grid := newOddsGrid(t.share, t.phi)
	var canary, both mixture
	var mine, theirs, around [points]float64
	now := soundStable
	for i := range run {
		in := &run[i]
		if in.canary.Requests == 0 && in.stable.Requests == 0 {
			continue
		}
		grid.factors(in.canary, &mine)
		canary.step(&mine)
		grid.factors(in.stable, &theirs)
		if in.around.Requests > 0 {
			grid.factors(in.around, &around)
			for j := range theirs {
				theirs[j] = max(theirs[j], around[j])
			}
		}
		for j := range theirs {
			theirs[j] += mine[j]
		}
		both.step(&theirs)
		alone, shared := canary.logE(), both.logE()
		switch {
		case alone < t.limit:
			now = soundStable
		case now == illStable || shared >= alone:
			now = illStable
		case shared > alone+math.Log(alpha):
			now = unclearStable
		default:
			now = soundStable
		}
	}
	return now
}
