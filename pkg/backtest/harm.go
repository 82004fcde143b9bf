package backtest

import (
	"math"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// Effect is how long traffic goes on reaching a version after the decision to abort: as long as a mesh with constant changes may take
// to learn of a weight, which is what the controller's settle time is for.
const Effect = 12 * time.Second

// LongestHarm is for how long after its start a version's failures are counted at most.
const LongestHarm = 6 * time.Hour

// Harm is what a version did to users, and what of it an abort would have saved. Numbers are requests.
type Harm struct {
	// Requests and Bad are the new version's, from its start to Until.
	Requests, Bad float64
	// Before are the old version's, from the beginning of the evidence to the start.
	Before analysis.Counts
	// Expected is the share of bad requests that is put down to the old version: the larger one of its shares before and during the
	// roll-out.
	Expected float64
	// Excess is how many of Bad are beyond that; 0 if chance alone may have made so many more, or fewer.
	Excess float64
	// SavedAsItHappened and SavedWithSteps are how many of Excess would not have been; 0 without an abort.
	SavedAsItHappened, SavedWithSteps float64
	// Limit is the share that the gate, or the rule, allows.
	Limit float64
	// Until is up to when it was counted.
	Until time.Time
}

// account is what harm is added up by.
type account struct {
	// interval and scrape are those of the evidence.
	interval, scrape time.Duration
	// start is that of the new version, until where to stop.
	start, until time.Time
	judged       *Judged
}

// back is from when on an interval has none of the requests that went to the new version in spite of a decision: those that were
// counted in it were made up to one scrape earlier.
func (a *account) back(d *Decision) time.Time { return d.At.Add(Effect).Add(a.scrape) }

// harm adds up one family.
func (a *account) harm(f *analysis.Family) Harm {
	start, until := a.start, a.until
	asItHappened, withSteps, stages := &a.judged.AsItHappened, &a.judged.WithSteps, a.judged.Stages
	h := Harm{Until: until, Expected: expected(f.Intervals, start)}
	var own []analysis.Interval
	for i := range f.Intervals {
		in := &f.Intervals[i]
		if in.Excluded || in.Start.Add(a.interval).After(until) {
			continue
		}
		if in.Start.Before(start) {
			h.Before.Requests += in.Stable.Requests
			h.Before.Bad += in.Stable.Bad
			continue
		}
		own = append(own, *in)
		h.Requests += in.Canary.Requests
		h.Bad += in.Canary.Bad
	}
	h.Excess = h.beyond(analysis.Counts{Requests: h.Requests, Bad: h.Bad})
	if h.Excess <= deviations*math.Sqrt(h.Requests*h.Expected+1) {
		h.Excess = 0
	}
	if asItHappened.Outcome == OutcomeAborted {
		back := a.back(asItHappened)
		var saved float64
		for i := range own {
			if !own[i].Start.Before(back) {
				saved += h.beyond(own[i].Canary)
			}
		}
		h.SavedAsItHappened = min(max(0, saved), h.Excess)
	}
	if withSteps.Outcome == OutcomeAborted && len(stages) > 0 {
		h.SavedWithSteps = max(0, h.Excess-max(0, h.atWeights(own, stages, a.back(withSteps))))
	}
	return h
}

// beyond is how many of the bad requests are more than were expected.
func (h *Harm) beyond(c analysis.Counts) float64 { return c.Bad - c.Requests*h.Expected }

// atWeights is how many requests beyond the expected share would have been bad at the weights of the stages, until traffic was back.
// Where the new version had no requests, its share over all of the time is used.
func (h *Harm) atWeights(own []analysis.Interval, stages []Stage, back time.Time) float64 {
	usual := analysis.Counts{Requests: h.Requests, Bad: h.Bad}.Share()
	var bad float64
	for i := range own {
		in := &own[i]
		if in.Start.Before(stages[0].From) || !in.Start.Before(back) {
			continue
		}
		share := in.Canary.Share()
		if in.Canary.Requests == 0 {
			share = usual
		}
		n := (in.Canary.Requests + in.Stable.Requests) * weightAt(stages, in.Start) / 100
		bad += h.beyond(analysis.Counts{Requests: n, Bad: n * share})
	}
	return bad
}

// deviations is by how many standard deviations a count must be beyond what was expected for it to be no chance.
const deviations = 3

// few is how many requests are too few for a share that counts: the last request of a pod that is ending may fail.
const few = 100

// expected is the share of bad requests that the old version would have had: of its shares before and since the start, the larger
// one, so that an outage of both is not put down to the new version.
func expected(all []analysis.Interval, start time.Time) float64 {
	var before, since analysis.Counts
	for i := range all {
		in := &all[i]
		if in.Excluded {
			continue
		}
		c := &since
		if in.Start.Before(start) {
			c = &before
		}
		c.Requests += in.Stable.Requests
		c.Bad += in.Stable.Bad
	}
	if since.Requests < few {
		return before.Share()
	}
	return max(before.Share(), since.Share())
}
