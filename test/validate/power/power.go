// Package power simulates roll-outs of canaries about which there is something to find out: ill ones, to be aborted, and good ones,
// to be promoted. It measures how many requests that takes.
package power

import (
	"math"
	"math/rand/v2"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/exact"
	"github.com/sluice-dev/sluice/test/validate/ideal"
	"github.com/sluice-dev/sluice/test/validate/judged"
	"github.com/sluice-dev/sluice/test/validate/peers"
	"github.com/sluice-dev/sluice/test/validate/report"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// Case is one kind of canary.
type Case struct {
	Name string
	// Label is the name in the picture, empty: not part of it.
	Label string
	Gates analysis.Gates
	// Draw makes one run.
	Draw func(rng *rand.Rand) Run
	// Promote: the canary is good, and what is waited for is the evidence to go on.
	Promote bool
	// Onset is when the canary turns bad; requests are counted from then on.
	Onset time.Duration
	// Limit is the largest share of bad requests allowed, for the peers' rules.
	Limit float64
	// Ideal is the test that is told the truth.
	Ideal ideal.Test
	// Reference is the median of an independent simulation, NaN if there is none.
	Reference float64
	// Runs is how many runs there are, Short how many in the short validation; 0 leaves it out.
	Runs, Short int
}

// Run is one run: as our judge sees it, as the peers' rules see it, and what the canary was asked until a time.
type Run struct {
	Looks   *judged.Looks
	Minutes []traffic.Minute
	Until   func(at time.Duration) analysis.Counts
}

// Run judges all runs of the case, all rules on the same requests.
func (c *Case) Run(judge judged.Judge, seed uint64) report.Power {
	rules, runs := peers.All(), c.Runs
	if c.Promote {
		// The peers' rules promote when the time is over, whatever was seen.
		rules = nil
	}
	ours, best, theirs := newScore(runs), newScore(runs), make([]*score, len(rules))
	for k := range theirs {
		theirs[k] = newScore(runs)
	}
	outcome, level := analysis.Fail, exact.Alpha
	if c.Promote {
		outcome, level = analysis.Pass, exact.Beta
	}
	dice.Each(runs, func(i int) {
		rng := dice.Source(seed, c.Name, i)
		run := c.Draw(rng)
		look, ok := run.Looks.First(judge, c.Gates, outcome)
		ours.enter(i, c, &run, run.Looks.At(look), ok)
		look, ok = c.Ideal(run.Looks, level)
		best.enter(i, c, &run, run.Looks.At(look), ok)
		for k, rule := range rules {
			minute := rule.Abort(run.Minutes, c.Limit, rng)
			theirs[k].enter(i, c, &run, time.Duration(minute)*time.Minute, minute > 0)
		}
	})
	p := ours.peer()
	result := report.Power{
		Name: c.Name, MedianRequests: p.MedianRequests, P90Requests: p.P90Requests, ReferenceMedian: report.Number(c.Reference),
		IdealMedian: best.peer().MedianRequests, FailedRequests: p.FailedRequests, Peers: map[string]report.Peer{},
		Runs: runs, Aborted: p.Aborted, Early: p.Early, Promote: c.Promote, Label: c.Label,
	}
	for k, rule := range rules {
		result.Peers[rule.Name] = theirs[k].peer()
	}
	return result
}

// score is what a rule made of all runs.
type score struct {
	// requests and failed are the canary's, until the decision; infinite, and until the end, without one.
	requests, failed []float64
	early            []bool
}

func newScore(runs int) *score {
	return &score{requests: make([]float64, runs), failed: make([]float64, runs), early: make([]bool, runs)}
}

// enter enters a run that was decided at a time, or not at all.
func (s *score) enter(i int, c *Case, run *Run, at time.Duration, decided bool) {
	if decided && at < c.Onset {
		s.early[i] = true
		return
	}
	if !decided {
		at = time.Duration(len(run.Minutes)) * time.Minute
	}
	before, then := run.Until(c.Onset), run.Until(at)
	s.requests[i], s.failed[i] = then.Requests-before.Requests, then.Bad-before.Bad
	if !decided {
		s.requests[i] = math.Inf(1)
	}
}

// peer sums up. Runs that were decided before there was anything to find have no part in the numbers of requests.
func (s *score) peer() report.Peer {
	var requests, failed []float64
	var early, decided int
	for i := range s.requests {
		if s.early[i] {
			early++
			continue
		}
		requests, failed = append(requests, s.requests[i]), append(failed, s.failed[i])
		if !math.IsInf(s.requests[i], 1) {
			decided++
		}
	}
	n := float64(len(s.requests))
	return report.Peer{
		MedianRequests: report.Number(dice.Quantile(requests, .5)), P90Requests: report.Number(dice.Quantile(requests, .9)),
		FailedRequests: report.Number(dice.Mean(failed)), Aborted: float64(decided) / n, Early: float64(early) / n,
	}
}
