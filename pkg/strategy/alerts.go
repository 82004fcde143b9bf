package strategy

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// Alert rules that the user named are gates like the others, with two things of their own: a rule that can't be one keeps a run from
// starting, and a rule that fires already keeps the canary from its first weight.

// before is how far back stable is asked about before the start: what the usual rule looks back.
const before = 5 * time.Minute

// refused keeps a run from starting, or holds it, while a rule is missing or can't be a gate.
func (p *planner) refused() *obstacle {
	if len(p.s.Alerts) == 0 || p.o.AlertProblem == "" {
		return nil
	}
	return &obstacle{spec.ReasonAlertRefused, fmt.Sprintf("Deployment %s: %s: %s", p.o.Key, spec.AnnotationAlerts, p.o.AlertProblem)}
}

// forewarned holds a run before its first weight until the rules can be asked, and are quiet about stable.
func (p *planner) forewarned() bool {
	if p.run.Weight > 0 || p.run.Forced || len(p.o.Alerts) == 0 {
		return false
	}
	outcome, reason, message := p.evidence()
	if outcome == analysis.Pass {
		return false
	}
	// Not from the start of the run: pods may have been slow to come.
	last := later(p.run.Since, p.canarySvc.Changed[p.run.Canary.Name]).Add(p.s.MaxHold)
	switch {
	case p.now.Before(last):
		p.wake(last)
	case p.s.OnInconclusive == spec.InconclusiveAbort:
		p.abort(spec.ReasonInconclusive, fmt.Sprintf("nothing to judge it by within %s: %s", p.s.MaxHold, message))
		return true
	}
	return p.hold(reason, "before its first weight: "+message)
}

// warned says whether an alert rule that is no reason to abort at once fires: at the end of the longest hold it is one.
func (p *planner) warned() bool {
	v := p.verdict()
	return v != nil && slices.ContainsFunc(v.Gates, func(g analysis.Gate) bool { return g.Reason == analysis.ReasonWarning })
}
