package strategy

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// braking puts the brake on again in a run, and takes away what would be in the way of the hand over: a ReplicaSet with the run's
// template that the Deployment owns beside the canary (made while the brake was released, and nothing leads there, for the Service
// is pinned), and the empty canaries of earlier runs.
func (p *planner) braking() bool {
	p.d.Judge = p.subject()
	p.brake(true)
	for i := range p.o.ReplicaSets {
		if rs := &p.o.ReplicaSets[i]; rs.Name != p.run.Canary.Name && rs.Name != p.run.Stable.Name && !rs.Deleting {
			p.clear(rs)
		}
	}
	p.revive(func(rs *ReplicaSet) bool {
		return rs != p.canary && rs.running() && (p.canary == nil || rs.Template != p.run.Template)
	})
	return false
}

// clear takes a ReplicaSet away that is neither canary nor stable.
func (p *planner) clear(rs *ReplicaSet) {
	switch {
	case rs.Owner == OwnedByDeployment && rs.Template == p.run.Template && p.canary != nil:
		p.do(DeleteReplicaSet{Name: rs.Name, UID: rs.UID, ResourceVersion: rs.ResourceVersion})
	case rs.held() && !rs.running():
		p.dismiss(rs)
	case rs.held() && rs.Replicas > 0 && p.unused(rs):
		p.do(Scale{Name: rs.Name, ResourceVersion: rs.ResourceVersion, Replicas: 0})
	}
}

// unused says whether nothing has led to a ReplicaSet for the drain time: one that an earlier run, or somebody else, has left.
func (p *planner) unused(rs *ReplicaSet) bool {
	for _, svc := range []*Service{p.svc, p.canarySvc} {
		if svc == nil {
			continue
		}
		since, ok := p.absent(svc, rs.Name)
		if due := since.Add(p.o.Settings.Drain); !ok || p.now.Before(due) {
			if ok {
				p.wake(due)
			}
			return false
		}
	}
	return true
}

// ending ends the run for reasons that have nothing to do with its health.
func (p *planner) ending() bool {
	switch {
	case p.o.Deployment.Replicas == 0:
		p.abort(spec.ReasonScaledToZero, "spec.replicas was set to 0 during the run")
	case p.stable != nil && p.o.Deployment.Template == p.stable.Template:
		p.abort(spec.ReasonCancelled, "the template was reverted to stable's")
	case p.o.Deployment.Template != p.run.Template:
		p.abort(spec.ReasonSuperseded, "a newer template was pushed")
	case p.commands(spec.VerbAbort):
		p.run.Handled = p.s.Command.Mark()
		p.abort(spec.ReasonCommand, "by "+p.command(spec.VerbAbort))
	default:
		return false
	}
	return true
}

// commands says whether there is a command for this run that has not been carried out.
func (p *planner) commands(verb spec.Verb) bool {
	c := p.s.Command
	return c.Verb == verb && c.Hash == p.run.Canary.Hash && p.run.Handled != c.Mark()
}

// broken holds a run that has lost a part which can't be made again.
func (p *planner) broken() bool {
	switch {
	case p.stable == nil || p.stable.Owner != OwnedByDeployment:
		return p.hold(spec.ReasonStableGone, fmt.Sprintf("ReplicaSet %s, which serves users, is not the Deployment's any more", p.run.Stable.Name))
	case p.svc == nil:
		return p.hold(p.blocked.reason, p.blocked.message)
	case p.run.open() && p.canary == nil:
		p.abort(spec.ReasonUnavailable, fmt.Sprintf("ReplicaSet %s was deleted during its run", p.run.Canary.Name))
		return true
	}
	return false
}

// commanded carries out the commands that the record has to remember.
func (p *planner) commanded() bool {
	handled := p.run.Handled
	var said []Action
	say := func(reason spec.Reason, message string) {
		said = append(said, Emit{Reason: reason, Message: p.where() + ": " + message})
	}
	switch {
	case p.s.Command.Hash != p.run.Canary.Hash:
		// Gone: the same command may be given once more.
		p.run.Handled = ""
	case p.commands(spec.VerbApprove):
		p.run.Approved = p.run.Step + 1
		say(spec.ReasonApproved, "approved")
	case p.commands(spec.VerbPromote):
		p.run.Forced, p.run.Paused = true, false
		say(spec.ReasonForced, "promoted past every hold by command")
	case p.commands(spec.VerbPause):
		p.run.Paused = true
		say(spec.ReasonPaused, "paused by command")
	case p.commands(spec.VerbResume):
		p.run.Paused = false
		say(spec.ReasonResumed, "resumed by command")
	}
	if p.s.Command.Hash == p.run.Canary.Hash {
		p.run.Handled = p.s.Command.Mark()
	}
	if p.run.Handled == handled {
		return false
	}
	p.save(false)
	p.do(said...)
	p.report(p.startingOr(PhaseShifting), spec.ReasonHolding, p.where())
	p.wake(p.now)
	return true
}

// setWeights writes the run's weight where it is not.
func (p *planner) setWeights() {
	share := p.share()
	switch {
	case p.blueGreen():
		p.swap()
		return
	case len(p.routes) == 0:
		p.do(CreateRoute{Route: Key{p.o.Key.Namespace, RouteName(p.svc.Name)}, Target: p.target(), Share: share})
		return
	}
	for _, r := range p.routes {
		if !shows(r.View, share) || r.RunBy != p.o.Key.Name {
			p.do(SetWeight{
				Route: r.Key, ResourceVersion: r.ResourceVersion, Target: p.target(), Only: RouteNames(p.s, p.o.Key.Namespace, r.Key), Share: share,
			})
		}
	}
}

// RouteName is the name of the VirtualService that Sluice makes for a Service that has none.
func RouteName(service string) string { return service + "-sluice" }

// failing aborts a canary that fails its gates, or that has no endpoint left to carry its weight.
func (p *planner) failing() bool {
	if !p.run.open() {
		return false
	}
	if v := p.verdict(); v != nil && v.Outcome == analysis.Fail {
		p.run.Gates = v.Gates
		p.abort(spec.ReasonGateFailed, v.Message)
		return true
	}
	if p.restarting() {
		return true
	}
	wanted := p.size(p.run.Weight)
	ready := p.ready()
	switch {
	case ready == 0 && p.run.Weight > 0:
		p.abort(spec.ReasonUnavailable, fmt.Sprintf("canary %s has no ready endpoint and %d %% of the traffic%s", p.run.Canary.Name, p.run.Weight, p.trouble()))
		return true
	case ready < wanted && p.canary != nil:
		// Pods come and go; but a canary that stays short of what its weight needs is not going to be promoted.
		if p.canary.Owner == OwnedByRecord && p.canary.Replicas < wanted {
			p.resize(wanted)
		}
		if !p.overdue() {
			p.hold(spec.ReasonNotReady, fmt.Sprintf("%d of the %d endpoints that its weight needs are ready%s", ready, wanted, p.trouble()))
		}
		return true
	}
	return false
}

// ready counts the canary's ready endpoints, in whichever Service leads to it now.
func (p *planner) ready() int {
	n := 0
	if p.canarySvc != nil {
		n = p.canarySvc.Ready[p.run.Canary.Name].Count()
	}
	return max(n, p.svc.Ready[p.run.Canary.Name].Count())
}

// repointed says whether the user's Service leads to the canary: the promotion is past its half.
func (p *planner) repointed() bool {
	return p.svc != nil && traffic.PinnedTo(p.svc.Selector) == p.run.Canary.Hash
}

// heldForGood answers while something other than evidence keeps the run where it is.
func (p *planner) heldForGood() bool {
	step := p.step()
	wanted := p.size(p.run.Weight)
	if p.canary.Owner == OwnedByRecord {
		p.resize(wanted)
	}
	// The user may have given the Service another port.
	p.ensureCanaryService(p.run.Canary.Hash)
	switch {
	case p.blocked != nil:
		return p.hold(p.blocked.reason, p.blocked.message)
	case p.run.Paused:
		return p.hold(spec.ReasonPaused, "paused by command; resume with "+p.command(spec.VerbResume))
	case step.Pause && p.run.Approved <= p.run.Step && !p.run.Forced:
		return p.hold(spec.ReasonApproval, "waits for "+p.command(spec.VerbApprove))
	}
	return false
}

// carriedSince is when the routes began to carry the run's weight: when this process saw them change, or, when they were so at its
// first look, when the record says that it was decided. A crash between record and route then can't cut a step short. Before the first
// weight it is when the run began.
func (p *planner) carriedSince() time.Time {
	since := later(p.run.WeightAt, p.run.StartedAt)
	for _, r := range p.routes {
		if !r.First {
			since = later(since, r.ShownSince)
		}
	}
	if p.blueGreen() && p.run.Weight > 0 {
		since = later(since, p.svc.PinSince)
	}
	return since
}

// watchedSince is when this process can first have asked for evidence about the present step.
func (p *planner) watchedSince() time.Time {
	since := p.carriedSince()
	if p.svc != nil {
		since = later(since, p.svc.SeenSince)
	}
	return since
}

// judged lets the run go on when the step's time is over and every gate has passed on evidence gathered at this step.
func (p *planner) judged() bool {
	since := p.carriedSince()
	due := since.Add(p.step().Hold)
	if p.run.Forced {
		p.advance(spec.ReasonPassed, "by "+p.command(spec.VerbPromote))
		return true
	}
	outcome, reason, message := p.evidence()
	switch {
	case outcome == analysis.Pass && p.now.Before(due):
		p.wake(due)
		p.report(PhaseShifting, spec.ReasonHolding, fmt.Sprintf("%s: held until %s; %s", p.where(), due.UTC().Format(time.TimeOnly), message))
		return true
	case outcome == analysis.Pass:
		p.advance(spec.ReasonPassed, message)
		return true
	}
	last := since.Add(max(p.s.MaxHold, p.step().Hold))
	if p.now.Before(last) {
		p.wake(last)
		return p.hold(reason, message)
	}
	switch {
	case p.warned():
		p.abort(spec.ReasonGateFailed, fmt.Sprintf("still so after %s: %s", p.s.MaxHold, message))
	case p.s.OnInconclusive == spec.InconclusiveAbort:
		p.abort(spec.ReasonInconclusive, fmt.Sprintf("no verdict within %s: %s", p.s.MaxHold, message))
	case p.s.OnInconclusive == spec.InconclusivePromote && outcome == analysis.Wait:
		p.advance(spec.ReasonTolerated, fmt.Sprintf("too little evidence within %s: %s", p.s.MaxHold, message))
	default:
		p.hold(reason, fmt.Sprintf("longer than %s: %s; go on with %s or %s",
			p.s.MaxHold, message, p.command(spec.VerbPromote), p.command(spec.VerbAbort)))
	}
	return true
}

// evidence is what the verdict says about the present step. No verdict, an old one, or one about another step is a hold.
func (p *planner) evidence() (analysis.Outcome, spec.Reason, string) {
	if !p.s.Gated() {
		return analysis.Pass, spec.ReasonPassed, "no gates"
	}
	if outcome, reason, message, answered := p.early(); answered {
		return outcome, reason, message
	}
	v := p.verdict()
	switch {
	case v == nil && p.now.Before(p.watchedSince().Add(p.o.Settings.Stale)):
		return analysis.Hold, spec.ReasonEvidence, "no evidence for this step yet"
	case v == nil:
		return analysis.Hold, spec.ReasonBlind, "no verdict that is fresh: the evidence is not being gathered"
	case !v.StepSince.Equal(p.run.WeightAt):
		return analysis.Hold, spec.ReasonEvidence, "no evidence for this step yet"
	case v.Outcome == analysis.Pass:
		return v.Outcome, spec.ReasonPassed, v.Message
	case v.Outcome == analysis.Wait:
		return v.Outcome, spec.ReasonEvidence, v.Message
	case v.Reason == analysis.ReasonEnvironment:
		return analysis.Hold, spec.ReasonBothIll, v.Message
	case v.Reason == analysis.ReasonWarning, v.Reason == analysis.ReasonGlobal, v.Reason == analysis.ReasonBefore:
		return analysis.Hold, spec.ReasonWarning, v.Message
	default:
		return analysis.Hold, spec.ReasonBlind, v.Message
	}
}

// advance goes on to the next step, or to the promotion after the last.
func (p *planner) advance(reason spec.Reason, message string) {
	if v := p.verdict(); v != nil {
		p.run.Gates = v.Gates
	}
	text := fmt.Sprintf("%s: passed: %s", p.where(), message)
	p.run.Since = p.now
	if p.run.Step+1 < len(p.s.Steps) && p.run.Weight < 100 {
		p.run.Step++
	} else {
		p.run.Phase = RunPromoting
	}
	p.save(false)
	p.emit(false, reason, text)
	p.wake(p.now)
	if p.run.Phase == RunPromoting {
		p.promoting()
		return
	}
	p.approaching()
}
