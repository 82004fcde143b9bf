// Package traffic makes the requests of a simulated roll-out, as they happen and as a Prometheus that scrapes every 15 s sees them.
//
// All judges, ours, the peers' and the ideal one, get the very same requests. Who sees them at which times is a matter of the
// judge: ours sees counters at the scrapes, each pod at its own moment, and one scrape late; the peers' rules see whole minutes
// at once, which is more than they would have.
//
// The package knows nothing of any rule.
package traffic

import (
	"math"
	"time"
)

const (
	// Slot is the resolution in which requests happen.
	Slot = 5 * time.Second
	// Scrape is the time between two samples of a pod, and the length of the intervals of the evidence.
	Scrape = 15 * time.Second
	// slotsPerScrape is how many moments there are at which a pod may be scraped.
	slotsPerScrape = int(Scrape / Slot)
	slotsPerMinute = int(time.Minute / Slot)
)

// Share is a share, or a multiple, that may change in the course of a run.
type Share func(at time.Duration) float64

// Always is a share that doesn't change.
func Always(share float64) Share { return func(time.Duration) float64 { return share } }

// From is one share before a time, and another one from then on.
func From(onset time.Duration, before, after float64) Share {
	return func(at time.Duration) float64 {
		if at < onset {
			return before
		}
		return after
	}
}

// Outage is a share that is a multiple of the usual one between two times.
func Outage(share, multiple float64, begin, end time.Duration) Share {
	return func(at time.Duration) float64 {
		if at >= begin && at < end {
			return share * multiple
		}
		return share
	}
}

// Waves go from low to high and back in the course of a period, beginning in the middle.
func Waves(low, high float64, period time.Duration) Share {
	return func(at time.Duration) float64 {
		phase := 2 * math.Pi * float64(at) / float64(period)
		return (low+high)/2 + (high-low)/2*math.Sin(phase)
	}
}

// Step is a weight from a time on.
type Step struct {
	From   time.Duration
	Weight int
}

// Service is a service in the course of a roll-out.
type Service struct {
	// Rate is the number of requests per second to both versions together, Load by how much more or less it is at a time; nil is 1.
	Rate float64
	Load Share
	// Steps are the canary's weights, beginning at 0.
	Steps []Step
	// Canary and Stable are the shares of bad requests.
	Canary, Stable Share
	// CanarySlow and StableSlow are the shares of slow requests, whether good or bad. Nil: latency is not looked at.
	CanarySlow, StableSlow Share
	// OddPod is the share of bad requests of the canary's first pod; nil: it is as the others.
	OddPod Share
	// Burst is up to how many bad requests come at once, as with clients that try again: 1 to Burst, each as likely as the others.
	// Zero: bad requests know nothing of each other.
	Burst int
	// CanaryPods and StablePods share the requests evenly.
	CanaryPods, StablePods int
	// Late is the time within which the canary's pods start, each at a random moment; the requests go to those which have. Before
	// the first one there are none.
	Late time.Duration
	// Length is how long the run is watched.
	Length time.Duration
}

// step is the step at a time.
func (s *Service) step(at time.Duration) Step {
	now := s.Steps[0]
	for _, step := range s.Steps {
		if step.From <= at {
			now = step
		}
	}
	return now
}

// rate is the number of requests per second of one side at a time.
func (s *Service) rate(canary bool, at time.Duration) float64 {
	rate := s.Rate
	if s.Load != nil {
		rate *= s.Load(at)
	}
	weight := float64(s.step(at).Weight) / 100
	if canary {
		return rate * weight
	}
	return rate * (1 - weight)
}
