package backtest

import (
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// Outcome is what a replay came to.
type Outcome string

// The outcomes.
const (
	// OutcomeAborted: a gate failed.
	OutcomeAborted Outcome = "aborted"
	// OutcomePromoted: every step passed. Only the replay with steps can come to it.
	OutcomePromoted Outcome = "promoted"
	// OutcomeHeld: the longest hold was over and the gates could not see, or had too few requests.
	OutcomeHeld Outcome = "held"
	// OutcomeNone: nothing had been decided when the version was gone, a newer one came or the replayed time was over.
	OutcomeNone Outcome = "undecided"
)

// Decision is what a replay came to, and when.
type Decision struct {
	Outcome Outcome
	// At is when it would have been known: one scrape after the end of the evidence.
	At time.Time
	// Step counts from 1, Weight is in percent; both 0 as it happened.
	Step, Weight int
	Reason       analysis.Reason
	Message      string
}

// given is a decision by a verdict.
func given(o Outcome, v *analysis.Verdict) Decision {
	return Decision{Outcome: o, At: v.Judged, Reason: v.Reason, Message: v.Message}
}

// AsItHappened judges the traffic as it was, interval by interval from the subject's Since up to a time: when would a gate have
// failed? While the old version's pods are gone and the new version's are not, there is nothing to compare with, and the gates judge
// as at a weight of 100 %: that the old version's samples have stopped is no blindness then.
//
// The evidence may begin before Since: what was counted earlier is left out.
func AsItHappened(sub analysis.Subject, ev analysis.Evidence, until time.Time) Decision {
	sub.StepSince = sub.Since
	var last analysis.Verdict
	for end := sub.Since.Add(ev.Interval); !end.After(until) && !end.After(ev.End); end = end.Add(ev.Interval) {
		e := from(Until(ev, end), sub.Since)
		sub.Weight = 50
		if alone(&e) {
			sub.Weight = 100
		}
		last = analysis.Judge(sub, e, end.Add(ev.Scrape))
		if last.Outcome == analysis.Fail {
			return given(OutcomeAborted, &last)
		}
	}
	return given(OutcomeNone, &last)
}

// away says whether the old version's pods were gone at the end of the evidence: they have had no samples for so long that it can't
// be a missed scrape, while the new version's had some.
func away(f *analysis.Family, scrape time.Duration) bool {
	return !f.StableSeen.IsZero() && f.CanarySeen.Sub(f.StableSeen) > missing*scrape
}

// alone makes evidence in which the old version, where its pods are away, is there without any traffic. It says whether they are.
func alone(ev *analysis.Evidence) bool {
	some := false
	for _, f := range families(ev) {
		if !away(f, ev.Scrape) {
			continue
		}
		some = true
		intervals := slices.Clone(f.Intervals)
		for i := range intervals {
			in := &intervals[i]
			in.StableReported = in.StableReported || (in.CanaryReported && !in.Start.Before(f.StableSeen))
		}
		f.Intervals, f.StableSeen = intervals, f.CanarySeen
	}
	return some
}
