package strategy

import (
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// Plan decides what happens next to one Deployment. It is total: whatever it is given, it answers, and what it doesn't understand
// it holds and says so.
func Plan(o Observed, s spec.Spec, now time.Time) Decision {
	p := &planner{o: &o, s: s, now: now}
	if o.Settings.Leaving {
		p.left, p.s.Managed = s.Managed, false
	}
	p.look()
	// The first check that answers ends the chain; their order is their priority.
	for _, check := range []func(*planner) bool{
		(*planner).gone,         // no Deployment: restore what carries its mark
		(*planner).unmanaged,    // never annotated: none of our business
		(*planner).unreadable,   // a record that can't be read: hold
		(*planner).handedOver,   // the canary is the Deployment's: finish, whatever else happened
		(*planner).aborting,     // traffic is going back: finish, whatever else happened
		(*planner).released,     // the annotation was removed: out, with everything restored
		(*planner).resting,      // no run: at rest, or the start of one
		(*planner).aborted,      // a run was aborted: wait for another template
		(*planner).braking,      // someone released the brake: put it on again
		(*planner).ending,       // scaled to zero, another template, the abort command: end the run
		(*planner).broken,       // a part of the run is missing
		(*planner).commanded,    // a command that the record has to remember
		(*planner).failing,      // a gate failed, the canary is gone
		(*planner).contested,    // someone undid our weight
		(*planner).promoting,    // every step has passed
		(*planner).approaching,  // the present step has not got its weight yet
		(*planner).heldForGood,  // approval, pause, invalid annotations
		(*planner).judged,       // evidence for the present step
		(*planner).neverReached, // total: every state is answered above
	} {
		if check(p) {
			break
		}
	}
	return p.d
}

// planner is one call of Plan. It reads o and s, works on a copy of the record, and fills d.
type planner struct {
	o   *Observed
	s   spec.Spec
	now time.Time

	rec    Record
	run    *Run
	stable *ReplicaSet
	canary *ReplicaSet
	svc    *Service
	// canarySvc is the canary's Service; nil when there is none.
	canarySvc *Service
	// routes are the VirtualServices to edit; blue-green has none.
	routes []*Route
	// asked is the strategy that the annotation names, where a run goes on by its own; else empty.
	asked spec.Strategy
	// left is true when Sluice is being uninstalled and the Deployment is annotated all the same.
	left bool
	// blocked says why nothing may start or go on; nil: nothing is in the way.
	blocked *obstacle

	d Decision
}

// obstacle is a reason why nothing may start.
type obstacle struct {
	reason  spec.Reason
	message string
}

// clear says whether the user's words are: an alert rule that can't be a gate, or a hook that isn't there, say that no roll-out may go
// without.
func (o *obstacle) clear() bool {
	return o.reason == spec.ReasonAlertRefused || o.reason == spec.ReasonHookInvalid
}

// look finds the parts by name.
func (p *planner) look() {
	if p.o.Record != nil {
		p.rec = p.o.Record.clone()
	}
	p.run = p.rec.Run
	if p.run != nil && !p.run.over() {
		p.asked, p.s.Strategy = p.s.Strategy, p.run.strategy()
	}
	if p.run != nil {
		p.canary = p.replicaSet(p.run.Canary.Name)
		p.stable = p.replicaSet(p.run.Stable.Name)
	} else {
		p.stable = p.replicaSet(p.rec.Stable.Name)
	}
	p.svc, p.blocked = p.findService()
	if p.svc != nil {
		p.canarySvc = p.service(p.beside(p.svc.Name))
	}
	p.routes = p.findRoutes()
	if p.blocked == nil {
		p.blocked = p.findObstacle()
	}
}

func (p *planner) replicaSet(name string) *ReplicaSet {
	if i := slices.IndexFunc(p.o.ReplicaSets, func(rs ReplicaSet) bool { return rs.Name == name && name != "" }); i >= 0 {
		return &p.o.ReplicaSets[i]
	}
	return nil
}

func (p *planner) service(name string) *Service {
	if i := slices.IndexFunc(p.o.Services, func(s Service) bool { return s.Name == name }); i >= 0 {
		return &p.o.Services[i]
	}
	return nil
}

// CanaryServiceName is the name of the Service that Sluice makes beside the user's, PreviewServiceName its name in blue-green.
func CanaryServiceName(service string) string { return service + "-canary" }

// PreviewServiceName is the name of the Service by which the new version is reached before a blue-green swap.
func PreviewServiceName(service string) string { return service + "-preview" }

// beside is the name of the Service that is made beside the user's.
func (p *planner) beside(service string) string {
	if p.blueGreen() {
		return PreviewServiceName(service)
	}
	return CanaryServiceName(service)
}

func (p *planner) target() traffic.Target {
	return traffic.Target{
		Namespace: p.o.Key.Namespace, Service: p.svc.Name, Canary: CanaryServiceName(p.svc.Name), Domain: p.o.Settings.Domain,
	}
}

func (p *planner) do(actions ...Action) { p.d.Actions = append(p.d.Actions, actions...) }

// wake asks for another look at t, the earliest that was asked for.
func (p *planner) wake(t time.Time) {
	if t.Before(p.now) {
		t = p.now
	}
	if p.d.WakeAt.IsZero() || t.Before(p.d.WakeAt) {
		p.d.WakeAt = t
	}
}

// save writes the record; it must come before the actions that it describes.
func (p *planner) save(bestEffort bool) { p.do(WriteRecord{Record: p.rec, BestEffort: bestEffort}) }

// neverReached keeps Plan total should a check above lose its answer.
func (p *planner) neverReached() bool {
	p.report(PhaseHeld, spec.ReasonHolding, "in a state that no rule covers; nothing is changed")
	return true
}

// subject is the evidence that the run needs. Before the first weight that is only what the alert rules say of stable.
func (p *planner) subject() *analysis.Subject {
	since, weight := p.run.FirstAt, p.judgedAs()
	switch {
	case !p.s.Gated() || p.svc == nil:
		return nil
	case weight == 0 && len(p.o.Alerts) == 0:
		return nil
	case weight == 0:
		since = p.run.StartedAt.Add(-before)
	}
	return &analysis.Subject{
		Namespace: p.o.Key.Namespace, Deployment: p.o.Key.Name, Run: p.run.ID,
		Canary: p.run.Canary.Name, Stable: p.run.Stable.Name,
		Since: since, StepSince: p.run.WeightAt, Weight: weight,
		Gates: analysis.Gates{
			MaxErrorRate:    p.s.MaxErrorRate,
			LatencyQuantile: p.s.MaxLatency.Quantile, LatencyThreshold: p.s.MaxLatency.Threshold,
			Compare: p.s.Compare, Metrics: p.s.Metrics, Alerts: p.o.Alerts, Reach: p.reach(),
		},
	}
}

// reach names the hosts by which callers reach the two versions, where a mesh counts what they saw.
func (p *planner) reach() *analysis.Reach {
	// After a swap both versions are reached by the same host.
	if !p.o.Settings.Mesh || p.s.MaxErrorRate == 0 || p.blueGreen() {
		return nil
	}
	return &analysis.Reach{Canary: CanaryServiceName(p.svc.Name), Stable: p.svc.Name}
}

// verdict is the newest judgement if it is about this run, fresh, and not from the future.
func (p *planner) verdict() *analysis.Verdict {
	v := p.o.Verdict
	if v == nil || p.run == nil || v.Run != p.run.ID {
		return nil
	}
	if age := p.now.Sub(v.Judged); age > p.o.Settings.Stale {
		return nil
	}
	return v
}
