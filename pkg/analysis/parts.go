package analysis

import (
	"cmp"
	"maps"
	"slices"
)

// groups numbers the groups of series in the order in which they appear in the samples. The first of all is that of the series without
// a group; those that come after the first MaxGroups share one number. The order is that of time, and of the keys at one time, so it
// does not depend on where batches of samples end.
type groups struct {
	numbers map[string]int
	keys    []string
}

func newGroups() *groups {
	return &groups{numbers: map[string]int{"": 0}, keys: []string{""}}
}

// number is that of a group; one that has none yet gets the next after all.
func (g *groups) number(key string) int {
	if n, ok := g.numbers[key]; ok {
		return n
	}
	return min(len(g.keys), MaxGroups+1)
}

// appear numbers the groups that have samples after one time and up to another.
func (g *groups) appear(after, until int64, series []Series) {
	first := map[string]int64{}
	for i := range series {
		s := &series[i]
		if g.number(s.Group) < len(g.keys) {
			continue
		}
		for _, sample := range s.Samples {
			if sample.At > after && sample.At <= until {
				if at, seen := first[s.Group]; !seen || sample.At < at {
					first[s.Group] = sample.At
				}
			}
		}
	}
	fresh := slices.SortedFunc(maps.Keys(first), func(a, b string) int {
		return cmp.Or(cmp.Compare(first[a], first[b]), cmp.Compare(a, b))
	})
	for _, key := range fresh {
		if len(g.keys) > MaxGroups {
			g.keys = append(g.keys, RestGroup)
			return
		}
		g.numbers[key] = len(g.keys)
		g.keys = append(g.keys, key)
	}
}

// any says whether there is a group at all.
func (g *groups) any() bool { return len(g.keys) > 1 }

// partCounts is what a group counted in one interval, per side.
type partCounts [2]Counts

// add adds to what a group counted in an interval.
func (t *tally) add(group int, side Side, c Counts) {
	t.counts[side] = t.counts[side].plus(c)
	for len(t.groups) <= group {
		t.groups = append(t.groups, partCounts{})
	}
	t.groups[group][side] = t.groups[group][side].plus(c)
}

// split is the family's intervals by groups, sorted by key; nil if no series has a group.
func (l *Ledger) split(indices []int64) []Group {
	if !l.groups.any() {
		return nil
	}
	all := make([]Group, len(l.groups.keys))
	for n, key := range l.groups.keys {
		all[n].Key = key
		if n < len(l.ahead) {
			all[n].StableSince = clamp(l.ahead[n])
		}
	}
	for _, i := range indices {
		t := l.intervals[i]
		for n := range t.groups {
			if t.groups[n] == (partCounts{}) {
				continue
			}
			in := l.intervalAt(i)
			in.Canary, in.Stable = clamp(t.groups[n][Canary]), clamp(t.groups[n][Stable])
			all[n].Intervals = append(all[n].Intervals, in)
		}
	}
	if len(all[0].Intervals) == 0 && all[0].StableSince == (Counts{}) {
		all = all[1:]
	}
	slices.SortFunc(all, func(a, b Group) int { return cmp.Compare(a.Key, b.Key) })
	return all
}
