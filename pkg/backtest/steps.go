package backtest

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// Stage is a weight and when it began.
type Stage struct {
	Weight int
	From   time.Time
}

// WithSteps estimates what Sluice's steps would have come to: the traffic of both versions together as it was, their shares of bad
// requests as they were, but the new version with each step's weight of it. The first step begins with the first interval in which
// the new version had requests. An approval that a step waits for counts as given; the time that the mesh needs to learn of a weight
// is not counted.
//
// The stages are the weights up to the decision.
func WithSteps(sub analysis.Subject, ev analysis.Evidence, s *spec.Spec, until time.Time) (Decision, []Stage) {
	first := firstRequests(&ev, sub.Since)
	if first.IsZero() {
		return Decision{Outcome: OutcomeNone, At: until, Step: 1, Weight: s.Steps[0].Weight, Message: "the new version had no requests"}, nil
	}
	r := &replay{sub: sub, ev: &ev, spec: s, split: split{&ev}}
	r.begin(0, first)
	var d Decision
	for end := first.Add(ev.Interval); !end.After(until) && !end.After(ev.End); end = end.Add(ev.Interval) {
		var over bool
		if d, over = r.judge(end); over {
			return d, r.stages
		}
	}
	return d, r.stages
}

// firstRequests is the start of the first interval after since in which the new version had requests.
func firstRequests(ev *analysis.Evidence, since time.Time) time.Time {
	var first time.Time
	for _, f := range families(ev) {
		for i := range f.Intervals {
			if in := &f.Intervals[i]; !in.Start.Before(since) && in.Canary.Requests > 0 {
				if first.IsZero() || in.Start.Before(first) {
					first = in.Start
				}
				break
			}
		}
	}
	return first
}

// replay is a replay with steps, at one of them.
type replay struct {
	sub    analysis.Subject
	ev     *analysis.Evidence
	spec   *spec.Spec
	split  split
	step   int
	stages []Stage
}

func (r *replay) begin(step int, at time.Time) {
	r.step = step
	r.sub.StepSince, r.sub.Weight = at, r.spec.Steps[step].Weight
	if step == 0 {
		r.sub.Since = at
	}
	r.stages = append(r.stages, Stage{Weight: r.sub.Weight, From: at})
}

// judge judges at the end of an interval, and goes on to the next step as the planner does (pkg/strategy, shift.go): when the step's
// time is over and the gates pass. It returns true at the end of the run.
func (r *replay) judge(end time.Time) (Decision, bool) {
	e := r.split.evidence(r.stages, end)
	now := end.Add(r.ev.Scrape)
	v := analysis.Judge(r.sub, e, now)
	step := &r.spec.Steps[r.step]
	d := given(OutcomeNone, &v)
	d.Step, d.Weight = r.step+1, step.Weight
	held := now.Sub(r.sub.StepSince)
	on := false
	switch {
	case v.Outcome == analysis.Fail:
		d.Outcome = OutcomeAborted
		return d, true
	case v.Outcome == analysis.Pass:
		on = held >= step.Hold
	case held < max(r.spec.MaxHold, step.Hold):
	case r.spec.OnInconclusive == spec.InconclusiveAbort:
		d.Outcome = OutcomeAborted
		return d, true
	case r.spec.OnInconclusive == spec.InconclusivePromote && v.Outcome == analysis.Wait:
		on = true
	default:
		d.Outcome = OutcomeHeld
		return d, true
	}
	if !on {
		return d, false
	}
	if r.step+1 == len(r.spec.Steps) {
		d.Outcome = OutcomePromoted
		return d, true
	}
	r.begin(r.step+1, now)
	return d, false
}
