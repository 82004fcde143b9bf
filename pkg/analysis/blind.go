package analysis

import (
	"fmt"
	"math"
	"time"
)

// missing is how many scrapes in a row may be missing before a side counts as silent.
const missing = 3

// expected is how many requests a canary must have had by its weight for its silence to be strange.
const expected = 20

// view is what a check looks at.
type view struct {
	condition

	sub *Subject
	ev  *Evidence
	now time.Time
}

// blind is the first reason not to judge, nil if there is none. The order is that in which a person would look: a later reason
// often follows from an earlier one. Each is there because silence has been taken for health somewhere.
func blind(v *view) *Problem {
	var checks []func(*view) *Problem
	switch {
	case v.scoped != nil:
		checks = []func(*view) *Problem{invalid, unasked, foreign, outdatedAnswer}
	case v.sub.Weight == 0:
		// The canary is not asked for yet.
		checks = []func(*view) *Problem{
			invalid, uncollected, foreign, unavailable, outdated, faulty, uncontrolled, stableStale, impossible,
		}
	case v.optional:
		checks = []func(*view) *Problem{
			invalid, uncollected, foreign, unavailable, outdated, faulty, uncontrolled, canaryUnseen, impossible,
		}
	default:
		checks = []func(*view) *Problem{
			invalid, uncollected, foreign, unavailable, outdated, faulty, uncontrolled, stableStale, canaryStale, silent, impossible,
		}
	}
	for _, check := range checks {
		if p := check(v); p != nil {
			return p
		}
	}
	return nil
}

// invalid: the gate or the subject can't be meant so.
func invalid(v *view) *Problem {
	switch {
	case v.condition.invalid != "":
		return &Problem{ReasonInvalid, v.condition.invalid}
	case v.sub.Weight < 0 || v.sub.Weight > 100:
		return &Problem{ReasonInvalid, fmt.Sprintf("a weight of %d %% is not between 0 and 100", v.sub.Weight)}
	}
	return nil
}

// uncollected: nothing was ever asked for.
func uncollected(v *view) *Problem {
	if v.ev.End.IsZero() {
		p := v.family.Problem
		if p == nil {
			p = &Problem{ReasonStale, "no evidence has been gathered yet"}
		}
		return p
	}
	return nil
}

// foreign: the evidence is that of another run.
func foreign(v *view) *Problem {
	if v.ev.Run != v.sub.Run {
		return &Problem{ReasonInvalid, fmt.Sprintf("the evidence is about run %q, not %q", v.ev.Run, v.sub.Run)}
	}
	return nil
}

// unavailable: the adapter says why there is none.
func unavailable(v *view) *Problem { return v.family.Problem }

// outdated: whoever gathers evidence has stopped, or can't keep up. It is always one scrape behind and ends on the grid, and it is
// gathered once per interval.
func outdated(v *view) *Problem { return v.aged("the evidence is %s old", v.ev.End) }

func (v *view) aged(text string, at time.Time) *Problem {
	if age := v.now.Sub(at); age > (missing+1)*v.ev.Scrape+2*v.ev.Interval {
		return &Problem{ReasonStale, fmt.Sprintf(text, age.Round(time.Second))}
	}
	return nil
}

// faulty: there were samples, lately, that can't be right.
func faulty(v *view) *Problem {
	for i := range v.family.Faults {
		if f := &v.family.Faults[i]; v.ev.End.Sub(f.At) <= missing*v.ev.Scrape {
			return &f.Problem
		}
	}
	return nil
}

// uncontrolled: stable serves users, so if not even its pods have the metric, the question was wrong.
func uncontrolled(v *view) *Problem {
	if !v.family.StableSeen.IsZero() {
		return nil
	}
	return &Problem{ReasonPositiveControl, fmt.Sprintf("%s has no series of stable's pods (%s-…), so it can't be trusted about the canary's",
		v.family.Metric, v.sub.Stable)}
}

func stableStale(v *view) *Problem { return v.stale(Stable, v.family.StableSeen) }

func canaryStale(v *view) *Problem {
	if v.family.CanarySeen.IsZero() {
		return nil
	}
	return v.stale(Canary, v.family.CanarySeen)
}

// canaryUnseen: whoever has no traffic of this kind is not judged by it.
func canaryUnseen(v *view) *Problem {
	if v.family.CanarySeen.IsZero() {
		return &Problem{ReasonSilent, v.family.Metric + " has no series about the canary"}
	}
	return nil
}

// unasked: nobody knows how the rule stands, for a reason or not.
func unasked(v *view) *Problem {
	switch {
	case v.firing.Problem != nil:
		return v.firing.Problem
	case v.firing.At.IsZero() || v.ev.Scrape <= 0:
		return &Problem{ReasonStale, "the rule has not been evaluated yet"}
	}
	return nil
}

// outdatedAnswer: the rule was evaluated, but too long ago.
func outdatedAnswer(v *view) *Problem { return v.aged("the rule was evaluated %s ago", v.firing.At) }

func (v *view) stale(side Side, seen time.Time) *Problem {
	gap := v.ev.End.Sub(seen)
	if gap <= missing*v.ev.Scrape {
		return nil
	}
	return &Problem{ReasonStale, fmt.Sprintf("%s has no samples of %s's pods for %s, more than %d scrapes",
		v.family.Metric, side, gap.Round(time.Second), missing)}
}

// silent: the canary has never had the metric although it must have had requests, going by stable's at this step and the weights,
// or by what the other gate has counted. A step has to be some scrapes old for that: new pods are seen late.
func silent(v *view) *Problem {
	if !v.family.CanarySeen.IsZero() || early(v, v.ev.End) {
		return nil
	}
	due := v.due(v.family)
	if v.other != nil {
		due = max(due, v.due(v.other), total(pair(v.other.Intervals, Counts{}), stepStart(v.sub)).step.Requests)
	}
	if due < expected {
		return nil
	}
	return &Problem{ReasonSilent, fmt.Sprintf("%s has no series of the canary's pods (%s-…), which must have had about %.0f requests: "+
		"was the metric renamed?", v.family.Metric, v.sub.Canary, due)}
}

// due is how many requests the canary must have had at this step by its weight, as stable's had theirs.
func (v *view) due(f *Family) float64 {
	var stable float64
	start := stepStart(v.sub)
	for i := range f.Intervals {
		if !f.Intervals[i].Start.Before(start) {
			stable += f.Intervals[i].Stable.Requests
		}
	}
	if v.sub.Weight >= 100 {
		return 0
	}
	return stable * float64(v.sub.Weight) / float64(100-v.sub.Weight)
}

// impossible: counts that no ledger makes.
func impossible(v *view) *Problem {
	if v.family.StableSince.impossible() {
		return &Problem{ReasonMalformed, "counts after " + v.ev.End.UTC().Format(time.RFC3339) + " that can't be"}
	}
	for _, intervals := range [][]Interval{v.family.Intervals, v.family.Before} {
		if p := impossibleIn(intervals); p != nil {
			return p
		}
	}
	for i := range v.family.Groups {
		if p := impossibleIn(v.family.Groups[i].Intervals); p != nil {
			return p
		}
		if v.family.Groups[i].StableSince.impossible() {
			return &Problem{ReasonMalformed, "counts of group " + v.family.Groups[i].Key + " that can't be"}
		}
	}
	return nil
}

func impossibleIn(intervals []Interval) *Problem {
	for i := range intervals {
		in := &intervals[i]
		if in.Canary.impossible() || in.Stable.impossible() {
			return &Problem{ReasonMalformed, "counts at " + in.Start.UTC().Format(time.RFC3339) + " that can't be"}
		}
	}
	return nil
}

func (c Counts) impossible() bool {
	return math.IsNaN(c.Requests) || math.IsNaN(c.Bad) || c.Bad < 0 || c.Bad > c.Requests || c.Requests > largest
}
