package analysis

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"time"
)

// Family is what was counted so far.
func (l *Ledger) Family(metric string) Family {
	f := Family{Metric: metric, CanarySeen: stamp(l.seen[Canary]), StableSeen: stamp(l.seen[Stable]), Faults: l.allFaults()}
	var since Counts
	for _, c := range l.ahead {
		since = since.plus(c)
	}
	f.StableSince = clamp(since)
	indices := slices.Sorted(maps.Keys(l.intervals))
	n, _ := slices.BinarySearch(indices, l.first())
	for _, i := range indices[:n] {
		if in := l.intervalAt(i); in.StableReported {
			in.Canary, in.Stable, in.CanaryReported = Counts{}, clamp(l.intervals[i].counts[Stable]), false
			f.Before = append(f.Before, in)
		}
	}
	f.Intervals = make([]Interval, 0, len(indices)-n)
	for _, i := range indices[n:] {
		in, t := l.intervalAt(i), l.intervals[i]
		in.Canary, in.Stable = clamp(t.counts[Canary]), clamp(t.counts[Stable])
		f.Intervals = append(f.Intervals, in)
	}
	f.Groups = l.split(indices[n:])
	return f
}

// intervalAt is an interval without its counts.
func (l *Ledger) intervalAt(i int64) Interval {
	t := l.intervals[i]
	return Interval{
		Start: time.UnixMilli(i * l.interval).UTC(), From: stamp(t.from),
		CanaryReported: t.reported[Canary], StableReported: t.reported[Stable], Excluded: t.excluded,
	}
}

// clamp sees to it that no more requests are bad than there are. The buckets of a histogram are not read at exactly the same
// time, so that one may be a request ahead of the other.
func clamp(c Counts) Counts {
	return Counts{Requests: c.Requests, Bad: min(max(c.Bad, 0), c.Requests)}
}

func stamp(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}

// allFaults adds to the faults of single samples those that show only in what a pod has, or has not, beside.
func (l *Ledger) allFaults() []Fault {
	faults := slices.Collect(maps.Values(l.faults))
	for key, p := range l.pods {
		for _, halves := range p.halves {
			if halves != halfAll|halfFast {
				faults = append(faults, Fault{At: stamp(l.end), Problem: Problem{ReasonMalformed, fmt.Sprintf(
					"a histogram of pod %s lacks the bucket that its others have", key.name)}})
			}
		}
	}
	for status, at := range l.unknown[Canary] {
		if _, both := l.unknown[Stable][status]; !both {
			faults = append(faults, Fault{At: stamp(at), Problem: Problem{
				ReasonMalformed,
				fmt.Sprintf("the canary counts requests of status %q, which is no HTTP status and which stable doesn't have", status),
			}})
		}
	}
	slices.SortFunc(faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Reason, b.Reason), b.At.Compare(a.At), cmp.Compare(a.Detail, b.Detail))
	})
	return slices.CompactFunc(faults, func(a, b Fault) bool { return a.Reason == b.Reason })
}
