package power

import (
	"math/rand/v2"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/judged"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// hour is how long every run is watched.
const hour = time.Hour

// regular has one request of the canary per second, and nine of stable's, for an hour, and looks after every so many requests of
// the canary. Nothing is seen late: this is how the reference figures were made.
func regular(canary, stable float64, every int) func(*rand.Rand) Run {
	return func(rng *rand.Rand) Run {
		requests := int(hour / time.Second)
		bad, against := make([]float64, requests), make([]float64, requests)
		for i := range requests {
			bad[i], against[i] = dice.Binomial(rng, 1, canary), dice.Binomial(rng, 9, stable)
		}
		counts := func(from, to int) judged.Pair {
			p := judged.Pair{
				Canary: analysis.Counts{Requests: float64(to - from)}, Stable: analysis.Counts{Requests: 9 * float64(to-from)},
			}
			for i := from; i < to; i++ {
				p.Canary.Bad += bad[i]
				p.Stable.Bad += against[i]
			}
			return p
		}
		var pairs []judged.Pair
		for at := 0; at+every <= requests; at += every {
			pairs = append(pairs, counts(at, at+every))
		}
		looks := judged.StreamEvery(pairs, 10, time.Duration(every)*time.Second)
		var minutes []traffic.Minute
		for at := 0; at < requests; at += 60 {
			p := counts(at, at+60)
			minutes = append(minutes, traffic.Minute{Canary: p.Canary, Stable: p.Stable})
		}
		return Run{Looks: looks, Minutes: minutes, Until: func(at time.Duration) analysis.Counts {
			return counts(0, min(int(at/time.Second), requests)).Canary
		}}
	}
}

// scraped is a service as a Prometheus sees it, looked at every 15 s. Where latency is all that is judged, the bad requests are the
// slow ones.
func scraped(s traffic.Service) func(*rand.Rand) Run {
	return func(rng *rand.Rand) Run {
		run := s.Draw(rng)
		return Run{Looks: run.Looks(), Minutes: run.Minutes(false), Until: func(at time.Duration) analysis.Counts {
			return run.Until(at, false)
		}}
	}
}
