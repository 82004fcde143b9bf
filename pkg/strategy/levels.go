package strategy

import "time"

// Levels remembers since when a count has been at least so high: rising in both Count and Since, the last is the present count.
// It answers "since when have five pods been ready?" when a sixth has just come, which a single time stamp can't.
type Levels []Level

// Level is one count and the time since when it has been reached without a break.
type Level struct {
	Count int
	Since time.Time
}

// Observe returns the levels after count was seen at now. The receiver isn't changed.
func (l Levels) Observe(count int, now time.Time) Levels {
	keep := len(l)
	since := now
	for keep > 0 && l[keep-1].Count > count {
		keep--
		// What reached a higher count has reached this one since then at the latest.
		since = l[keep].Since
	}
	if count == 0 {
		// Zero is a state to be timed as well: how long a version has had no endpoint.
		if len(l) == 1 && l[0].Count == 0 {
			return l
		}
		return Levels{{Count: 0, Since: now}}
	}
	if keep > 0 && l[keep-1].Count == count {
		return l[:keep:keep]
	}
	kept := l[:keep:keep]
	if keep == 1 && l[0].Count == 0 {
		kept = nil
	}
	return append(kept, Level{Count: count, Since: since})
}

// Count is the present count.
func (l Levels) Count() int {
	if len(l) == 0 {
		return 0
	}
	return l[len(l)-1].Count
}

// AtLeast says since when the count has been n or more, for n of 1 or more.
func (l Levels) AtLeast(n int) (time.Time, bool) {
	for _, level := range l {
		if level.Count >= n {
			return level.Since, true
		}
	}
	return time.Time{}, false
}

// Absent says since when the count has been zero.
func (l Levels) Absent() (time.Time, bool) {
	if len(l) == 1 && l[0].Count == 0 {
		return l[0].Since, true
	}
	return time.Time{}, false
}

// readyAtLeast says since when a Service, which may be missing, has had n ready endpoints of a ReplicaSet.
func (s *Service) readyAtLeast(name string, n int) (time.Time, bool) {
	if s == nil {
		return time.Time{}, false
	}
	return s.Ready[name].AtLeast(n)
}
