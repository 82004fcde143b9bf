package strategy

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// promoting brings a canary that has all traffic under the Deployment. Nothing that carries traffic is ever re-pointed:
//
//  1. as many canary pods as the Deployment wants
//  2. the user's Service, which has had weight 0 for the settle time, is pointed at the canary
//  3. when its endpoints are ready and the mesh knows them, the routes lead to it alone again
//  4. when stable has had no traffic for the drain time, the ReplicaSet is handed over
//
// Until 4 the run can still be aborted.
func (p *planner) promoting() bool {
	if p.run.Phase != RunPromoting {
		return false
	}
	replicas := p.o.Deployment.Replicas
	switch {
	case p.canary == nil || p.canary.Owner != OwnedByRecord:
		return p.hold(spec.ReasonNotReady, "its ReplicaSet is not Sluice's any more")
	case p.canary.Template != p.o.Deployment.Template:
		return p.hold(spec.ReasonDiffers, "the templates of canary and Deployment differ, so it can't be handed over; push the template again or abort")
	case p.blocked != nil && !p.repointed():
		return p.hold(p.blocked.reason, p.blocked.message)
	case p.canary.Replicas != replicas:
		p.do(Scale{Name: p.canary.Name, ResourceVersion: p.canary.ResourceVersion, Replicas: replicas})
		return p.promotes(fmt.Sprintf("scaling the canary to %d pods", replicas))
	case !p.repointed():
		return p.repoint(replicas)
	}
	since, ready := p.svc.Ready[p.canary.Name].AtLeast(replicas)
	due := since.Add(p.o.Settings.Settle)
	switch {
	case !ready:
		return p.promotes(fmt.Sprintf("%d of %d endpoints of Service %q are the canary's", p.svc.Ready[p.canary.Name].Count(), replicas, p.svc.Name))
	case p.now.Before(due):
		p.wake(due)
		return p.promotes(fmt.Sprintf("the mesh is given %s to learn that Service %q leads to the canary", p.o.Settings.Settle, p.svc.Name))
	}
	if p.restoreRoutes() {
		return p.promotes("the routes lead to the user's Service again")
	}
	return p.handOver(replicas)
}

func (p *planner) repoint(replicas int) bool {
	due := p.carriedSince().Add(p.o.Settings.Settle)
	_, ready := p.canarySvc.readyAtLeast(p.canary.Name, replicas)
	switch {
	case !ready:
		return p.promotes(fmt.Sprintf("waiting for %d ready canary endpoints", replicas))
	case p.now.Before(due):
		p.wake(due)
		return p.promotes(fmt.Sprintf("the mesh is given %s to take all traffic away from Service %q", p.o.Settings.Settle, p.svc.Name))
	}
	p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion, Hash: p.run.Canary.Hash})
	return p.promotes(fmt.Sprintf("Service %q, without traffic, is pointed at the canary", p.svc.Name))
}

// handOver gives the ReplicaSet away once stable is drained and all three counts agree: a Deployment that found its new
// ReplicaSet short of a pod would scale both.
func (p *planner) handOver(replicas int) bool {
	since, gone := p.absent(p.svc, p.run.Stable.Name)
	due := since.Add(p.o.Settings.Drain)
	switch {
	case !gone:
		return p.promotes(fmt.Sprintf("Service %q still has endpoints of stable", p.svc.Name))
	case p.now.Before(due):
		p.wake(due)
		return p.promotes(fmt.Sprintf("stable, without traffic, is kept for the drain time of %s", p.o.Settings.Drain))
	case p.canary.Actual != replicas || p.canary.Available != replicas || p.stable.Replicas != replicas:
		return p.promotes(fmt.Sprintf("%d of %d canary pods available, stable has %d", p.canary.Available, replicas, p.stable.Replicas))
	case !p.o.Deployment.Paused:
		return p.promotes("the brake is put on again before the hand over")
	}
	p.do(HandOver{
		Name: p.canary.Name, ResourceVersion: p.canary.ResourceVersion,
		Replicas: replicas, MaxReplicas: replicas + p.o.Deployment.MaxSurge,
	})
	p.emit(false, spec.ReasonHandedOver, fmt.Sprintf("ReplicaSet %s with its %d pods is handed over to the Deployment", p.canary.Name, replicas))
	return p.promotes("handed over; the Deployment takes stable's pods away")
}

func (p *planner) promotes(message string) bool {
	p.report(PhasePromoting, spec.ReasonPromoting, fmt.Sprintf("canary %s has all traffic: %s", p.run.Canary.Name, message))
	return true
}

// handedOver finishes a run whose canary is the Deployment's already: when no other version has pods, the Service is unpinned, the
// record closed and the brake released.
func (p *planner) handedOver() bool {
	if p.run == nil || p.run.Phase != RunPromoting || p.canary == nil || p.canary.Owner != OwnedByDeployment {
		return false
	}
	leftover := p.retired()
	if p.canary.Template != p.o.Deployment.Template && p.canary.Replicas != p.o.Deployment.Replicas {
		p.do(Scale{Name: p.canary.Name, ResourceVersion: p.canary.ResourceVersion, Replicas: p.o.Deployment.Replicas})
	}
	if leftover {
		return p.promotes("handed over; the Deployment takes stable's pods away")
	}
	// A newer version, which may be the fix of this one, doesn't wait for a clean-up.
	if p.s.Managed && !p.hooked(spec.HookAfter) && p.canary.Template == p.o.Deployment.Template {
		return true
	}
	p.finish()
	return true
}

// retired sees the pods of every other version off; true while there are any.
func (p *planner) retired() bool {
	leftover := false
	for i := range p.o.ReplicaSets {
		rs := &p.o.ReplicaSets[i]
		if rs.Owner != OwnedByDeployment || rs.Name == p.canary.Name {
			continue
		}
		leftover = leftover || rs.Replicas > 0 || rs.Actual > 0
		// The Deployment takes the others away by itself, but not when its template has changed in between: then it has no new
		// ReplicaSet and would shrink all in proportion, those with the traffic as well.
		if rs.Replicas > 0 && p.canary.Template != p.o.Deployment.Template {
			p.do(Scale{Name: rs.Name, ResourceVersion: rs.ResourceVersion, Replicas: 0})
		}
	}
	return leftover
}

// finish closes a promoted run.
func (p *planner) finish() {
	run := p.run
	message := fmt.Sprintf("run %d: %s was promoted in %s, replacing %s",
		run.Number, run.Canary.Name, p.now.Sub(run.StartedAt).Round(100_000_000), run.Stable.Name)
	p.rec.end(ResultPromoted, spec.ReasonPromoted, message, p.now)
	p.rec.Stable, p.rec.Run = run.Canary, nil
	p.run = nil
	p.save(false)
	// Right behind the record: once that says it is over, nobody comes this way again.
	p.emit(false, spec.ReasonPromoted, message)
	for i := range p.o.Services {
		if svc := &p.o.Services[i]; svc.RunBy == p.o.Key.Name {
			p.do(Pin{Service: svc.Name, ResourceVersion: svc.ResourceVersion})
		}
	}
	p.restoreRoutes()
	if p.s.Managed && p.canary.Template == p.o.Deployment.Template {
		p.brake(p.o.Settings.Brake == BrakePaused)
	}
	p.report(PhaseAtRest, spec.ReasonPromoted, fmt.Sprintf("ReplicaSet %s serves%s", run.Canary.Name, p.afterthought()))
	p.wake(p.now)
}

// restoreRoutes takes our part out of every VirtualService that has one; false when there was none.
func (p *planner) restoreRoutes() bool {
	return p.restoreRoutesBut(func(*Route) bool { return false })
}

// restoreRoutesBut leaves some as they are.
func (p *planner) restoreRoutesBut(stays func(*Route) bool) bool {
	restored := false
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		switch {
		case stays(r), r.Namespace != p.o.Key.Namespace && r.RunBy != p.o.Key.Name:
			continue
		case r.Managed && r.RunBy == p.o.Key.Name:
			p.do(DeleteRoute{Route: r.Key, ResourceVersion: r.ResourceVersion})
		case r.RunBy == p.o.Key.Name || (r.View.Split && p.svc != nil && r.Service == p.svc.Name):
			p.do(RestoreRoute{Route: r.Key, ResourceVersion: r.ResourceVersion, Target: traffic.Target{
				Namespace: p.o.Key.Namespace, Service: r.Service, Canary: CanaryServiceName(r.Service), Domain: p.o.Settings.Domain,
			}})
		default:
			continue
		}
		restored = true
	}
	return restored
}
