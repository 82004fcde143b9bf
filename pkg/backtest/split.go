package backtest

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// split redistributes the traffic that there was over the two versions as a weight would have done it.
//
// The new version gets w % of an interval's requests, with its share of bad ones, but never more than it really had: what wasn't seen
// is no evidence. The old version gets the rest. Of that, the requests that it really had keep their share of bad ones; what goes
// beyond (after Kubernetes had taken its pods away, all of it) is what it had before the roll-out, repeated.
type split struct{ ev *analysis.Evidence }

// evidence is that of the run with these stages, up to an end.
func (s *split) evidence(stages []Stage, end time.Time) analysis.Evidence {
	ev := Until(*s.ev, end)
	whole := families(s.ev)
	for i, f := range families(&ev) {
		if f.StableSeen.IsZero() {
			continue
		}
		// With steps the old version's pods would have been there as long as the new one's.
		f.StableSeen = later(f.StableSeen, f.CanarySeen)
		f.StableSince = scaled(f.StableSince, 1-weightAt(stages, end)/100)
		all := sharesOf(f.Intervals, stages, newUsual(whole[i].Intervals, stages[0].From))
		f.Intervals = redistributed(f.Intervals, all, byStart(whole[i].Intervals))
		groups := make([]analysis.Group, len(f.Groups))
		for j, g := range f.Groups {
			groups[j] = analysis.Group{Key: g.Key, Intervals: redistributed(g.Intervals, all, byStart(whole[i].Groups[j].Intervals))}
		}
		f.Groups = groups
	}
	return ev
}

// shares are what becomes of an interval's counts: the factors of those that there were, and what is added to the old version's.
type shares struct {
	canary, stable float64
	more           []part
}

// sharesOf computes them from the counts of a family, for the intervals from the first stage on, by their start.
func sharesOf(all []analysis.Interval, stages []Stage, before *usual) map[time.Time]shares {
	m := make(map[time.Time]shares, len(all))
	for i := range all {
		in := &all[i]
		if in.Start.Before(stages[0].From) {
			continue
		}
		weight := weightAt(stages, in.Start) / 100
		total := in.Canary.Requests + in.Stable.Requests
		var s shares
		if n := min(in.Canary.Requests, total*weight); n > 0 {
			s.canary = n / in.Canary.Requests
		}
		rest := total * (1 - weight)
		if n := min(in.Stable.Requests, rest); n > 0 {
			s.stable = n / in.Stable.Requests
			rest -= n
		}
		s.more = before.take(rest)
		m[in.Start] = s
	}
	return m
}

// redistributed are the intervals for which there are shares.
func redistributed(all []analysis.Interval, shares map[time.Time]shares, stable map[time.Time]analysis.Counts) []analysis.Interval {
	var out []analysis.Interval
	for _, in := range all {
		s, ok := shares[in.Start]
		if !ok {
			continue
		}
		in.Canary, in.Stable = scaled(in.Canary, s.canary), scaled(in.Stable, s.stable)
		for _, p := range s.more {
			c := scaled(stable[p.start], p.by)
			in.Stable.Requests += c.Requests
			in.Stable.Bad += c.Bad
		}
		in.StableReported = in.StableReported || in.CanaryReported
		out = append(out, in)
	}
	return out
}

// weightAt is the weight at a time, in percent: an interval in which it changed has the old one to its end.
func weightAt(stages []Stage, at time.Time) float64 {
	w := stages[0].Weight
	for _, st := range stages {
		if !st.From.After(at) {
			w = st.Weight
		}
	}
	return float64(w)
}

func scaled(c analysis.Counts, by float64) analysis.Counts {
	return analysis.Counts{Requests: c.Requests * by, Bad: min(c.Bad*by, c.Requests*by)}
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
