package analysis

import (
	"cmp"
	"math"
	"slices"
)

// pod is what a ledger remembers of one pod between batches of samples.
type pod struct {
	// first, before and last are the times of scrapes: the first one, the one before the last, the last one. Zero is none.
	first, before, last int64
	// scrapes is how many there were.
	scrapes int
	// counters are by identity.counter, scrapers by identity.alike, halves by identity.histogram.
	counters map[string]*counter
	scrapers map[string]*scrapers
	halves   map[string]int
}

// counter is the last that was seen of a counter.
type counter struct {
	value  float64
	at     int64
	scrape int
}

// scrapers are who reports one and the same counter.
type scrapers struct {
	// name and at are the last of them and its time; seen is when each was last seen.
	name string
	at   int64
	seen map[string]int64
}

// Which halves of a histogram there are.
const (
	halfAll = 1 << iota
	halfFast
)

// vanished is how many scrapes in a row must have missed a series to say that it was gone, and not just overlooked.
const vanished = 3

// largest is the largest counter that a float64 counts without a gap.
const largest = 1 << 53

func newPod() *pod {
	return &pod{counters: map[string]*counter{}, scrapers: map[string]*scrapers{}, halves: map[string]int{}}
}

// event is one sample with what is known of its series.
type event struct {
	Sample
	identity

	role   Role
	status string
	// group is the number of the series' group.
	group int
}

// sortEvents puts the events of a pod in the order of time, and in one order at the same time, whatever batch they came in.
func sortEvents(events []event) {
	slices.SortStableFunc(events, func(a, b event) int {
		return cmp.Or(cmp.Compare(a.At, b.At), cmp.Compare(a.counter, b.counter), cmp.Compare(a.scraper, b.scraper))
	})
}

// scraped notes that the pod was scraped at a time.
func (p *pod) scraped(at int64) {
	if p.scrapes > 0 && at == p.last {
		return
	}
	if p.scrapes == 0 {
		p.first = at
	}
	p.before, p.last = p.last, at
	p.scrapes++
}

// sound says whether a counter can have this value.
func sound(v float64) bool { return !math.IsNaN(v) && v >= 0 && v <= largest }

// twice says whether two scrapers report one counter side by side, and if so since when the counts are in doubt. A scraper that
// takes over for good (a renamed job, a pod that got a new address) is no duplicate: the former doesn't come back.
func (p *pod) twice(e event, scrape int64) (from int64, yes bool) {
	s := p.scrapers[e.alike]
	if s == nil {
		s = &scrapers{name: e.scraper, seen: map[string]int64{}}
		p.scrapers[e.alike] = s
	}
	other, at := s.name, s.at
	last, known := s.seen[e.scraper]
	s.name, s.at, s.seen[e.scraper] = e.scraper, e.At, e.At
	back := known && e.At-last <= vanished*scrape
	if other == e.scraper || (!back && at != e.At) {
		return 0, false
	}
	return at, true
}

// skip books a sample that can't be believed: the counter was there, but it still stands where it stood.
func (p *pod) skip(e event) {
	c := p.counters[e.counter]
	if c == nil {
		c = &counter{value: math.NaN()}
		p.counters[e.counter] = c
	}
	c.at, c.scrape = e.At, p.scrapes
}

// growth is by how much a counter has grown since it was last seen, and from when on.
type growth struct {
	from  int64
	value float64
}

// grow books a sample. For a series seen for the first time, the canary's counters start at 0, because the canary's pods start
// within the run: rate() and increase() would drop the first sample and so the first errors of a new pod. Those of old pods, as
// stable's are, have been counting before, unless their pod was already scraped for a while without them.
func (p *pod) grow(old bool, e event, scrape int64) growth {
	c := p.counters[e.counter]
	now := &counter{value: e.Value, at: e.At, scrape: p.scrapes}
	p.counters[e.counter] = now
	unread := c != nil && math.IsNaN(c.value)
	switch {
	case unread && old:
		return growth{}
	case unread:
		return growth{from: p.before, value: e.Value}
	case c == nil && old && !p.gone(p.first, 1, e.At, scrape):
		return growth{}
	case c == nil:
		return growth{from: p.before, value: e.Value}
	case p.gone(c.at, c.scrape, e.At, scrape):
		// A proxy drops series that have not moved for long and starts them again at 0.
		return growth{from: p.before, value: e.Value}
	case e.Value < c.value:
		// The container was restarted.
		return growth{from: c.at, value: e.Value}
	default:
		return growth{from: c.at, value: e.Value - c.value}
	}
}

// gone says whether a series that was last due at a time, the pod's n-th scrape, has been missing from several scrapes since,
// while the pod's other series were there. Both the time and the scrapes count, since a deduplicating store may hand out the
// series of one scrape with the times of two replicas.
func (p *pod) gone(at int64, n int, now, scrape int64) bool {
	return p.scrapes-n > vanished && now-at > vanished*scrape
}

// peek adds what stable's pod counts in samples that are not booked to the counts of each group, as far as can be told without
// booking them.
func (p *pod) peek(events []event, scrape int64, groups []Counts) {
	last := map[string]float64{}
	for i := range events {
		e := &events[i]
		before, seen := last[e.counter]
		if known := p.counters[e.counter]; !seen && known != nil {
			before, seen = known.value, true
		}
		if !sound(e.Value) || (seen && math.IsNaN(before)) || (!seen && !p.gone(p.first, 1, e.At, scrape)) {
			continue
		}
		last[e.counter] = e.Value
		if e.Value < before {
			before = 0
		}
		groups[e.group] = groups[e.group].plus(e.role.counts(e.Value - before))
	}
}
