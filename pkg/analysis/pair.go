package analysis

import (
	"math"
	"slices"
	"time"
)

// paired is a stretch of one or more intervals in which both sides have reported.
type paired struct {
	// from is Interval.From in nanoseconds since the Unix epoch, never without any.
	from           int64
	canary, stable Counts
	// around are stable's counts of the stretch before or after, if they look much worse than those of this one; else empty.
	//
	// The two sides are never scraped at the same moment, so that an outage of both shows in one of them first, by up to a whole
	// interval. With enough requests that alone would be proof against the canary (measured: in 4 of 10 outages).
	around Counts
}

// never is no time at all.
const never = math.MaxInt64

// pair joins intervals so that both sides have reported in each. What one side counts while the other's samples are missing is
// kept until they come: otherwise the requests of one minute would be compared with those of another. Excluded intervals are left
// out, and so are requests that the other side has not caught up with yet: what stable has of them, together with what was seen of
// it since, only tells whether an outage has begun that the canary shows already.
func pair(intervals []Interval, since Counts) []paired {
	all := make([]paired, 0, len(intervals))
	open := paired{from: never}
	var canary, stable bool
	for i := range intervals {
		next := &intervals[i]
		if next.Excluded {
			continue
		}
		open.canary, open.stable = open.canary.plus(next.Canary), open.stable.plus(next.Stable)
		if !next.From.IsZero() {
			open.from = min(open.from, next.From.UnixNano())
		}
		canary, stable = canary || next.CanaryReported, stable || next.StableReported
		if canary && stable {
			all = append(all, open)
			open, canary, stable = paired{from: never}, false, false
		}
	}
	surround(all, open.stable.plus(since))
	return all
}

// standing is a family with stable's counts in the place of the canary's, and as if both had reported whenever stable did.
func standing(f *Family) Family {
	swap := func(intervals []Interval) []Interval {
		out := slices.Clone(intervals)
		for i := range out {
			out[i].Canary, out[i].CanaryReported = out[i].Stable, out[i].StableReported
		}
		return out
	}
	own := Family{Before: f.Before, Intervals: swap(f.Intervals), Groups: slices.Clone(f.Groups)}
	for i := range own.Groups {
		own.Groups[i].Intervals = swap(own.Groups[i].Intervals)
	}
	return own
}

// pairGroup is pair for one group of a family: what counts as reported is a matter of the whole family, for a group that has no
// series has had no requests.
func pairGroup(frame []Interval, g *Group) []paired {
	all := make([]paired, 0, len(frame))
	var open paired
	var canary, stable bool
	var k int
	for i := range frame {
		next := &frame[i]
		for ; k < len(g.Intervals) && !g.Intervals[k].Start.After(next.Start); k++ {
			if !next.Excluded {
				open.canary, open.stable = open.canary.plus(g.Intervals[k].Canary), open.stable.plus(g.Intervals[k].Stable)
			}
		}
		if next.Excluded {
			continue
		}
		canary, stable = canary || next.CanaryReported, stable || next.StableReported
		if canary && stable {
			all = append(all, open)
			open, canary, stable = paired{}, false, false
		}
	}
	surround(all, open.stable.plus(g.StableSince))
	return all
}

// surround fills in what is around each stretch, given stable's counts after the last.
func surround(all []paired, after Counts) {
	for i := range all {
		own := all[i].stable
		if i+1 < len(all) {
			all[i].around = worse(own, all[i+1].stable)
		} else {
			all[i].around = worse(own, after)
		}
		if i > 0 && all[i].around.Requests == 0 {
			all[i].around = worse(own, all[i-1].stable)
		}
	}
}

// worse is the other counts if they have far more bad requests than chance makes of the own share: more than three standard
// deviations, and one, which is once in a thousand intervals.
func worse(own, other Counts) Counts {
	if other.Bad <= 4 {
		return Counts{}
	}
	due := other.Requests * own.Share()
	if over := other.Bad - due - 1; over > 0 && over*over > 9*(due+1) {
		return other
	}
	return Counts{}
}

// sums are the totals of a run.
type sums struct{ canary, stable, step Counts }

// total adds up. The present step has only requests that can't have been made before it: a stretch counts for it if the sample
// that its requests came after was taken at this step.
func total(all []paired, step time.Time) sums {
	var s sums
	since := step.UnixNano()
	for i := range all {
		s.canary = s.canary.plus(all[i].canary)
		s.stable = s.stable.plus(all[i].stable)
		if from := all[i].from; from != never && from >= since {
			s.step = s.step.plus(all[i].canary)
		}
	}
	return s
}
