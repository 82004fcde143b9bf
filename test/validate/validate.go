package main

import (
	"fmt"
	"io"
	"time"

	"github.com/sluice-dev/sluice/test/validate/exact"
	"github.com/sluice-dev/sluice/test/validate/judged"
	"github.com/sluice-dev/sluice/test/validate/null"
	"github.com/sluice-dev/sluice/test/validate/power"
	"github.com/sluice-dev/sluice/test/validate/report"
)

// plan is what is to be simulated: the runs of each case are those that it says.
type plan struct {
	seed  uint64
	null  []null.Case
	power []power.Case
	// progress is told what was done.
	progress io.Writer
}

// newPlan is the plan of the full validation, or of the short one.
func newPlan(seed uint64, short bool, progress io.Writer) *plan {
	p := &plan{seed: seed, progress: progress}
	for _, c := range null.Cases() {
		if short {
			c.Runs = c.Short
		}
		if c.Runs > 0 {
			p.null = append(p.null, c)
		}
	}
	for _, c := range power.Cases() {
		if short {
			c.Runs = c.Short
		}
		if c.Runs > 0 {
			p.power = append(p.power, c)
		}
	}
	return p
}

// validate puts a judge to all of it.
func (p *plan) validate(judge judged.Judge) *report.Document {
	d := &report.Document{Seed: p.seed, Results: &report.Results{Alpha: exact.Alpha}}
	p.enumerate(judge, d)
	for _, c := range p.null {
		began := time.Now()
		n := c.Run(judge, p.seed)
		p.say("null: %s: %d of %d runs aborted, %.2f %% at most (%s)", c.Name, n.FalseAborts, n.Runs, 100*n.Upper95, since(began))
		d.Results.Null = append(d.Results.Null, n)
	}
	for _, c := range p.power {
		began := time.Now()
		r := c.Run(judge, p.seed)
		p.say("power: %s: median %v requests, reference %v, ideal %v (%s)", c.Name, r.MedianRequests, r.ReferenceMedian, r.IdealMedian,
			since(began))
		d.Results.Power = append(d.Results.Power, r)
	}
	d.Problems = append(d.Problems, d.Results.Problems()...)
	return d
}

// enumerate does what leaves nothing to chance.
func (p *plan) enumerate(judge judged.Judge, d *report.Document) {
	add := func(problem string) {
		if problem != "" {
			d.Problems = append(d.Problems, problem)
		}
	}
	d.Expectations = exact.Expectations()
	for _, e := range d.Expectations {
		add(e.Problem())
	}
	for _, size := range exact.Sizes() {
		s := exact.Enumerate(judge, size)
		d.Sizes = append(d.Sizes, s)
		add(s.Problem())
	}
	d.Agreement = exact.Agree(judge, 2000, p.seed)
	add(d.Agreement.Problem())
	p.say("exact: %d sizes of runs enumerated, %d runs compared with the formulas", len(d.Sizes), d.Agreement.Runs)
}

func (p *plan) say(format string, arguments ...any) {
	fmt.Fprintf(p.progress, format+"\n", arguments...)
}

func since(began time.Time) time.Duration { return time.Since(began).Round(100 * time.Millisecond) }
