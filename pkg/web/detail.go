package web

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// detail is one Deployment and the revision of that; false: it is not known.
func (s *Site) detail(key strategy.Key) (Detail, uint64, bool) {
	d := Detail{About: s.about()}
	if !d.Leader {
		return d, 0, false
	}
	var revision uint64
	found := s.store.one(key, func(e *entry) {
		revision = e.revision
		e.describe(&d)
	})
	return d, revision, found
}

// describe fills in what is known of an entry.
func (e *entry) describe(d *Detail) {
	r := &e.rollout
	d.Rollout = e.summary()
	if words, ok := explain.Reason(d.Reason); ok {
		d.Why, d.Next = words.Why, words.Change
	}
	d.Commands = commands(r)
	d.Gates, d.Weights, d.Hooks, d.Past, d.Events = []Gate{}, []Weight{}, []Hook{}, []Ended{}, []Event{}
	for i := range r.Past {
		d.Past = append(d.Past, ended(&r.Past[i]))
	}
	for _, ev := range slices.Backward(e.events) {
		d.Events = append(d.Events, Event{At: ev.At.UTC(), Warning: ev.Warning, Reason: ev.Reason, Message: ev.Message})
	}
	run := e.shown()
	if run == nil {
		return
	}
	d.Shown, d.StartedAt, d.EndedAt = run.Number, run.StartedAt.UTC(), run.EndedAt
	if !d.EndedAt.IsZero() {
		d.EndedAt = d.EndedAt.UTC()
	}
	for i := range run.Gates {
		d.Gates = append(d.Gates, gateOf(&run.Gates[i]))
	}
	for _, w := range run.Weights {
		d.Weights = append(d.Weights, Weight{At: w.At.UTC(), Weight: w.Weight, Reason: w.Reason, Message: w.Message})
	}
	for _, h := range run.Hooks {
		d.Hooks = append(d.Hooks, hookOf(&h))
	}
	if e.plot != nil && e.plot.run == run.ID {
		d.Plot = e.plot.columns()
	}
}

// shown is the run that the analysis is of: the present one with its newest gates, or at rest the last; nil: there was none.
func (e *entry) shown() *strategy.Summary {
	r := &e.rollout
	switch {
	case r.Run != nil:
		run := &strategy.Summary{
			Number: r.Run.Number, ID: r.Run.ID, StartedAt: r.Run.StartedAt, EndedAt: r.Run.EndedAt,
			Weights: r.Run.Weights, Gates: r.Status.Gates, Hooks: r.Run.Hooks,
		}
		if !e.running() {
			run.Gates = r.Run.Gates // those that it was aborted with
		}
		return run
	case len(r.Past) > 0:
		return &r.Past[0]
	}
	return nil
}

func hookOf(h *strategy.HookRun) Hook {
	hook := Hook{Hook: h.Hook, CronJob: h.CronJob, Job: h.Job, State: h.State, Message: h.Message, StartedAt: h.StartedAt, EndedAt: h.EndedAt}
	for _, t := range []*time.Time{&hook.StartedAt, &hook.EndedAt} {
		if !t.IsZero() {
			*t = t.UTC()
		}
	}
	return hook
}

func gateOf(g *analysis.Gate) Gate {
	out := Gate{
		Name: g.Name, Title: title(g), Mode: g.Mode, Outcome: g.Outcome, Reason: g.Reason, Message: g.Message, Bad: bad(g), Metric: g.Metric,
		Needed: Number(g.Needed), BoundSeconds: g.Bound.Seconds(),
	}
	out.Why, _ = explain.Gate(g.Reason)
	if !counts(g) {
		return out
	}
	out.Canary, out.Stable = countsOf(g.Canary), countsOf(g.Stable)
	if g.Threshold > 0 {
		threshold := Number(g.Threshold)
		out.Threshold = &threshold
	}
	out.Abort, out.Promote = evidenceOf(g.Abort), evidenceOf(g.Promote)
	return out
}

func countsOf(c analysis.Counts) *Counts {
	return &Counts{Requests: Number(c.Requests), Bad: Number(c.Bad), Share: Number(c.Share())}
}

// evidenceOf is nil for evidence without a limit: it was not looked for.
func evidenceOf(w analysis.Weighed) *Evidence {
	if !(w.Log10Limit > 0) {
		return nil
	}
	return &Evidence{Log10: Number(w.Log10E), LimitLog10: Number(w.Log10Limit), Reached: w.Reached()}
}

// title is what a gate is called by people.
func title(g *analysis.Gate) string {
	switch g.Name {
	case analysis.GateErrorRate:
		return "Error rate"
	case analysis.GateLatency:
		return "Latency"
	case analysis.GateReach:
		return "Reachability"
	}
	if name, ok := strings.CutPrefix(g.Name, analysis.GateAlert); ok {
		return "Alert " + name
	}
	return g.Name
}

// bad says which requests a gate counts as bad.
func bad(g *analysis.Gate) string {
	switch {
	case g.Name == analysis.GateLatency && g.Bound > 0:
		return fmt.Sprintf("slower than %s", g.Bound)
	case g.Name == analysis.GateLatency:
		return "too slow"
	case g.Name == analysis.GateErrorRate:
		return "failed"
	case g.Name == analysis.GateReach:
		return "without an answer"
	case g.Mode == analysis.ModeScoped:
		return "value of the rule's expression"
	case g.Mode == analysis.ModeGlobal:
		return "firing for the service as a whole"
	}
	return "bad by the rule"
}
