package strategy

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// abort sends all traffic back to stable at once. It waits for nothing: not for readiness, not for metrics, and not for the record,
// which is written first so that the decision outlives a crash, but whose failure stops nothing.
func (p *planner) abort(reason spec.Reason, message string) {
	p.run.Phase, p.run.Reason, p.run.Message = RunAborting, reason, message
	p.run.EndedAt, p.run.Since = p.now, p.now
	if p.run.Weight > 0 {
		p.run.give(0, reason, message, p.now)
	}
	pending := p.d.Actions
	p.d.Actions = nil
	p.save(true)
	// An event costs the traffic no time, and behind a write that fails it would be lost.
	p.emit(p.isFailure(), reason, fmt.Sprintf("run %d of %s: %s; all traffic goes to %s", p.run.Number, p.run.Canary.Name, message, p.run.Stable.Name))
	p.traffic()
	// Whatever else was to be done comes after the traffic: its failure must not stop that.
	p.do(pending...)
	p.d.Judge = nil
	if p.isFailure() {
		p.timedOut("Sluice: " + message)
	}
	p.reportAbort(PhaseAborting, "draining the canary")
	p.wake(p.now)
}

// isFailure tells an abort that a pipeline must hear of from a run that was overtaken.
func (p *planner) isFailure() bool {
	return p.run.Reason != spec.ReasonCancelled && p.run.Reason != spec.ReasonSuperseded && p.run.Reason != spec.ReasonReleased
}

// traffic leads everything to stable; false when it does so already.
func (p *planner) traffic() bool {
	before := len(p.d.Actions)
	if p.repointed() || p.undecided() {
		// The routes may lead to the user's Service already: it must lead to stable before anything else does.
		p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion, Hash: p.run.Stable.Hash})
	}
	p.restoreRoutes()
	return len(p.d.Actions) > before
}

// undecided says whether the Service of a run that is being aborted leads to both versions, for somebody has taken its pin away.
// Where nobody lets it be put back, the canary's pods go all the same.
func (p *planner) undecided() bool {
	return p.svc != nil && p.run.open() && p.run.Phase == RunAborting && p.leftover() &&
		traffic.PinnedTo(p.svc.Selector) != p.run.Stable.Hash && (p.run.Reverts < maxReverts || p.run.EndedAt.Equal(p.now))
}

// reportAbort shows the reason that ended the run.
func (p *planner) reportAbort(phase Phase, then string) {
	message := p.run.Message
	if then != "" {
		message += "; " + then
	}
	p.report(phase, p.run.Reason, fmt.Sprintf("canary %s: %s", p.run.Canary.Name, message))
}

// aborting drains the canary and takes its pods away, then ends the run.
func (p *planner) aborting() bool {
	if p.run == nil || p.run.Phase != RunAborting {
		return false
	}
	led := p.traffic()
	if led && p.run.Since.Before(p.now) {
		// The drain counts from here: the write that the abort decided on was lost, or somebody undid it.
		p.run.Since = p.now
		p.d.Actions = append([]Action{WriteRecord{Record: p.rec, BestEffort: true}}, p.d.Actions...)
	}
	if p.isFailure() && p.s.Managed {
		p.timedOut("Sluice: " + p.run.Message)
	}
	if led {
		p.reportAbort(PhaseAborting, "traffic goes back to stable")
		return true
	}
	if p.leftover() {
		p.drain()
		return true
	}
	p.closeAborted()
	return true
}

// drain keeps the canary's pods until no proxy can still send them anything.
func (p *planner) drain() {
	since := p.run.Since
	for _, r := range p.routes {
		if !r.First {
			since = later(since, r.ShownSince)
		}
	}
	wait := max(p.o.Settings.Drain, p.o.Settings.Settle)
	switch {
	case p.run.FirstAt.IsZero():
		wait = 0 // it never had any traffic
	case p.svc != nil && traffic.PinnedTo(p.svc.Selector) == p.run.Stable.Hash:
		// In a promotion the user's Service led to the canary; its endpoints follow the selector a little later.
		at, gone := p.absent(p.svc, p.run.Canary.Name)
		if !gone {
			p.reportAbort(PhaseAborting, fmt.Sprintf("Service %q still has endpoints of the canary", p.svc.Name))
			return
		}
		since = later(since, at)
	}
	if due := since.Add(wait); p.now.Before(due) {
		p.wake(due)
		p.reportAbort(PhaseAborting, fmt.Sprintf("the canary is kept for the drain time of %s", wait))
		return
	}
	p.empty()
	p.reportAbort(PhaseAborting, "the canary's pods are being removed")
}

// closeAborted ends the run when nothing of the canary is left: the Service is unpinned, which no pod of the new version can
// profit from any more.
func (p *planner) closeAborted() {
	// Annotated again, or not uninstalled after all, it is Sluice's as before: what the template says gets a run of its own.
	if p.run.Reason == spec.ReasonReleased && !p.s.Managed {
		p.forget()
		return
	}
	result := ResultOf(p.run.Reason)
	p.rec.end(result, p.run.Reason, p.run.Message, p.run.EndedAt)
	if result == ResultAborted {
		p.run.Phase, p.run.Since = RunAborted, p.now
		p.save(false)
		p.unpin()
		p.deletePolicies()
		p.reportAbort(PhaseAborted, "waiting for another template, or "+p.command(spec.VerbRetry))
		return
	}
	p.rec.Run = nil
	p.save(false)
	p.unpin()
	p.reportAbort(PhaseAborting, "")
	p.wake(p.now)
}

func (p *planner) unpin() {
	if p.svc != nil && (traffic.PinnedTo(p.svc.Selector) != "" || p.svc.RunBy == p.o.Key.Name) {
		p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion})
	}
}

// aborted waits, braked, for another template or a retry.
func (p *planner) aborted() bool {
	if p.run.Phase != RunAborted {
		return false
	}
	if p.stable != nil && p.stable.Template == p.o.Deployment.Template || p.o.Deployment.Template != p.run.Template {
		p.rec.Run = nil
		p.save(false)
		p.run = nil
		p.wake(p.now)
		p.report(PhaseStarting, spec.ReasonStarted, "another template was pushed")
		return true
	}
	p.brake(true)
	if p.traffic() || p.strays() {
		p.reportAbort(PhaseAborted, "what the run had changed is put back")
		return true
	}
	p.unpin()
	p.deletePolicies()
	if p.run.Handled != "" && p.s.Command.Hash != p.run.Canary.Hash {
		// Gone: the same command may be given once more.
		p.run.Handled = ""
		p.save(false)
	}
	if p.commands(spec.VerbRetry) && p.blocked == nil && p.stable != nil && p.o.Deployment.Replicas > 0 {
		p.retry()
		return true
	}
	p.timedOut("Sluice: " + p.run.Message)
	p.reportAbort(PhaseAborted, "waiting for another template, or "+p.command(spec.VerbRetry))
	return true
}

// retry judges the same ReplicaSet again.
func (p *planner) retry() {
	p.rec.Run, p.run = nil, nil
	p.start(nil)
}

// released takes Sluice out of a Deployment whose annotation was removed, or of every one when it is uninstalled: traffic to stable, the user's objects restored, the
// canary drained and deleted, the brake off.
func (p *planner) released() bool {
	if p.s.Managed {
		return false
	}
	if p.run != nil && p.run.Phase != RunAborted {
		p.abort(spec.ReasonReleased, p.release())
		return true
	}
	p.forget()
	return true
}

// release says in words why Sluice leaves.
func (p *planner) release() string {
	if p.left {
		return "Sluice is being uninstalled"
	}
	return "the annotation " + spec.AnnotationStrategy + " was removed"
}

// forget removes what is left of Sluice, the brake last: what is then rolled out is Kubernetes' own.
func (p *planner) forget() {
	p.tidy(nil)
	held := false
	for i := range p.o.ReplicaSets {
		held = held || p.o.ReplicaSets[i].Owner == OwnedByRecord
	}
	if held {
		// The record is the controller of what it holds, and goes after it.
		p.d.Status = Status{Phase: PhaseUnmanaged, Reason: spec.ReasonReleased, Message: "the canary is being deleted"}
		return
	}
	// Without a record nobody knows who has put the brake on; with the policy installed it was that.
	if p.o.Record != nil || p.o.Settings.Brake == BrakeAdmission {
		p.brake(false)
	}
	if p.jobsLeft() {
		// The record stays as long, so that whoever comes next knows of it.
		p.d.Status = Status{Phase: PhaseUnmanaged, Reason: spec.ReasonReleased, Message: "the Job of a hook is still running"}
		return
	}
	var services []string
	for i := range p.o.Services {
		if p.o.Services[i].Managed {
			services = append(services, p.o.Services[i].Name)
		}
	}
	p.do(Forget{Services: services})
	// Last, for without a record the condition is all that tells of work left undone.
	p.untimed()
	if p.found(spec.ConditionPromoted) != nil {
		p.set(Condition{Type: spec.ConditionPromoted})
	}
	p.emit(false, spec.ReasonReleased, p.release()+"; the Deployment is plain again")
	p.d.Status = Status{Phase: PhaseUnmanaged, Reason: spec.ReasonReleased}
}

// gone restores what carries the mark of a Deployment that is no more.
func (p *planner) gone() bool {
	if p.o.Deployment != nil && !p.o.Deployment.Deleting {
		return false
	}
	p.restoreRoutes()
	for i := range p.o.Services {
		if svc := &p.o.Services[i]; svc.RunBy == p.o.Key.Name {
			p.do(Pin{Service: svc.Name, ResourceVersion: svc.ResourceVersion})
		}
	}
	p.d.Status = Status{Phase: PhaseUnmanaged, Reason: spec.ReasonDeploymentGone}
	return true
}
