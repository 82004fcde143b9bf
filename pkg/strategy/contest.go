package strategy

import (
	"fmt"
	"slices"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// maxReverts is how often someone may undo our weight before we stop fighting.
const maxReverts = 3

// contested puts a weight back that someone else has changed; the step then starts again, since its evidence was disturbed.
func (p *planner) contested() bool {
	if p.run.Weight == 0 || p.repointed() {
		return false
	}
	if traffic.PinnedTo(p.svc.Selector) != p.run.Stable.Hash {
		// Server-side apply replaces a selector as a whole: the canary's pods would get traffic beside the weights.
		p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion, Hash: p.run.Stable.Hash})
	}
	route, reverted := p.astray()
	switch {
	case route == nil && len(p.routes) > 0:
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
		if !p.carried() && p.run.WeightAt.Before(p.now) {
			p.redate()
		}
		p.setWeights()
		p.report(PhaseShifting, spec.ReasonWeight, p.where())
		return true
	case p.run.Reverts+1 >= maxReverts:
		p.run.Reverts++
		p.abort(spec.ReasonContested, fmt.Sprintf(
			"the weight in VirtualService %s was changed %d times by field manager %q; let it ignore the weights of its routes "+
				"(Argo CD: ignoreDifferences), then %s", route.Key, p.run.Reverts, route.Manager, p.command(spec.VerbRetry)))
		return true
	}
	p.run.Reverts++
	message := fmt.Sprintf("%s: VirtualService %s was changed by field manager %q; the weight is put back and the step starts again",
		p.where(), route.Key, route.Manager)
	p.run.give(p.run.Weight, spec.ReasonReverted, message, p.now)
	p.run.Since = p.now
	p.save(false)
	p.emit(true, spec.ReasonReverted, message)
	p.setWeights()
	p.d.Judge = p.subject()
	p.report(PhaseHeld, spec.ReasonReverted, message)
	return true
}

// astray is a route that shows another weight than the run's, one that somebody has changed if there is any.
func (p *planner) astray() (route *Route, reverted bool) {
	for _, r := range p.routes {
		if r.View.Weight == p.run.Weight {
			continue
		}
		route = r
		if r.Previous == p.run.Weight && r.ShownSince.After(p.run.WeightAt) {
			return r, true
		}
	}
	return route, false
}

// served says whether the canary's Service has the endpoints that the run's weight needs.
func (p *planner) served() bool {
	_, ready := p.canarySvc.readyAtLeast(p.run.Canary.Name, need(p.o.Deployment.Replicas, p.run.Weight))
	return ready
}

// carried says whether any route shows the run's weight.
func (p *planner) carried() bool {
	return slices.ContainsFunc(p.routes, func(r *Route) bool { return r.View.Weight == p.run.Weight })
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
