package traffic

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/judged"
)

// seenAfter is how long after the end of the evidence it is judged: one scrape later, as pkg/analysis/prometheus has it, and a part
// of the controller's interval on average.
const seenAfter = Scrape + Slot

// before is how many intervals before the run are known of stable: 15 minutes, the default of the History of
// pkg/analysis/prometheus.
const before = int(15 * time.Minute / Scrape)

// Looks are the evidence of the run as our judge sees it grow, once per interval. Pods are scraped at their own moments, so that
// what an interval counts began, for one pod, up to an interval before.
func (r *Run) Looks() *judged.Looks {
	intervals := int(r.service.Length / Scrape)
	l := &judged.Looks{Interval: Scrape, Scrape: Scrape, Lag: seenAfter}
	l.ErrorsBefore = r.earlier(false)
	if r.service.CanarySlow != nil {
		l.SlowBefore = r.earlier(true)
	}
	var canary, stable time.Time
	for i := range intervals {
		bad := r.interval(i, false)
		l.Errors = append(l.Errors, bad)
		if r.service.CanarySlow != nil {
			l.Slow = append(l.Slow, r.interval(i, true))
		}
		canary, stable = later(canary, r.seen(r.canary, i)), later(stable, r.seen(r.stable, i))
		l.CanarySeen, l.StableSeen = append(l.CanarySeen, canary), append(l.StableSeen, stable)
		// By the time of the look stable was scraped once more.
		l.ErrorsSince = append(l.ErrorsSince, r.interval(i+1, false).Stable)
		if r.service.CanarySlow != nil {
			l.SlowSince = append(l.SlowSince, r.interval(i+1, true).Stable)
		}
		step := r.service.step(time.Duration(i+1)*Scrape + seenAfter)
		l.Weight, l.StepSince = append(l.Weight, step.Weight), append(l.StepSince, judged.Start.Add(step.From))
	}
	return l
}

// earlier are stable's intervals before the run.
func (r *Run) earlier(slow bool) []analysis.Interval {
	var all []analysis.Interval
	for i, n := range r.before {
		in := analysis.Interval{
			Start: judged.Start.Add(time.Duration(i-before) * Scrape), Stable: analysis.Counts{Requests: n.all, Bad: n.bad}, StableReported: true,
		}
		if slow {
			in.Stable.Bad = n.slow
		}
		all = append(all, in)
	}
	return all
}

// interval is what the samples taken in the i-th interval have counted.
func (r *Run) interval(i int, slow bool) analysis.Interval {
	in := analysis.Interval{Start: judged.Start.Add(time.Duration(i) * Scrape), StableReported: true}
	for k := range r.canary {
		p := &r.canary[k]
		sample := i*slotsPerScrape + p.scraped
		if sample <= p.starts {
			continue
		}
		in.CanaryReported = true
		c := sum(r.canary[k:k+1], sample-slotsPerScrape, sample, slow)
		in.Canary.Requests += c.Requests
		in.Canary.Bad += c.Bad
		from := judged.Start.Add(time.Duration(max(sample-slotsPerScrape, p.starts, 0)) * Slot)
		if c.Requests > 0 && (in.From.IsZero() || from.Before(in.From)) {
			in.From = from
		}
	}
	for k := range r.stable {
		sample := i*slotsPerScrape + r.stable[k].scraped
		c := sum(r.stable[k:k+1], sample-slotsPerScrape, sample, slow)
		in.Stable.Requests += c.Requests
		in.Stable.Bad += c.Bad
	}
	return in
}

// seen is the time of the newest sample of a side in the i-th interval; zero without any.
func (r *Run) seen(side []pod, i int) time.Time {
	var at time.Time
	for k := range side {
		if sample := i*slotsPerScrape + side[k].scraped; sample > side[k].starts {
			at = later(at, judged.Start.Add(time.Duration(sample)*Slot))
		}
	}
	return at
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
