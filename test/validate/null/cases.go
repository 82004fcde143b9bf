package null

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// p0 is the largest share of bad requests allowed, in all cases.
const p0 = .01

var (
	gates = analysis.Gates{MaxErrorRate: p0, Compare: true}
	both  = analysis.Gates{MaxErrorRate: p0, LatencyQuantile: .95, LatencyThreshold: 500 * time.Millisecond, Compare: true}
)

// service is one whose canary has so many requests per second at a weight of 10 %, and as many bad ones as stable.
func service(requests, share float64) traffic.Service {
	return traffic.Service{
		Rate: 10 * requests, Steps: []traffic.Step{{Weight: 10}}, Canary: traffic.Always(share), Stable: traffic.Always(share),
		CanaryPods: 2, StablePods: 3, Length: time.Hour,
	}
}

// with changes a service.
func with(s traffic.Service, change func(*traffic.Service)) traffic.Service {
	change(&s)
	return s
}

// Cases are all healthy canaries. Every run is an hour long, looked at every 15 s by us and every minute by the peers.
func Cases() []Case {
	return append(append(rates(), circumstances()...), bursts()...)
}

// rates are the shares and numbers of requests.
func rates() []Case {
	var all []Case
	for _, part := range []float64{.1, .5, 1} {
		for _, requests := range []float64{.05, .5, 1, 5, 50} {
			c := Case{
				Name:        fmt.Sprintf("p = %g p0, %s", part, perSecond(requests)),
				Independent: true, Service: service(requests, part*p0), Gates: gates, Runs: 4000, Requests: requests,
			}
			if requests == .5 && part == 1 {
				c.Short = 1200
			}
			all = append(all, c)
		}
	}
	return all
}

// circumstances are what happens to services.
func circumstances() []Case {
	ramp := []traffic.Step{{Weight: 10}, {From: 20 * time.Minute, Weight: 50}, {From: 40 * time.Minute, Weight: 100}}
	outage := func(s *traffic.Service) {
		s.Canary = traffic.Outage(p0/2, 30, 25*time.Minute, 30*time.Minute)
		s.Stable = s.Canary
	}
	worse := func(s *traffic.Service) { s.Stable = traffic.Always(p0 / 1.5) }
	all := []Case{
		{Name: "at both limits: p = p0 and 1.5 times stable's, 1 request/s", Service: with(service(1, p0), worse), Short: 1200},
		{Name: "at both limits: p = p0 and 1.5 times stable's, 10 requests/s", Service: with(service(10, p0), worse)},
		{
			Name: "p = p0, not compared, 1 request/s", Service: service(1, p0), Gates: analysis.Gates{MaxErrorRate: p0},
		},
		{Name: "diurnal traffic, 0.05 to 2 requests/s, p = p0", Service: with(service(1, p0), func(s *traffic.Service) {
			s.Load = traffic.Waves(.05, 2, 40*time.Minute)
		})},
		{Name: "diurnal traffic and errors, 0.05 to 2 requests/s, up to p0", Service: with(service(1, p0), func(s *traffic.Service) {
			s.Load = traffic.Waves(.05, 2, 40*time.Minute)
			s.Canary = traffic.Waves(.1*p0, p0, 25*time.Minute)
			s.Stable = s.Canary
		})},
		{Name: "shared outage of 30 times for 5 minutes, 1 request/s of 10", Service: with(service(1, p0/2), outage), Short: 1200},
		{Name: "shared outage of 30 times for 5 minutes, 10 requests/s of 100", Service: with(service(10, p0/2), outage)},
		{Name: "shared outage of 30 times for 5 minutes, 5 requests/s of 10", Service: with(service(1, p0/2), func(s *traffic.Service) {
			outage(s)
			s.Steps = []traffic.Step{{Weight: 50}}
		})},
		{Name: "weights 10, 50, 100, p = p0, 10 requests/s", Service: with(service(1, p0), func(s *traffic.Service) {
			s.Steps = ramp
		}), Short: 1200},
		// The weight stays at 50: while canary and stable have been ill alike the run holds, and only a pass raises the weight.
		{Name: "weights 10, 50, shared outage at 50, 10 requests/s", Service: with(service(1, p0/2), func(s *traffic.Service) {
			outage(s)
			s.Steps = ramp[:2]
		})},
		{Name: "late pods, within 10 minutes, p = p0, 1 request/s", Service: with(service(1, p0), func(s *traffic.Service) {
			s.CanaryPods, s.Late = 3, 10*time.Minute
		})},
		{
			Name: "error rate and latency, both at their limits, 1 request/s", Gates: both,
			Service: with(service(1, p0), func(s *traffic.Service) {
				s.CanarySlow, s.StableSlow = traffic.Always(.05), traffic.Always(.05)
			}),
		},
	}
	for i := range all {
		c := &all[i]
		c.Independent, c.Runs = true, 4000
		if c.Gates.MaxErrorRate == 0 {
			c.Gates = gates
		}
	}
	return all
}

// bursts are bad requests that come up to ten at once. No promise holds for them; what is measured is how far the dispersion that is
// estimated from stable makes up for it.
func bursts() []Case {
	var all []Case
	for _, part := range []float64{.5, 1} {
		for _, requests := range []float64{1, 5} {
			all = append(all, Case{
				Name: fmt.Sprintf("bursts of 1 to 10, p = %g p0, %s", part, perSecond(requests)),
				Service: with(service(requests, part*p0), func(s *traffic.Service) {
					s.Burst = 10
				}),
				Gates: gates, Runs: 3000,
			})
		}
	}
	return all
}

func perSecond(requests float64) string {
	if requests == 1 {
		return "1 request/s"
	}
	return fmt.Sprintf("%g requests/s", requests)
}
