package power

import (
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/judged"
	"github.com/sluice-dev/sluice/test/validate/peers"
	"github.com/sluice-dev/sluice/test/validate/report"
)

// Example is the first run of the first case in which the canary turns bad late; nil if there is none.
func Example(judge judged.Judge, cases []Case, seed uint64) *report.Example {
	for i := range cases {
		c := &cases[i]
		if c.Onset == 0 {
			continue
		}
		rng := dice.Source(seed, c.Name, 0)
		run := c.Draw(rng)
		e := &report.Example{Title: "One run: " + c.Name, Onset: c.Onset.Minutes(), Aborts: map[string]int{}}
		for k := range run.Looks.Len() {
			g := run.Looks.Verdict(judge, c.Gates, k).Gates[0]
			e.Minutes = append(e.Minutes, run.Looks.At(k).Minutes())
			e.Log10E = append(e.Log10E, g.Abort.Log10E)
			e.Log10Limit = g.Abort.Log10Limit
		}
		for _, rule := range peers.All() {
			e.Aborts[rule.Name] = rule.Abort(run.Minutes, c.Limit, rng)
		}
		return e
	}
	return nil
}
