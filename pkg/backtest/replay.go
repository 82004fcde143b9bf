package backtest

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// Baseline is how long before a roll-out its evidence should begin: it shows what the old version's usual share of bad requests is.
const Baseline = 10 * time.Minute

// Judged is what both replays of a roll-out came to.
type Judged struct {
	AsItHappened, WithSteps Decision
	// Stages are the weights of the replay with steps.
	Stages []Stage
	// OldGone is from when on the old version had no pods while the new one was judged; zero if it always had some.
	OldGone time.Time
}

// Aborted says whether either replay came to an abort.
func (j *Judged) Aborted() bool {
	return j.AsItHappened.Outcome == OutcomeAborted || j.WithSteps.Outcome == OutcomeAborted
}

// Horizon is how long a roll-out is replayed at most: the time of all steps, and one longest hold.
func Horizon(s *spec.Spec) time.Duration {
	all := s.MaxHold
	for _, step := range s.Steps {
		all += step.Hold
	}
	return all
}

// Judge replays a roll-out up to a time. The subject says whose it is, its Since when the new version's samples begin, on the grid of
// the intervals; the evidence should begin earlier, by Baseline. Weight and StepSince are not looked at.
func Judge(sub analysis.Subject, ev analysis.Evidence, s *spec.Spec, until time.Time) Judged {
	j := Judged{AsItHappened: AsItHappened(sub, ev, until)}
	j.WithSteps, j.Stages = WithSteps(sub, ev, s, until)
	last := later(j.AsItHappened.At, j.WithSteps.At).Add(-ev.Scrape)
	for _, f := range families(&ev) {
		if gone := absence(f, sub.Since, last, ev.Interval); !gone.IsZero() && (j.OldGone.IsZero() || gone.Before(j.OldGone)) {
			j.OldGone = gone
		}
	}
	return j
}

// absence is since when, between two times, the old version has had no samples while the new one had some, if for more than the
// missing scrapes that may be chance.
func absence(f *analysis.Family, since, until time.Time, length time.Duration) time.Time {
	if f.StableSeen.IsZero() {
		return time.Time{}
	}
	seen, n := since, 0
	for i := range f.Intervals {
		in := &f.Intervals[i]
		switch {
		case in.Start.Before(since) || in.Start.Add(length).After(until):
		case in.StableReported:
			seen, n = in.Start.Add(length), 0
		case in.CanaryReported:
			if n++; n > missing {
				return seen
			}
		}
	}
	return time.Time{}
}

// Harms adds up the failed and the slow requests of a roll-out up to a time, as the two gates count them; if a gate is off, as the
// first lifted rule of its kind does. Nil where there is neither, or the versions have no such metric.
func (j *Judged) Harms(sub analysis.Subject, ev analysis.Evidence, until time.Time) (failed, slow *Harm) {
	a := account{interval: ev.Interval, scrape: ev.Scrape, start: sub.Since, until: until, judged: j}
	of := func(f *analysis.Family, limit float64) *Harm {
		if f.StableSeen.IsZero() || f.CanarySeen.IsZero() || f.Problem != nil {
			return nil
		}
		h := a.harm(f)
		h.Limit = limit
		return &h
	}
	g := &sub.Gates
	if g.MaxErrorRate > 0 {
		failed = of(&ev.Errors, g.MaxErrorRate)
	}
	if g.LatencyThreshold > 0 {
		slow = of(&ev.Latency, 1-g.LatencyQuantile)
	}
	for i := range g.Alerts {
		rule := g.Alerts[i].Lifted
		switch {
		case rule == nil || i >= len(ev.Alerts):
		case rule.Latency && slow == nil:
			slow = of(&ev.Alerts[i].Family, rule.Limit)
		case !rule.Latency && failed == nil:
			failed = of(&ev.Alerts[i].Family, rule.Limit)
		}
	}
	return failed, slow
}
