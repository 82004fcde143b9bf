package strategy

import (
	"fmt"
	"slices"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// What is done about versions that got pods outside of a run: a roll-out that escaped the brake, or an old version that the Deployment
// controller has revived. Of a paused Deployment without pods it scales up the newest ReplicaSet, whichever version was stable
// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/util/deployment_util.go, FindActiveOrLatest).

// overrun says whether the template is stable's, but pods of other versions serve beside it or in its place. There is nothing to
// judge then.
func (p *planner) overrun(current *ReplicaSet, others []*ReplicaSet) bool {
	if current.Name != p.rec.Stable.Name || current.Hash != p.rec.Stable.Hash {
		return false
	}
	serves := func(rs ReplicaSet) bool { return rs.held() && !rs.Deleting && rs.Available > 0 }
	return len(others) > 0 || (current.Available < p.o.Deployment.Replicas && slices.ContainsFunc(p.o.ReplicaSets, serves))
}

// reclaim goes back to stable; what serves in its place goes on until stable has all its pods.
func (p *planner) reclaim(current *ReplicaSet) {
	p.brake(true)
	p.untidy()
	p.stable = current
	p.revive((*ReplicaSet).running)
	p.report(PhaseStarting, spec.ReasonCaptured, fmt.Sprintf(
		"the template is that of stable, ReplicaSet %s, beside which another version got pods: they go when stable has its own, "+
			"%d of %d are available", current.Name, current.Available, p.o.Deployment.Replicas))
}

// revive takes ReplicaSets other than stable's from the Deployment, which keeps the only one that is left with pods at its full size.
// Stable without pods gets its size from us, before the Deployment guesses whose turn it is.
func (p *planner) revive(foreign func(*ReplicaSet) bool) bool {
	if p.stable == nil || p.stable.Deleting || p.stable.Owner != OwnedByDeployment {
		return false
	}
	taken := false
	for i := range p.o.ReplicaSets {
		rs := &p.o.ReplicaSets[i]
		if rs.Owner == OwnedByDeployment && rs != p.stable && !rs.Deleting && foreign(rs) {
			if p.o.Record == nil && !taken {
				p.save(false) // it is to hold them
			}
			p.do(Capture{Name: rs.Name, ResourceVersion: rs.ResourceVersion})
			taken = true
		}
	}
	if p.stable.Replicas == 0 && p.o.Deployment.Replicas > 0 {
		p.do(Scale{Name: p.stable.Name, ResourceVersion: p.stable.ResourceVersion, Replicas: p.o.Deployment.Replicas})
		taken = true
	}
	return taken
}

// strays takes away again what got pods after an abort, for the Service isn't pinned any more: the canary that somebody has scaled up,
// the aborted version rolled out past the brake, or an older one. Nothing goes before stable has its pods.
func (p *planner) strays() bool {
	taken := p.revive(func(rs *ReplicaSet) bool { return rs.running() || rs.Template == p.run.Template })
	if p.stable == nil || p.stable.Available < p.o.Deployment.Replicas {
		return taken
	}
	return p.empty() || taken
}

// leftover says whether any ReplicaSet that Sluice holds has pods: the canary, or what a run whose record was lost has left.
func (p *planner) leftover() bool {
	return slices.ContainsFunc(p.o.ReplicaSets, func(rs ReplicaSet) bool { return rs.held() && rs.running() && !rs.Deleting })
}

// empty scales every ReplicaSet that Sluice holds to zero; false when they are.
func (p *planner) empty() bool {
	acted := false
	for i := range p.o.ReplicaSets {
		if rs := &p.o.ReplicaSets[i]; rs.held() && rs.Replicas > 0 && !rs.Deleting {
			p.do(Scale{Name: rs.Name, ResourceVersion: rs.ResourceVersion, Replicas: 0})
			acted = true
		}
	}
	return acted
}
