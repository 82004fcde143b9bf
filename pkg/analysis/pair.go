package analysis

import (
	"math"
	"time"
)

// paired is a stretch of one or more intervals in which both sides have reported.
type paired struct {
	// from is as Interval.From.
	from           time.Time
	canary, stable Counts
	// around are stable's counts of the stretch before or after, if they look much worse than those of this one; else empty.
	//
	// The two sides are never scraped at the same moment, so that an outage of both shows in one of them first, by up to a whole
	// interval. With enough requests that alone would be proof against the canary (measured: in 4 of 10 outages).
	around Counts
}

// pair joins intervals so that both sides have reported in each. What one side counts while the other's samples are missing is
// kept until they come: otherwise the requests of one minute would be compared with those of another. Excluded intervals are left
// out, and so are requests that the other side has not caught up with yet: what stable has of them, together with what was seen of
// it since, only tells whether an outage has begun that the canary shows already.
func pair(intervals []Interval, since Counts) []paired {
	all := make([]paired, 0, len(intervals))
	var open paired
	var canary, stable bool
	for i := range intervals {
		next := &intervals[i]
		if next.Excluded {
			continue
		}
		open.canary, open.stable = open.canary.plus(next.Canary), open.stable.plus(next.Stable)
		open.from = earlier(open.from, next.From)
		canary, stable = canary || next.CanaryReported, stable || next.StableReported
		if canary && stable {
			all = append(all, open)
			open, canary, stable = paired{}, false, false
		}
	}
	surround(all, open.stable.plus(since))
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
	due := other.Requests * own.Share()
	if other.Bad > due+3*math.Sqrt(due+1)+1 {
		return other
	}
	return Counts{}
}

// earlier is the earlier of two times, where zero is none.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || (!b.IsZero() && b.Before(a)) {
		return b
	}
	return a
}

// sums are the totals of a run.
type sums struct{ canary, stable, step Counts }

// total adds up. The present step has only requests that can't have been made before it: a stretch counts for it if the sample
// that its requests came after was taken at this step.
func total(all []paired, step time.Time) sums {
	var s sums
	for i := range all {
		s.canary = s.canary.plus(all[i].canary)
		s.stable = s.stable.plus(all[i].stable)
		if !all[i].from.Before(step) {
			s.step = s.step.plus(all[i].canary)
		}
	}
	return s
}
