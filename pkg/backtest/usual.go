package backtest

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// usual is what the old version counted before the roll-out, interval by interval, to be repeated after its pods are gone. It is handed
// out as a stream of requests, in their order and from the beginning again at the end: mean shares would have no bursts, and it is by
// the old version's bursts that package analysis knows how much a burst of the new one is worth.
type usual struct {
	before []analysis.Interval
	at     int
	used   float64
}

// part is a part of what was counted in the interval that starts at a time.
type part struct {
	start time.Time
	by    float64
}

// newUsual uses the intervals before a time; all of them if the old version had no requests then.
func newUsual(all []analysis.Interval, since time.Time) *usual {
	u := &usual{}
	for _, early := range []bool{true, false} {
		for i := range all {
			in := &all[i]
			if in.Stable.Requests > 0 && !in.Excluded && (!early || in.Start.Before(since)) {
				u.before = append(u.before, *in)
			}
		}
		if len(u.before) > 0 {
			break
		}
	}
	return u
}

// longest bounds the parts of one interval: a version that was nearly idle before is not to be repeated for ever.
const longest = 1000

// take is the next so many requests; fewer if there are none.
func (u *usual) take(requests float64) []part {
	var parts []part
	for requests > 1e-9 && len(u.before) > 0 && len(parts) < longest {
		in := &u.before[u.at]
		left := in.Stable.Requests - u.used
		n := min(requests, left)
		parts = append(parts, part{start: in.Start, by: n / in.Stable.Requests})
		requests -= n
		u.used += n
		if n == left {
			u.at, u.used = (u.at+1)%len(u.before), 0
		}
	}
	return parts
}

// byStart has what the old version counted, per start of an interval.
func byStart(all []analysis.Interval) map[time.Time]analysis.Counts {
	m := make(map[time.Time]analysis.Counts, len(all))
	for i := range all {
		m[all[i].Start] = all[i].Stable
	}
	return m
}
