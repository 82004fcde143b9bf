package differential

import (
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

const (
	scrape = 15 * time.Second
	// length is how long a run lasts.
	length = 15 * time.Minute
)

// truth is what really was requested of each version, by the interval in which a scrape first showed it.
type truth [2]map[time.Time]analysis.Counts

func newTruth() truth { return truth{map[time.Time]analysis.Counts{}, map[time.Time]analysis.Counts{}} }

// add adds requests that a scrape has shown.
func (t truth) add(side analysis.Side, at time.Time, c analysis.Counts) {
	start := at.Add(-time.Millisecond).Truncate(scrape)
	before := t[side][start]
	t[side][start] = analysis.Counts{Requests: before.Requests + c.Requests, Bad: before.Bad + c.Bad}
}

// service makes up the history of one application's run, and what is true of it.
type service struct {
	*rand.Rand

	history *history
	truth   truth
	// namespace and the ReplicaSets' names.
	namespace, canary, stable string
	until                     time.Time
}

// counter is one label set of one pod.
type counter struct {
	*series

	value   float64
	pending float64
	bad     bool
	// absent is how many scrapes the series stays away for.
	absent int
}

// pod serves requests and is scraped.
type pod struct {
	service  *service
	side     analysis.Side
	name     string
	counters map[string]*counter
	scraped  int
}

func newService(seed uint64, h *history) *service {
	return &service{
		Rand: rand.New(rand.NewPCG(seed, 7)), history: h, truth: newTruth(),
		namespace: fmt.Sprintf("ns-%d", seed), canary: "shop-new", stable: "shop-old", until: base.Add(length),
	}
}

// live makes up all pods.
func (s *service) live() {
	for i := range 2 + s.IntN(3) {
		from := base.Add(-5 * time.Minute)
		if i > 1 && s.IntN(2) == 0 {
			from = base.Add(time.Duration(s.Int64N(int64(length)))) // scaled up meanwhile
		}
		s.pod(analysis.Stable, fmt.Sprintf("%s-aaaa%d", s.stable, i)).live(from)
	}
	for i := range 1 + s.IntN(3) {
		s.pod(analysis.Canary, fmt.Sprintf("%s-bbbb%d", s.canary, i)).live(base.Add(time.Duration(s.Int64N(int64(length / 3)))))
	}
}

func (s *service) pod(side analysis.Side, name string) *pod {
	return &pod{service: s, side: side, name: name, counters: map[string]*counter{}}
}

// grow adds requests to a counter, which is there from the first one on.
func (p *pod) grow(path, status string, n float64) {
	key := path + " " + status
	c := p.counters[key]
	if c == nil {
		c = &counter{bad: status[0] == '5', series: p.service.history.add(map[string]string{
			"__name__": "http_requests_total", "namespace": p.service.namespace, "pod": p.name, "instance": p.name + ":8080", "job": "pods",
			"path": path, "status": status,
		})}
		p.counters[key] = c
	}
	if c.absent == 0 {
		c.value, c.pending = c.value+n, c.pending+n
	}
}

// live goes from scrape to scrape until the run's end or the pod's.
func (p *pod) live(from time.Time) {
	s := p.service
	until := s.until
	if s.IntN(4) == 0 {
		until = from.Add(time.Duration(s.Int64N(int64(length))))
	}
	first := from.Truncate(scrape).Add(scrape + time.Duration(s.Int64N(scrape.Milliseconds()))*time.Millisecond)
	if p.side == analysis.Stable {
		// It has been counting for long, all that it ever counts later as well but for one.
		for _, status := range []string{"200", "404", "500"} {
			p.grow("/", status, float64(100+s.IntN(1000)))
		}
	}
	for at := first; !at.After(until); at = at.Add(scrape) {
		p.serve()
		switch s.IntN(25) {
		case 0:
			p.restart()
		case 1:
			p.rotate()
		case 2:
			continue // a scrape that is missed
		}
		p.scrape(at)
	}
}

// serve answers requests until the next scrape.
func (p *pod) serve() {
	s := p.service
	p.grow("/", "200", float64(s.IntN(20)))
	p.grow("/", "404", float64(s.IntN(3)))
	p.grow("/", "500", float64(s.IntN(4)))
	if p.scraped > 8 && s.IntN(10) == 0 {
		p.grow("/new", "503", float64(1+s.IntN(5))) // a series that begins above 0
	}
}

// restart ends the container: what was not scraped is lost, and counters begin at 0. One that could have overtaken its former value by
// the next scrape is left alone: no one could tell.
func (p *pod) restart() {
	for _, c := range p.counters {
		if c.value-c.pending < 100 {
			return
		}
	}
	for _, c := range p.counters {
		c.value, c.pending = 0, 0
	}
}

// rotate drops a series as a proxy does with those that have not moved for long.
func (p *pod) rotate() {
	for _, key := range slices.Sorted(maps.Keys(p.counters)) {
		if c := p.counters[key]; c.pending == 0 && c.absent == 0 && key != "/ 200" && len(c.points) > 0 {
			c.value, c.absent = 0, 6
			return
		}
	}
}

// scrape writes down what the pod shows.
func (p *pod) scrape(at time.Time) {
	p.scraped++
	for _, c := range p.counters {
		if c.absent > 0 {
			c.absent--
			continue
		}
		c.points = append(c.points, point{at, c.value})
		shown := analysis.Counts{Requests: c.pending}
		if c.bad {
			shown.Bad = c.pending
		}
		c.pending = 0
		if at.After(base) && (p.side == analysis.Canary || p.scraped > 1) {
			p.service.truth.add(p.side, at, shown)
		}
	}
}
