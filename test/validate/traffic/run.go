package traffic

import (
	"math/rand/v2"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
)

// Run is what happened in one run.
type Run struct {
	service *Service
	// canary and stable have the requests of each slot of each pod.
	canary, stable []pod
	// before are stable's intervals before the run, when it has all requests.
	before []requests
}

type pod struct {
	// scraped is how many slots after the beginning of an interval the pod is scraped: 1 … slotsPerScrape.
	scraped int
	// starts is the slot in which it starts, 0 for one that was there before.
	starts int
	slots  []requests
}

// requests of a pod in a slot.
type requests struct{ all, bad, slow float64 }

// Draw leaves a run to chance. It goes on for two intervals after its end, for what is seen late.
func (s *Service) Draw(rng *rand.Rand) *Run {
	slots := int(s.Length/Slot) + 2*slotsPerScrape
	r := &Run{service: s, canary: make([]pod, s.CanaryPods), stable: make([]pod, s.StablePods)}
	for _, side := range [][]pod{r.canary, r.stable} {
		for i := range side {
			side[i] = pod{scraped: 1 + rng.IntN(slotsPerScrape), slots: make([]requests, slots)}
		}
	}
	for i := range before {
		r.before = append(r.before, s.earlier(rng, time.Duration(i-before)*Scrape))
	}
	if late := int(s.Late / Slot); late > 0 {
		for i := range r.canary {
			r.canary[i].starts = rng.IntN(late)
		}
	}
	for slot := range slots {
		at := time.Duration(slot) * Slot
		s.fill(rng, r.canary, slot, s.rate(true, at), s.Canary, s.CanarySlow, s.OddPod)
		s.fill(rng, r.stable, slot, s.rate(false, at), s.Stable, s.StableSlow, nil)
	}
	return r
}

// fill draws the requests of one slot of one side. Good and bad requests are independent streams, which is the same as to draw all
// requests and then for each whether it is bad.
func (s *Service) fill(rng *rand.Rand, side []pod, slot int, rate float64, bad, slow, odd Share) {
	at := time.Duration(slot) * Slot
	var running int
	for i := range side {
		if side[i].starts <= slot {
			running++
		}
	}
	for i := range side {
		if side[i].starts > slot {
			continue
		}
		share := bad
		if i == 0 && odd != nil {
			share = odd
		}
		side[i].slots[slot] = s.requests(rng, rate*Slot.Seconds()/float64(running), share, slow, at)
	}
}

// requests draws mean requests.
func (s *Service) requests(rng *rand.Rand, mean float64, bad, slow Share, at time.Duration) requests {
	share := bad(at)
	n := requests{bad: s.bad(rng, mean*share)}
	n.all = n.bad + dice.Poisson(rng, mean*(1-share))
	if slow != nil {
		n.slow = dice.Binomial(rng, n.all, slow(at))
	}
	return n
}

// earlier draws the requests of an interval before the run.
func (s *Service) earlier(rng *rand.Rand, at time.Duration) requests {
	rate := s.Rate
	if s.Load != nil {
		rate *= s.Load(at)
	}
	return s.requests(rng, rate*Scrape.Seconds(), s.Stable, s.StableSlow, at)
}

// bad draws how many bad requests there are when mean of them are expected.
func (s *Service) bad(rng *rand.Rand, mean float64) float64 {
	if s.Burst == 0 {
		return dice.Poisson(rng, mean)
	}
	var n float64
	for range int(dice.Poisson(rng, 2*mean/float64(s.Burst+1))) {
		n += float64(1 + rng.IntN(s.Burst))
	}
	return n
}

// Minute is what happened in one minute.
type Minute struct{ Canary, Stable analysis.Counts }

// Minutes are all whole minutes of a run; slow asks for the slow requests in place of the bad ones.
func (r *Run) Minutes(slow bool) []Minute {
	minutes := make([]Minute, int(r.service.Length/time.Minute))
	for i := range minutes {
		from, to := i*slotsPerMinute, (i+1)*slotsPerMinute
		minutes[i] = Minute{Canary: sum(r.canary, from, to, slow), Stable: sum(r.stable, from, to, slow)}
	}
	return minutes
}

// Until is what the canary was asked until a time.
func (r *Run) Until(at time.Duration, slow bool) analysis.Counts {
	return sum(r.canary, 0, int(at/Slot), slow)
}

func sum(side []pod, from, to int, slow bool) analysis.Counts {
	var c analysis.Counts
	for i := range side {
		p := &side[i]
		for _, n := range p.slots[max(from, 0):min(to, len(p.slots))] {
			c.Requests += n.all
			if slow {
				c.Bad += n.slow
			} else {
				c.Bad += n.bad
			}
		}
	}
	return c
}
