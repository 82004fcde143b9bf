package strategy

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// maxReverts is how often someone may undo our weight before we stop fighting.
const maxReverts = 3

// contested puts a weight back that someone else has changed; the step then starts again, since its evidence was disturbed.
func (p *planner) contested() bool {
	switch {
	case !p.run.open():
		return false
	case p.blueGreen():
		return p.disputed()
	case p.repointed():
		return false
	}
	return p.misweighted()
}

// misweighted is contested for a canary whose Service still leads to stable.
func (p *planner) misweighted() bool {
	if traffic.PinnedTo(p.svc.Selector) != p.run.Stable.Hash {
		// Server-side apply replaces a selector as a whole: the canary's pods get traffic beside the weights.
		if p.unpinnedByOthers(p.run.Stable.Hash) {
			return p.revertPin(p.run.Stable.Hash)
		}
		p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion, Hash: p.run.Stable.Hash})
	}
	route, reverted := p.astray()
	switch {
	case route == nil && len(p.routes) > 0:
		return false
	case route == nil && p.run.Weight == 0 && p.share() == traffic.Share{Known: p.svc.GRPC}:
		// Testers were to reach it by a header that the annotations don't name any more.
		return false
	case !p.served():
		p.ensureCanaryService(p.run.Canary.Hash)
		if !p.overdue() {
			p.hold(spec.ReasonNotReady, fmt.Sprintf(
				"Service %s doesn't have the endpoints that the weight needs; it is written when it has", CanaryServiceName(p.svc.Name)))
		}
		return true
	case !reverted:
		// Not yet written, or a VirtualService that came late: write it.
		if !p.carried() && p.run.WeightAt.Add(tick).Before(p.now) {
			p.redate()
		}
		p.setWeights()
		p.report(PhaseShifting, spec.ReasonWeight, p.where())
		return true
	}
	return p.revert(fmt.Sprintf("the weight in VirtualService %s", route.Key), route.Manager,
		"ignore the weights of its routes", p.setWeights)
}

// unpinnedByOthers says whether somebody has changed a selector that was right in this step.
func (p *planner) unpinnedByOthers(hash string) bool {
	return p.svc.PinBefore == hash && p.svc.PinSince.After(p.run.WeightAt)
}

func (p *planner) revertPin(hash string) bool {
	return p.revert(fmt.Sprintf("the selector of Service %s", p.svc.Name), p.svc.Manager, "ignore "+hashLabel+" in the selector", func() {
		p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion, Hash: hash})
	})
}

// revert puts back what somebody else has changed. The step then starts again, since its evidence was disturbed. Whoever keeps changing
// it has the last word: stable.
func (p *planner) revert(what, manager, mend string, write func()) bool {
	p.run.Reverts++
	if p.run.Reverts >= maxReverts {
		p.abort(spec.ReasonContested, fmt.Sprintf("%s was changed %d times by field manager %q; let it %s (Argo CD: ignoreDifferences), then %s",
			what, p.run.Reverts, manager, mend, p.command(spec.VerbRetry)))
		return true
	}
	message := fmt.Sprintf("%s: %s was changed by field manager %q; it is put back and the step starts again", p.where(), what, manager)
	p.run.give(p.run.Weight, spec.ReasonReverted, message, p.now)
	p.run.Since = p.now
	p.save(false)
	p.emit(true, spec.ReasonReverted, message)
	write()
	p.d.Judge = p.subject()
	p.report(PhaseHeld, spec.ReasonReverted, message)
	return true
}

// astray is a route that shows another weight than the run's, one that somebody has changed if there is any.
func (p *planner) astray() (route *Route, reverted bool) {
	share := p.share()
	for _, r := range p.routes {
		if shows(r.View, share) {
			continue
		}
		route = r
		if shows(r.Previous, share) && r.ShownSince.After(p.run.WeightAt) {
			return r, true
		}
	}
	return route, false
}

// tick is how long a weight may be late without the step's clock being set again: a write that keeps being refused must not have the
// record written as often as it is tried.
const tick = time.Second - 1

// served says whether the canary's Service has the endpoints that the run's weight needs.
func (p *planner) served() bool {
	_, ready := p.canarySvc.readyAtLeast(p.run.Canary.Name, p.size(p.run.Weight))
	return ready
}

// carried says whether any route shows the run's weight.
func (p *planner) carried() bool {
	share := p.share()
	return slices.ContainsFunc(p.routes, func(r *Route) bool { return shows(r.View, share) })
}

// redate starts the step's clock now, for a weight that was decided before and that nothing carries: after a crash between record
// and route what has passed since then was neither time nor evidence of this step.
func (p *planner) redate() {
	p.run.WeightAt, p.run.Since = p.now, p.now
	if n := len(p.run.Weights); n > 0 {
		p.run.Weights[n-1].At = p.now
	}
	p.save(false)
}
