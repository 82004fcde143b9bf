package backtest

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

const tick = 15 * time.Second

// interval is the n-th interval since minute 0; with no requests at all of a version, it was not there.
func interval(n int, canary, stable analysis.Counts) analysis.Interval {
	start := minute(0).Add(time.Duration(n) * tick)
	return analysis.Interval{
		Start: start, From: start.Add(-time.Second), Canary: canary, Stable: stable,
		CanaryReported: canary.Requests > 0, StableReported: stable.Requests > 0,
	}
}

func counts(requests, bad float64) analysis.Counts {
	return analysis.Counts{Requests: requests, Bad: bad}
}

// evidence makes it from intervals, with the newest samples at the end of the last one that has some, and the same for both families.
func evidence(intervals ...analysis.Interval) analysis.Evidence {
	ev := analysis.Evidence{Run: "new", Interval: tick, Scrape: tick}
	f := analysis.Family{Metric: "http_requests_total", Intervals: intervals}
	for _, in := range intervals {
		end := in.Start.Add(tick)
		if in.CanaryReported {
			f.CanarySeen = end.Add(-time.Second)
		}
		if in.StableReported {
			f.StableSeen = end.Add(-time.Second)
		}
		ev.End = end
	}
	ev.Errors = f
	return ev
}

// subject is a run that starts with the n-th interval.
func subject(n int) analysis.Subject {
	since := minute(0).Add(time.Duration(n) * tick)
	return analysis.Subject{
		Namespace: "shop", Deployment: "shop", Run: "new", Canary: "shop-new", Stable: "shop-old", Since: since, StepSince: since, Weight: 50,
		Gates: analysis.Gates{MaxErrorRate: .05, Compare: true},
	}
}

// life is a roll-out: before intervals of the old version alone, both intervals of the two together, after ones of the new one alone,
// 600 requests each. The shares are those of bad requests.
func life(before, both, after int, old, replacement float64) []analysis.Interval {
	var all []analysis.Interval
	for n := range before + both + after {
		switch {
		case n < before:
			all = append(all, interval(n, counts(0, 0), counts(600, 600*old)))
		case n < before+both:
			all = append(all, interval(n, counts(300, 300*replacement), counts(300, 300*old)))
		default:
			all = append(all, interval(n, counts(600, 600*replacement), counts(0, 0)))
		}
	}
	return all
}
