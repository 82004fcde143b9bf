package strategy

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// unmanaged leaves a Deployment alone that isn't annotated and has nothing of ours.
func (p *planner) unmanaged() bool {
	if p.s.Managed || p.o.Record != nil || p.o.RecordProblem != "" || p.marked() || p.found(spec.ConditionPromoted) != nil || p.stranded() {
		return false
	}
	p.d.Status = Status{Phase: PhaseUnmanaged}
	return true
}

// stranded says whether nobody would take the brake off any more: the policy has put it on, and Sluice is being uninstalled.
func (p *planner) stranded() bool {
	return p.left && p.o.Settings.Brake == BrakeAdmission && p.o.Deployment.Paused
}

// marked says whether anything carries the mark of this Deployment, where Sluice may have put it: in other namespaces anybody can write it.
func (p *planner) marked() bool {
	for i := range p.o.Routes {
		if r := &p.o.Routes[i]; r.RunBy == p.o.Key.Name && p.editable(r) {
			return true
		}
	}
	for i := range p.o.Services {
		if p.o.Services[i].RunBy == p.o.Key.Name {
			return true
		}
	}
	return false
}

// unreadable holds everything while the record can't be read: what a run had reached is not to be guessed.
func (p *planner) unreadable() bool {
	if p.o.RecordProblem == "" {
		return false
	}
	p.report(PhaseBlocked, spec.ReasonRecordUnreadable, fmt.Sprintf(
		"ConfigMap %s-sluice: %s; nothing is changed. Repair it, or delete it: the Deployment is then taken as it stands", p.o.Key, p.o.RecordProblem))
	return true
}

// resting answers when no run goes on: the Deployment is at rest, or a run starts.
func (p *planner) resting() bool {
	if p.run != nil {
		return false
	}
	current, others := p.owned()
	switch {
	case p.blocked != nil && p.o.Record == nil && !p.blocked.clear():
		// Nothing of ours is there yet, and nothing is to be changed: not even the brake goes on.
		p.report(PhaseBlocked, p.blocked.reason, p.blocked.message)
	case current != nil && p.overrun(current, others):
		p.reclaim(current)
	case current != nil && len(others) == 0 && (p.rec.Stable.Name != "" || current.Available > 0 || p.o.Deployment.Replicas == 0):
		p.rest(current)
	case p.rec.Stable.Name == "" && !p.adopt(others):
		p.firstRollout()
	default:
		p.begin(current)
	}
	return true
}

// standstill is why the run for a new template can't start; nil: it can.
func (p *planner) standstill() *obstacle {
	switch {
	case p.blocked != nil:
		return p.blocked
	case p.stable == nil || p.stable.Deleting || p.stable.Owner != OwnedByDeployment:
		return &obstacle{spec.ReasonStableGone, fmt.Sprintf(
			"ReplicaSet %s, which served users, is not the Deployment's any more; nothing is changed. "+
				"Push the template that is to serve, or delete ConfigMap %s-sluice to take the Deployment as it stands", p.rec.Stable.Name, p.o.Key)}
	case p.o.Deployment.Replicas == 0:
		return &obstacle{
			spec.ReasonScaledToZero, "spec.replicas is 0: the new version can't be judged without pods; its run starts when there are some",
		}
	}
	return nil
}

// begin starts a run where nothing is in its way.
func (p *planner) begin(current *ReplicaSet) {
	if o := p.standstill(); o != nil {
		p.brake(true)
		p.report(PhaseBlocked, o.reason, o.message)
		return
	}
	if p.revive(func(rs *ReplicaSet) bool { return rs != current && rs.running() }) {
		p.brake(true)
		p.report(PhaseStarting, spec.ReasonCaptured, fmt.Sprintf("stable, ReplicaSet %s, gets its pods back", p.stable.Name))
		return
	}
	p.start(current)
}

// owned returns the ReplicaSet that the Deployment takes for its own template, the oldest with an equal one
// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/util/deployment_util.go, FindNewReplicaSet), and the others of the
// Deployment that have pods.
func (p *planner) owned() (current *ReplicaSet, others []*ReplicaSet) {
	for i := range p.o.ReplicaSets {
		rs := &p.o.ReplicaSets[i]
		if rs.Owner != OwnedByDeployment || rs.Deleting || rs.Template != p.o.Deployment.Template {
			continue
		}
		if current == nil || rs.CreatedAt.Before(current.CreatedAt) {
			current = rs
		}
	}
	for i := range p.o.ReplicaSets {
		rs := &p.o.ReplicaSets[i]
		if rs.Owner == OwnedByDeployment && rs != current && (rs.Replicas > 0 || rs.Actual > 0) {
			others = append(others, rs)
		}
	}
	return current, others
}

// adopt takes for stable, in a Deployment that is seen for the first time with its brake on and another template than the one
// that serves, the ReplicaSet with the most available pods.
func (p *planner) adopt(others []*ReplicaSet) bool {
	if !p.o.Deployment.Paused {
		return false
	}
	for _, rs := range others {
		if rs.Available > 0 && (p.stable == nil || rs.Available > p.stable.Available) {
			p.stable = rs
		}
	}
	if p.stable == nil {
		return false
	}
	p.rec.Stable = Ref{Name: p.stable.Name, Hash: p.stable.Hash}
	return true
}

// firstRollout lets Kubernetes roll out what has no stable version yet. The brake policy pauses a template change even then.
func (p *planner) firstRollout() {
	begun := false
	for i := range p.o.ReplicaSets {
		begun = begun || p.o.ReplicaSets[i].Owner == OwnedByDeployment
	}
	if begun {
		p.brake(false)
	}
	p.report(PhaseStarting, spec.ReasonFirstRollout, "no version is stable yet: this roll-out is Kubernetes' own and is not gated")
}

// rest keeps what a Deployment at rest must be: the record knows stable, the canary's Service is there, nothing is left of an
// earlier run, the brake is as its mode wants it.
func (p *planner) rest(current *ReplicaSet) {
	ref := Ref{Name: current.Name, Hash: current.Hash}
	reason, message := spec.ReasonPromoted, fmt.Sprintf("ReplicaSet %s serves%s", current.Name, p.afterthought())
	if have := p.found(spec.ConditionPromoted); have != nil && have.Status == statusTrue && have.Reason == string(spec.ReasonUngated) {
		reason, message = spec.ReasonUngated, have.Message
	}
	if p.o.Record == nil || p.rec.Stable != ref {
		escaped := p.rec.Stable.Name != ""
		p.rec.Stable = ref
		p.save(false)
		if escaped {
			reason = spec.ReasonUngated
			message = fmt.Sprintf("ReplicaSet %s serves, without having been judged: it was rolled out while Sluice could not brake it", current.Name)
			p.emit(true, reason, message)
		}
	}
	p.tidy(current)
	p.untimed()
	p.brake(p.o.Settings.Brake == BrakePaused)
	if p.blocked != nil {
		p.report(PhaseBlocked, p.blocked.reason, p.blocked.message)
		return
	}
	p.ensureCanaryService(current.Hash)
	p.outgrown()
	p.report(PhaseAtRest, reason, message)
}

// outgrown deletes the Services of another strategy, or beside another Service, than the annotations ask for now.
func (p *planner) outgrown() {
	for i := range p.o.Services {
		if svc := &p.o.Services[i]; svc.Managed && svc.Name != p.beside(p.svc.Name) {
			p.do(DeleteService{Name: svc.Name, ResourceVersion: svc.ResourceVersion})
		}
	}
}

// untidy takes away what a run has left of routes, pins and marks.
func (p *planner) untidy() {
	p.restoreRoutes()
	p.deletePolicies()
	for i := range p.o.Services {
		svc := &p.o.Services[i]
		// A pin without its mark is ours all the same: nobody else narrows a Service down to one ReplicaSet of ours, and it must
		// not outlive that ReplicaSet.
		if svc.RunBy == p.o.Key.Name || (svc == p.svc && traffic.PinnedTo(svc.Selector) != "") {
			p.do(Pin{Service: svc.Name, ResourceVersion: svc.ResourceVersion})
		}
	}
}

// tidy takes away all that a run has left, held ReplicaSets too.
func (p *planner) tidy(current *ReplicaSet) {
	p.untidy()
	for i := range p.o.ReplicaSets {
		rs := &p.o.ReplicaSets[i]
		if rs.held() && rs != current && !rs.Deleting {
			p.dismiss(rs)
		}
	}
}

// dismiss lets go of a held ReplicaSet: one that was captured goes back to the Deployment, whose history it is part of; one that
// Sluice made is deleted.
func (p *planner) dismiss(rs *ReplicaSet) {
	if rs.Revision && rs.Replicas == 0 && rs.Template != p.o.Deployment.Template {
		p.do(HandOver{Name: rs.Name, ResourceVersion: rs.ResourceVersion})
		return
	}
	p.do(DeleteReplicaSet{Name: rs.Name, UID: rs.UID, ResourceVersion: rs.ResourceVersion})
}

// brake sets spec.paused where it is not as wanted.
func (p *planner) brake(paused bool) {
	if p.o.Deployment.Paused != paused {
		p.do(SetBrake{ResourceVersion: p.o.Deployment.ResourceVersion, Paused: paused})
	}
}
