package backtest

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"time"
)

// What the script's world is like.
const (
	namespace, deployment = "shop", "shop"
	scrape                = 15 * time.Second
	perSecond             = 40
	seed                  = 20260701
)

// health is how many of a version's requests fail, and how many take longer than two seconds.
type health struct {
	failed, slow float64
	// from and until are the age, of the version's first pod, at which it is so; outside it is well. Both zero: always.
	from, until time.Duration
}

// usual is how a version is that is well.
const (
	usualFailed = .002
	usualSlow   = .01
)

func well() health { return health{failed: usualFailed, slow: usualSlow} }

// at is the health at an age.
func (h health) at(age time.Duration) health {
	if h.until != 0 && (age < h.from || age >= h.until) {
		return well()
	}
	return h
}

// pod is one pod: when it is there, and what it has counted.
type pod struct {
	name, hash  string
	start, end  time.Time
	good, bad   float64
	fast, slow  float64
	scrapeShift time.Duration
	// seen is what it had counted when it was last scraped.
	seen struct{ all, bad, slow float64 }
	// health is its version's, born when that one began.
	health health
	born   time.Time
}

// script is a history in the making.
type script struct {
	rng          *rand.Rand
	begin, until time.Time
	down         [][2]time.Time // when Prometheus was down
	pods         []*pod
	made         int
	// samples are the lines of an OpenMetrics file, by metric.
	samples map[string]*strings.Builder
	// failures has, per hash, the times of all failed requests, in seconds since begin; slows those of the slow ones.
	failures, slows map[string]map[int]int
}

func newScript(begin time.Time, length time.Duration) *script {
	return &script{
		rng: rand.New(rand.NewPCG(seed, 1)), begin: begin, until: begin.Add(length),
		samples:  map[string]*strings.Builder{"http_requests_total": {}, "http_request_duration_seconds_bucket": {}, "up": {}},
		failures: map[string]map[int]int{}, slows: map[string]map[int]int{},
	}
}

// at is a time of the history: day 0, 1, … and a time of day as in "06:00:00".
func (s *script) at(day int, clock string) time.Time {
	t, err := time.Parse(time.TimeOnly, clock)
	if err != nil {
		panic(err)
	}
	return s.begin.AddDate(0, 0, day).Add(t.Sub(t.Truncate(24 * time.Hour)))
}

// add makes a pod that lives until the end, or until somebody ends it.
func (s *script) add(hash string, start, born time.Time, h health) {
	s.made++
	s.pods = append(s.pods, &pod{
		name: fmt.Sprintf("%s-%s-%05d", deployment, hash, s.made), hash: hash, start: start, end: s.until, health: h, born: born,
		scrapeShift: time.Duration(s.made*2311%15000) * time.Millisecond,
	})
}

// live are the pods of a version that are there at a time.
func (s *script) live(hash string, t time.Time) []*pod {
	var all []*pod
	for _, p := range s.pods {
		if p.hash == hash && !p.start.After(t) && p.end.After(t) {
			all = append(all, p)
		}
	}
	return all
}

// rollout replaces the pods of a version one by one, as Kubernetes does: a new one every 20 s, an old one gone 10 s later.
func (s *script) rollout(from, to string, at time.Time, h health) {
	for i, old := range s.live(from, at) {
		s.add(to, at.Add(time.Duration(i)*20*time.Second), at, h)
		old.end = at.Add(time.Duration(i)*20*time.Second + 10*time.Second)
	}
}

// start makes the pods of a version out of nothing.
func (s *script) start(hash string, at time.Time, h health) {
	for range 3 {
		s.add(hash, at, at, h)
	}
}

// end ends a version.
func (s *script) end(hash string, at time.Time) {
	for _, p := range s.live(hash, at) {
		p.end = at
	}
}

// play lets the time pass, second by second: requests are spread over the pods that are there, and counters are scraped.
func (s *script) play() {
	slices.SortStableFunc(s.pods, func(a, b *pod) int { return a.start.Compare(b.start) })
	turn := 0
	for second, now := 0, s.begin; now.Before(s.until); second, now = second+1, now.Add(time.Second) {
		var live []*pod
		for _, p := range s.pods {
			if !p.start.After(now) && p.end.After(now) {
				live = append(live, p)
			}
		}
		for range perSecond {
			if len(live) > 0 {
				turn++
				s.request(live[turn%len(live)], second)
			}
		}
		s.scraped(live, now, second)
	}
}

func (s *script) request(p *pod, second int) {
	h := p.health.at(s.begin.Add(time.Duration(second) * time.Second).Sub(p.born))
	if s.rng.Float64() < h.failed {
		p.bad++
		count(s.failures, p.hash, second)
	} else {
		p.good++
	}
	if s.rng.Float64() < h.slow {
		p.slow++
		count(s.slows, p.hash, second)
	} else {
		p.fast++
	}
}

func count(all map[string]map[int]int, hash string, second int) {
	if all[hash] == nil {
		all[hash] = map[int]int{}
	}
	all[hash][second]++
}

// scraped writes down the counters of the pods whose turn it is, within this second.
func (s *script) scraped(live []*pod, now time.Time, second int) {
	for _, d := range s.down {
		if !now.Before(d[0]) && now.Before(d[1]) {
			return
		}
	}
	if second%15 == 0 {
		s.sample("up", `job="shop"`, 1, now)
	}
	for _, p := range live {
		if second%15 != int(p.scrapeShift/time.Second) {
			continue
		}
		t := now.Add(999 * time.Millisecond)
		p.seen.all, p.seen.bad, p.seen.slow = p.good+p.bad, p.bad, p.slow
		labels := fmt.Sprintf(`namespace="%s",pod="%s"`, namespace, p.name)
		s.sample("http_requests_total", labels+`,status="200"`, p.good, t)
		if p.bad > 0 {
			s.sample("http_requests_total", labels+`,status="500"`, p.bad, t)
		}
		s.sample("http_request_duration_seconds_bucket", labels+`,le="2"`, p.fast, t)
		s.sample("http_request_duration_seconds_bucket", labels+`,le="+Inf"`, p.fast+p.slow, t)
	}
}

func (s *script) sample(metric, labels string, value float64, at time.Time) {
	fmt.Fprintf(s.samples[metric], "%s{%s} %.0f %.3f\n", metric, labels, value, float64(at.UnixMilli())/1000)
}

// openMetrics is the history as a file.
func (s *script) openMetrics() string {
	var b strings.Builder
	metrics := []string{"http_request_duration_seconds_bucket", "http_requests_total", "up"}
	slices.SortFunc(metrics, cmp.Compare)
	for _, metric := range metrics {
		b.WriteString(s.samples[metric].String())
	}
	b.WriteString("# EOF\n")
	return b.String()
}

// sum is how many there were of a version in a stretch of time.
func (s *script) sum(all map[string]map[int]int, hash string, from, until time.Time) float64 {
	n := 0
	for second, k := range all[hash] {
		if t := s.begin.Add(time.Duration(second) * time.Second); !t.Before(from) && t.Before(until) {
			n += k
		}
	}
	return float64(n)
}
