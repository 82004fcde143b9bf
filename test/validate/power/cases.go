package power

import (
	"math"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/exact"
	"github.com/sluice-dev/sluice/test/validate/ideal"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// usual is the share of bad requests of a service that is well.
const usual = .005

// none: there is no reference figure.
var none = math.NaN()

// Cases are all canaries.
func Cases() []Case { return append(append(aborts(), promotions()...), scrapes()...) }

// aborts are ill canaries, looked at after every request, or every 75. The reference figures are those of an independent simulation
// of one test at α = 0.01; that against stable has ρ0 = 1, where ours has 1.5.
func aborts() []Case {
	one := analysis.Gates{MaxErrorRate: .01}
	compared := analysis.Gates{MaxErrorRate: .01, Compare: true}
	lax := analysis.Gates{MaxErrorRate: .2, Compare: true}
	latency := analysis.Gates{LatencyQuantile: .95, LatencyThreshold: 500 * time.Millisecond}
	return []Case{
		{
			Name: "p0 1 %, true 5 %, every request", Gates: one, Draw: regular(.05, usual, 1), Limit: .01,
			Ideal: ideal.Absolute(.01, .05), Reference: 127, Runs: 2000, Short: 300,
		},
		{
			Name: "p0 1 %, true 5 %, every 75 requests", Gates: one, Draw: regular(.05, usual, 75), Limit: .01,
			Ideal: ideal.Absolute(.01, .05), Reference: 225, Runs: 2000, Short: 400,
		},
		{
			Name: "p0 1 %, true 10 %, every request", Gates: one, Draw: regular(.1, usual, 1), Limit: .01,
			Ideal: ideal.Absolute(.01, .1), Reference: 36, Runs: 2000, Short: 400,
		},
		{
			Name: "p0 1 %, compared with stable at 0.5 %, true 5 %, every request", Gates: compared, Draw: regular(.05, usual, 1),
			Limit: .01, Ideal: ideal.Absolute(.01, .05), Reference: 127, Runs: 2000, Short: 300,
		},
		{
			Name: "p0 1 %, compared with stable at 1 %, true 5 %, every request", Gates: compared, Draw: regular(.05, .01, 1),
			Limit: .01, Ideal: ideal.Absolute(.01, .05), Reference: 172, Runs: 2000, Short: 300,
		},
		{
			Name: "against stable at 1 % alone (p0 20 %), true 5 %, every request", Gates: lax, Draw: regular(.05, .01, 1), Limit: .2,
			Ideal: ideal.Against(exact.Ratio, 5), Reference: none, Runs: 2000,
		},
		{
			Name: "latency, 5 % may be over T, true 15 %, every request", Gates: latency, Draw: regular(.15, .02, 1), Limit: .05,
			Ideal: ideal.Absolute(.05, .15), Reference: 80, Runs: 2000, Short: 300,
		},
	}
}

// promotions are good canaries, looked at after every request.
func promotions() []Case {
	return []Case{
		{
			Name: "promote: p below 5 %, true 1 %, every request", Gates: analysis.Gates{MaxErrorRate: .05}, Promote: true,
			Draw: regular(.01, usual, 1), Ideal: ideal.Absolute(.05, .01), Reference: 129, Runs: 2000, Short: 300,
		},
		{
			Name: "promote: p below 1 %, true 0.2 %, every request", Gates: analysis.Gates{MaxErrorRate: .01}, Promote: true,
			Draw: regular(.002, usual, 1), Ideal: ideal.Absolute(.01, .002), Reference: 654, Runs: 600, Short: 60,
		},
	}
}

// scrapes are ill canaries as a controller sees them: every 15 s, by way of Prometheus, one scrape late, compared with stable. The
// ideal test has the same evidence at the same times.
func scrapes() []Case {
	gates := analysis.Gates{MaxErrorRate: .01, Compare: true}
	service := func(requests, share float64) traffic.Service {
		return traffic.Service{
			Rate: 10 * requests, Steps: []traffic.Step{{Weight: 10}}, Canary: traffic.Always(share), Stable: traffic.Always(usual),
			CanaryPods: 2, StablePods: 3, Length: hour,
		}
	}
	slow := service(1, .15)
	slow.Stable = traffic.Always(.02)
	const onset = 10 * time.Minute
	late := service(1, 0)
	late.Canary = traffic.From(onset, usual, .05)
	pod := service(1, usual)
	pod.CanaryPods, pod.OddPod = 10, traffic.Always(.5)
	all := []Case{
		{
			Name: "p0 1 %, true 5 %, 1 request/s", Label: "5 %", Draw: scraped(service(1, .05)), Ideal: ideal.Absolute(.01, .05), Short: 400,
		},
		{
			Name: "p0 1 %, true 10 %, 1 request/s", Label: "10 %", Draw: scraped(service(1, .1)), Ideal: ideal.Absolute(.01, .1),
		},
		{
			Name: "p0 1 %, true 5 %, 10 requests/s", Label: "5 %, 10/s", Draw: scraped(service(10, .05)), Ideal: ideal.Absolute(.01, .05),
		},
		{
			Name: "p0 1 %, true 2 %, 5 requests/s", Label: "2 %, 5/s", Draw: scraped(service(5, .02)), Ideal: ideal.Absolute(.01, .02),
		},
		{
			Name: "p0 1 %, true 5 % after 10 good minutes, 1 request/s", Label: "5 %, late", Draw: scraped(late), Ideal: ideal.Late(.01, .05),
			Onset: onset, Short: 400,
		},
		{
			Name: "p0 1 %, one bad pod of ten at 50 %, 1 request/s", Label: "1 pod of 10", Draw: scraped(pod),
			Ideal: ideal.Absolute(.01, .1*.5+.9*usual),
		},
		{
			Name: "latency, 5 % may be over T, true 15 %, 1 request/s", Label: "latency", Draw: scraped(slow), Ideal: ideal.Absolute(.05, .15),
			Gates: analysis.Gates{LatencyQuantile: .95, LatencyThreshold: 500 * time.Millisecond, Compare: true}, Limit: .05,
		},
	}
	for i := range all {
		c := &all[i]
		c.Runs, c.Reference = 4000, none
		if c.Limit == 0 {
			c.Limit, c.Gates = .01, gates
		}
	}
	return all
}
