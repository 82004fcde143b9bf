// Package null simulates roll-outs of healthy canaries, in which whoever aborts is wrong.
package null

import (
	"maps"
	"slices"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/judged"
	"github.com/sluice-dev/sluice/test/validate/peers"
	"github.com/sluice-dev/sluice/test/validate/report"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// Case is one kind of healthy canary.
type Case struct {
	Name        string
	Independent bool
	Service     traffic.Service
	Gates       analysis.Gates
	// Runs is how many runs there are, Short how many in the short validation; 0 leaves it out.
	Runs, Short int
	// Requests is the canary's number of requests per second where that is what the case is about.
	Requests float64
}

// Run judges all runs of the case, all rules on the same requests.
func (c *Case) Run(judge judged.Judge, seed uint64) report.Null {
	rules, runs := peers.All(), c.Runs
	ours := make([]bool, runs)
	theirs := make([][]bool, len(rules))
	for k := range theirs {
		theirs[k] = make([]bool, runs)
	}
	dice.Each(runs, func(i int) {
		rng := dice.Source(seed, c.Name, i)
		run := c.Service.Draw(rng)
		_, ours[i] = run.Looks().First(judge, c.Gates, analysis.Fail)
		minutes := run.Minutes(false)
		for k, rule := range rules {
			theirs[k][i] = rule.Abort(minutes, c.Gates.MaxErrorRate, rng) > 0
		}
	})
	result := report.Null{
		Name: c.Name, Independent: c.Independent, Tally: tally(ours), Peers: map[string]report.Tally{}, Requests: c.Requests,
	}
	for k, rule := range rules {
		result.Peers[rule.Name] = tally(theirs[k])
	}
	return result
}

func tally(aborted []bool) report.Tally {
	t := report.Tally{Runs: len(aborted)}
	for _, yes := range aborted {
		if yes {
			t.FalseAborts++
		}
	}
	t.Upper95 = dice.Upper95(t.FalseAborts, t.Runs)
	return t
}

// Names are the names of all cases, sorted; no two may be the same, since their chances are drawn by them.
func Names(cases []Case) []string {
	names := map[string]bool{}
	for i := range cases {
		names[cases[i].Name] = true
	}
	return slices.Sorted(maps.Keys(names))
}
