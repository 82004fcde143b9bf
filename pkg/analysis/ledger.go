package analysis

import (
	"fmt"
	"strconv"
	"time"
)

// Ledger turns samples of one metric into counts. It takes the samples of a run in batches, each later than the one before;
// what it has counted does not depend on where one batch ends and the next begins, so it can be built up bit by bit or, after a
// restart, at once.
//
// A request is counted in the interval in which it was first seen: that of the sample, not of the request.
type Ledger struct {
	interval, scrape int64
	start, since     int64
	end              int64
	// established says that neither side's pods are new.
	established bool
	// ahead is what stable has counted beyond the end, per group; the last is for groups that have no number yet.
	ahead     []Counts
	groups    *groups
	pods      map[podKey]*pod
	intervals map[int64]*tally
	// seen has the times of the newest samples, faults the newest fault of each kind.
	seen   [2]int64
	faults map[Reason]Fault
	// unknown has the times of the last requests of which the metric doesn't say how they went, per side and status.
	unknown [2]map[string]int64
}

type podKey struct {
	side Side
	name string
}

// tally is what was counted in one interval.
type tally struct {
	from     int64
	counts   [2]Counts
	groups   []partCounts
	reported [2]bool
	excluded bool
}

// LedgerOptions are what a ledger counts by.
type LedgerOptions struct {
	// Since is where counting starts. Samples before only say where the counters stood.
	Since time.Time
	// Interval is the length of the intervals, Scrape the time between two samples of a series. Both are whole milliseconds.
	Interval, Scrape time.Duration
	// History is how far before Since stable's counts are wanted for Family.Before; some scrapes are in any case.
	History time.Duration
	// Established says that the canary's side has pods that were there before, as stable's: callers of the two versions, say. Their
	// counters start at first sight, not at 0.
	Established bool
}

// lookback is how many scrapes before Since a ledger wants to see: enough to know which series the pods have, and which not.
const lookback = 5

// NewLedger makes an empty ledger.
func NewLedger(o LedgerOptions) *Ledger {
	interval, scrape := max(o.Interval.Milliseconds(), 1), max(o.Scrape.Milliseconds(), 1)
	since := o.Since.UnixMilli()
	start := since - max(lookback*scrape, o.History.Milliseconds())
	return &Ledger{
		interval: interval, scrape: scrape, start: start, since: since, end: start, established: o.Established, groups: newGroups(),
		pods: map[podKey]*pod{}, intervals: map[int64]*tally{}, faults: map[Reason]Fault{},
		unknown: [2]map[string]int64{{}, {}},
	}
}

// End is the time up to which samples were taken; at first the time from which on they are wanted.
func (l *Ledger) End() time.Time { return time.UnixMilli(l.end).UTC() }

// Seen says whether there ever was a sample of a side that can be counted.
func (l *Ledger) Seen(side Side) bool { return l.seen[side] != 0 }

// Advance takes the samples after End up to and including a later end. The series may be cut at will and come in any order.
// Samples before are left out; those after, which need not be complete, are only looked at for Family.StableSince.
func (l *Ledger) Advance(end time.Time, series []Series) {
	until := end.UnixMilli()
	if until <= l.end {
		return
	}
	l.groups.appear(l.end, until, series)
	events, later := map[podKey][]event{}, map[podKey][]event{}
	for _, s := range series {
		key := podKey{s.Side, s.Pod}
		e := event{identity: identify(s.Labels), role: s.Role, status: s.Status}
		e.group = l.groups.number(s.Group)
		for _, sample := range s.Samples {
			e.Sample = sample
			if sample.At > until {
				later[key] = append(later[key], e)
			} else if sample.At > l.end {
				events[key] = append(events[key], e)
			}
		}
	}
	for key, batch := range events {
		sortEvents(batch)
		p := l.pods[key]
		if p == nil {
			p = newPod()
			l.pods[key] = p
		}
		for i, e := range batch {
			if i > 0 && e.At == batch[i-1].At && e.identity == batch[i-1].identity {
				continue
			}
			l.book(key, p, e)
		}
	}
	l.end = until
	l.ahead = make([]Counts, len(l.groups.keys)+1)
	for key, batch := range later {
		if p := l.pods[key]; p != nil && key.side == Stable {
			sortEvents(batch)
			p.peek(batch, l.scrape, l.ahead)
		}
	}
}

// book enters one sample.
func (l *Ledger) book(key podKey, p *pod, e event) {
	p.scraped(e.At)
	if !sound(e.Value) {
		l.fault(e.At, ReasonMalformed, fmt.Sprintf("a counter of pod %s has the value %s", key.name,
			strconv.FormatFloat(e.Value, 'g', -1, 64)))
		p.skip(e)
		return
	}
	if from, yes := p.twice(e, l.scrape); yes {
		l.fault(e.At, ReasonDuplicates, fmt.Sprintf("pod %s has two series for the same requests, from two replicas of Prometheus "+
			"without deduplication or from two scrape jobs: every request would count twice", key.name))
		for i := l.index(from); i <= l.index(e.At); i++ {
			l.tally(i).excluded = true
		}
	}
	l.tally(l.index(e.At)).reported[key.side] = true
	g := p.grow(key.side == Stable || l.established, e, l.scrape)
	if e.role == RoleUnknown {
		l.doubt(key.side, e, g)
		return
	}
	l.half(p, e)
	l.seen[key.side] = max(l.seen[key.side], e.At)
	t := l.tally(l.index(e.At))
	if e.At <= l.since {
		if key.side == Stable && l.index(e.At) < l.first() {
			t.counts[Stable] = t.counts[Stable].plus(e.role.counts(g.value))
		}
		return
	}
	if g.value == 0 {
		return
	}
	t.add(e.group, key.side, e.role.counts(g.value))
	if key.side == Canary && (t.from == 0 || g.from < t.from) {
		t.from = max(g.from, l.start)
	}
}

// counts is what so many more of a series of this role mean.
func (r Role) counts(n float64) Counts {
	switch r {
	case RoleGood:
		return Counts{Requests: n}
	case RoleBad, RoleAll:
		return Counts{Requests: n, Bad: n}
	case RoleFast:
		return Counts{Bad: -n}
	case RoleUnknown:
	}
	return Counts{}
}

// doubt remembers requests of which the metric doesn't say how they went.
func (l *Ledger) doubt(side Side, e event, g growth) {
	if g.value > 0 && e.At > l.since {
		l.unknown[side][e.status] = max(l.unknown[side][e.status], e.At)
	}
}

// half remembers which halves of a histogram a pod has.
func (l *Ledger) half(p *pod, e event) {
	switch e.role {
	case RoleAll:
		p.halves[e.histogram] |= halfAll
	case RoleFast:
		p.halves[e.histogram] |= halfFast
	case RoleGood, RoleBad, RoleUnknown:
	}
}

// fault remembers the last one of each kind; of several at one time the first in the alphabet, so that order doesn't matter.
func (l *Ledger) fault(at int64, reason Reason, detail string) {
	f := Fault{Problem: Problem{Reason: reason, Detail: detail}, At: time.UnixMilli(at).UTC()}
	old, ok := l.faults[reason]
	if !ok || f.At.After(old.At) || (f.At.Equal(old.At) && f.Detail < old.Detail) {
		l.faults[reason] = f
	}
}

// first is the number of the run's first interval.
func (l *Ledger) first() int64 { return l.index(l.since + 1) }

// index is the number of the interval that a sample falls into: after its start, up to and including its end.
func (l *Ledger) index(at int64) int64 {
	i := (at - 1) / l.interval
	if (at-1)%l.interval < 0 {
		i--
	}
	return i
}

func (l *Ledger) tally(i int64) *tally {
	t := l.intervals[i]
	if t == nil {
		t = &tally{}
		l.intervals[i] = t
	}
	return t
}
