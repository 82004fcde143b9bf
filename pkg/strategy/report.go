package strategy

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// The condition types and values that are written.
const (
	conditionProgressing = "Progressing"
	statusTrue           = "True"
	statusFalse          = "False"
	statusUnknown        = "Unknown"
	// reasonTimedOut makes `kubectl rollout status` fail at once
	// (k8s.io/kubectl v0.37.2, pkg/polymorphichelpers/rollout_status.go, TimedOutReason).
	reasonTimedOut = "ProgressDeadlineExceeded"
	// reasonDeploymentPaused is what the Deployment controller itself writes on a paused Deployment
	// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/util/deployment_util.go, PausedDeployReason).
	reasonDeploymentPaused = "DeploymentPaused"
)

// quiet is how often at most a condition is rewritten only because the numbers in its message have changed.
const quiet = time.Minute

// report fills the status and, where the Deployment says otherwise, its condition.
func (p *planner) report(phase Phase, reason spec.Reason, message string) {
	s := Status{Phase: phase, Reason: reason, Message: message, Stable: p.rec.Stable.Name}
	if run := p.run; run != nil {
		s.Step, s.Steps, s.Weight = run.Step+1, len(p.s.Steps), run.Weight
		s.Canary, s.Stable, s.Gates = run.Canary.Name, run.Stable.Name, run.Gates
		if v := p.verdict(); v != nil {
			s.Gates = v.Gates
		}
		if p.canary != nil {
			s.CanaryReady, s.CanaryWanted = p.canary.Available, p.canary.Replicas
		}
	}
	p.d.Status = s
	p.condition(s)
}

// condition writes ConditionPromoted where what it says has changed; numbers alone are brought up to date once a minute.
func (p *planner) condition(s Status) {
	want := Condition{Type: spec.ConditionPromoted, Status: p.conditionStatus(s.Phase), Reason: string(s.Reason), Message: s.Message}
	have := p.found(spec.ConditionPromoted)
	if have != nil && have.Status == want.Status && have.Reason == want.Reason {
		if have.Message == want.Message {
			return
		}
		settled := s.Phase == PhaseBlocked || s.Phase == PhaseAborted || s.Reason == spec.ReasonHook
		if due := have.UpdatedAt.Add(quiet); p.now.Before(due) && !settled {
			p.wake(due)
			return
		}
	}
	p.set(want)
	switch {
	case s.Phase == PhaseBlocked:
		p.emit(true, s.Reason, s.Message)
	case s.Phase == PhaseHeld && (have == nil || have.Reason != want.Reason) && !usual(s.Reason):
		p.emit(s.Reason != spec.ReasonApproval, s.Reason, s.Message)
	}
}

// usual says whether a hold is a part of every run, or has an event of its own.
func usual(reason spec.Reason) bool {
	switch reason {
	case spec.ReasonHolding, spec.ReasonEvidence, spec.ReasonNotReady, spec.ReasonHook, spec.ReasonPaused, spec.ReasonReverted:
		return true
	default:
		return false
	}
}

// conditionStatus is False only for what has failed: a run that was overtaken, or cancelled, has not, and drains like one that goes on.
func (p *planner) conditionStatus(phase Phase) string {
	if phase == PhaseAborting && p.run != nil && !p.isFailure() {
		return statusUnknown
	}
	switch phase {
	case PhaseAtRest:
		return statusTrue
	case PhaseBlocked, PhaseAborted, PhaseAborting:
		return statusFalse
	case PhaseStarting, PhaseShifting, PhaseHeld, PhasePromoting, PhaseUnmanaged:
		return statusUnknown
	}
	return statusUnknown
}

func (p *planner) found(conditionType string) *Condition {
	if p.o.Deployment == nil {
		return nil
	}
	for i := range p.o.Deployment.Conditions {
		if c := &p.o.Deployment.Conditions[i]; c.Type == conditionType {
			return c
		}
	}
	return nil
}

// set adds a condition to the one write of them that a Decision has.
func (p *planner) set(c Condition) {
	have := p.found(c.Type)
	c.UpdatedAt, c.Transition = p.now, have == nil || have.Status != c.Status
	for i, a := range p.d.Actions {
		if write, ok := a.(SetConditions); ok {
			write.Conditions = append(write.Conditions, c)
			p.d.Actions[i] = write
			return
		}
	}
	p.do(SetConditions{ResourceVersion: p.o.Deployment.ResourceVersion, Conditions: []Condition{c}})
}

func (p *planner) emit(warning bool, reason spec.Reason, message string) {
	p.do(Emit{Warning: warning, Reason: reason, Message: message})
}

// timedOut makes pipelines that wait with `kubectl rollout status` fail.
func (p *planner) timedOut(message string) {
	if c := p.found(conditionProgressing); c != nil && c.Status == statusFalse && c.Reason == reasonTimedOut {
		return
	}
	p.set(Condition{Type: conditionProgressing, Status: statusFalse, Reason: reasonTimedOut, Message: message})
}

// untimed takes back timedOut.
func (p *planner) untimed() {
	if c := p.found(conditionProgressing); c == nil || c.Reason != reasonTimedOut {
		return
	}
	p.set(Condition{
		Type: conditionProgressing, Status: statusUnknown, Reason: reasonDeploymentPaused, Message: "a new run has started or is no longer needed",
	})
}

// where says which canary, at which weight, in which step.
func (p *planner) where() string {
	what := "canary"
	if p.blueGreen() && p.run.Weight == 0 {
		what = "preview"
	}
	return fmt.Sprintf("%s %s at %d %%, step %d of %d", what, p.run.Canary.Name, p.run.Weight, p.run.Step+1, len(p.s.Steps))
}

// hold keeps everything as it is and says why.
func (p *planner) hold(reason spec.Reason, message string) bool {
	p.report(PhaseHeld, reason, p.where()+": "+message)
	return true
}
