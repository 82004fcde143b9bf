// Package judged puts simulated evidence to Sluice's own judge, look by look, as the controller does. It adds nothing to it: every
// figure of Sluice comes out of [analysis.Judge].
package judged

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// Judge is [analysis.Judge], or what a test puts in its place.
type Judge func(analysis.Subject, analysis.Evidence, time.Time) analysis.Verdict

// Start is when every run begins.
var Start = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// Looks is the evidence of one run as it grows. Slices have one element per look, unless they say otherwise, and there
// is one look per interval.
type Looks struct {
	// Interval and Scrape are as in analysis.Evidence; Lag is how long after the end of its evidence a look takes place.
	Interval, Scrape, Lag time.Duration
	// Errors and Slow are the intervals of the two families; Slow is empty when latency is not looked at.
	Errors, Slow []analysis.Interval
	// ErrorsSince and SlowSince are what is known of stable beyond the end of the evidence; empty is nothing.
	ErrorsSince, SlowSince []analysis.Counts
	// ErrorsBefore and SlowBefore are what stable counted before the run, the same at all looks.
	ErrorsBefore, SlowBefore []analysis.Interval
	// CanarySeen and StableSeen are the times of the newest samples.
	CanarySeen, StableSeen []time.Time
	// Weight is the canary's, StepSince since when it is.
	Weight    []int
	StepSince []time.Time
}

// Len is the number of looks.
func (l *Looks) Len() int { return len(l.Errors) }

// At is when the i-th look takes place, since the start of the run.
func (l *Looks) At(i int) time.Duration { return time.Duration(i+1)*l.Interval + l.Lag }

// Verdict is that of the i-th look.
func (l *Looks) Verdict(judge Judge, gates analysis.Gates, i int) analysis.Verdict {
	end := Start.Add(time.Duration(i+1) * l.Interval)
	sub := analysis.Subject{
		Namespace: "shop", Deployment: "shop", Run: "run", Canary: "shop-new", Stable: "shop-old",
		Since: Start, StepSince: l.StepSince[i], Weight: l.Weight[i], Gates: gates,
	}
	ev := analysis.Evidence{Run: sub.Run, Interval: l.Interval, Scrape: l.Scrape, End: end}
	ev.Errors = l.family("http_requests_total", l.Errors, l.ErrorsSince, l.ErrorsBefore, i)
	if gates.LatencyThreshold != 0 {
		slow, since, before := l.Slow, l.SlowSince, l.SlowBefore
		if gates.MaxErrorRate == 0 {
			// Where latency is the only gate, being bad is being slow.
			slow, since, before = l.Errors, l.ErrorsSince, l.ErrorsBefore
		}
		ev.Latency = l.family("http_request_duration_seconds_bucket", slow, since, before, i)
		ev.Latency.Bound = gates.LatencyThreshold
	}
	return judge(sub, ev, end.Add(l.Lag))
}

func (l *Looks) family(
	metric string, intervals []analysis.Interval, since []analysis.Counts, before []analysis.Interval, i int,
) analysis.Family {
	f := analysis.Family{
		Metric: metric, CanarySeen: l.CanarySeen[i], StableSeen: l.StableSeen[i], Intervals: intervals[:i+1], Before: before,
	}
	if len(since) > 0 {
		f.StableSince = since[i]
	}
	return f
}

// First is the first look with an outcome, and false if there is none.
func (l *Looks) First(judge Judge, gates analysis.Gates, outcome analysis.Outcome) (int, bool) {
	for i := range l.Len() {
		if l.Verdict(judge, gates, i).Outcome == outcome {
			return i, true
		}
	}
	return 0, false
}
