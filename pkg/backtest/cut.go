package backtest

import (
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// missing is how many scrapes in a row must be missing for a version to be gone, as in package analysis.
const missing = 3

// Until is the evidence as it was at an earlier time, the end of an interval: what would have been gathered one scrape after it. The
// counts are the same. Three things can't be told exactly from counts per interval:
//
//   - the time of the newest sample is that of its interval's end, at most one interval late;
//   - what stable counted right after the end is known in whole intervals only;
//   - of each kind of fault only the last one is known, so that an earlier one is missing, but for duplicates, which show in the
//     intervals.
func Until(ev analysis.Evidence, end time.Time) analysis.Evidence {
	if !end.Before(ev.End) {
		return ev
	}
	full := ev
	ev.End = end
	ev.Alerts = slices.Clone(ev.Alerts)
	for _, f := range families(&ev) {
		*f = cut(f, &full, end)
	}
	return ev
}

// families are the families of an evidence, for use in place.
func families(ev *analysis.Evidence) []*analysis.Family {
	all := []*analysis.Family{&ev.Errors, &ev.Latency, &ev.Reach}
	for i := range ev.Alerts {
		all = append(all, &ev.Alerts[i].Family)
	}
	return all
}

func cut(f *analysis.Family, ev *analysis.Evidence, end time.Time) analysis.Family {
	c := *f
	c.StableSince = analysis.Counts{}
	n := 0
	for i := range f.Intervals {
		in := &f.Intervals[i]
		switch ends := in.Start.Add(ev.Interval); {
		case !ends.After(end):
			n = i + 1
		case !ends.After(end.Add(ev.Scrape)):
			c.StableSince.Requests += in.Stable.Requests
			c.StableSince.Bad += in.Stable.Bad
		}
	}
	c.Intervals = f.Intervals[:n:n]
	c.CanarySeen = seen(f.CanarySeen, c.Intervals, ev.Interval, end, func(in *analysis.Interval) bool { return in.CanaryReported })
	c.StableSeen = seen(f.StableSeen, c.Intervals, ev.Interval, end, func(in *analysis.Interval) bool { return in.StableReported })
	c.Faults = faults(f.Faults, c.Intervals, ev.Interval, end)
	c.Groups = make([]analysis.Group, len(f.Groups))
	for i, g := range f.Groups {
		last := 0
		for last < len(g.Intervals) && !g.Intervals[last].Start.Add(ev.Interval).After(end) {
			last++
		}
		c.Groups[i] = analysis.Group{Key: g.Key, Intervals: g.Intervals[:last:last]}
	}
	return c
}

// seen is the time of the newest sample up to an end.
func seen(newest time.Time, all []analysis.Interval, length time.Duration, end time.Time, reported func(*analysis.Interval) bool) time.Time {
	if !newest.After(end) {
		return newest
	}
	for i := len(all) - 1; i >= 0; i-- {
		if reported(&all[i]) {
			return all[i].Start.Add(length)
		}
	}
	return time.Time{}
}

// faults are those that were known at an end.
func faults(all []analysis.Fault, intervals []analysis.Interval, length time.Duration, end time.Time) []analysis.Fault {
	var known []analysis.Fault
	for _, f := range all {
		if !f.At.After(end) {
			known = append(known, f)
			continue
		}
		if f.Reason != analysis.ReasonDuplicates {
			continue
		}
		for i := len(intervals) - 1; i >= 0; i-- {
			if intervals[i].Excluded {
				f.At = intervals[i].Start.Add(length)
				known = append(known, f)
				break
			}
		}
	}
	return known
}

// from leaves out what was counted before a time, a bound of intervals. What was seen before stays seen.
func from(ev analysis.Evidence, since time.Time) analysis.Evidence {
	ev.Alerts = slices.Clone(ev.Alerts)
	later := func(all []analysis.Interval) []analysis.Interval {
		i, _ := slices.BinarySearchFunc(all, since, func(in analysis.Interval, t time.Time) int { return in.Start.Compare(t) })
		return all[i:]
	}
	for _, f := range families(&ev) {
		f.Intervals = later(f.Intervals)
		f.Groups = slices.Clone(f.Groups)
		for i := range f.Groups {
			f.Groups[i].Intervals = later(f.Groups[i].Intervals)
		}
	}
	return ev
}
