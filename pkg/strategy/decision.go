package strategy

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// Decision is what Plan wants.
type Decision struct {
	// Actions are carried out in this order; the first error ends the list, and the next Plan derives what is left.
	Actions []Action
	// Status is for people: metrics, the live view and the condition show it.
	Status Status
	// Judge is the evidence that the next decision needs; nil: none. It is gathered beside the reconcile loop.
	Judge *analysis.Subject
	// WakeAt is when to plan again although nothing has changed; zero: never.
	WakeAt time.Time
}

// Phase is where a Deployment is, as people see it.
type Phase string

// The phases.
const (
	PhaseUnmanaged Phase = "Unmanaged"
	PhaseAtRest    Phase = "AtRest"
	PhaseBlocked   Phase = "Blocked"
	PhaseStarting  Phase = "Starting"
	PhaseShifting  Phase = "Shifting"
	PhaseHeld      Phase = "Held"
	PhasePromoting Phase = "Promoting"
	PhaseAborting  Phase = "Aborting"
	PhaseAborted   Phase = "Aborted"
)

// Phases lists them all, for metrics that show each.
func Phases() []Phase {
	return []Phase{
		PhaseUnmanaged, PhaseAtRest, PhaseBlocked, PhaseStarting, PhaseShifting, PhaseHeld, PhasePromoting, PhaseAborting, PhaseAborted,
	}
}

// Status says where a Deployment is and why.
type Status struct {
	Phase   Phase
	Reason  spec.Reason
	Message string
	// Step counts from 1 of Steps; 0 when no run goes on.
	Step, Steps int
	// Weight is the canary's share in percent.
	Weight int
	// Canary and Stable name the ReplicaSets of the run.
	Canary, Stable string
	// CanaryReady and CanaryWanted are pods.
	CanaryReady, CanaryWanted int
	// Gates is the evidence of the newest verdict.
	Gates []analysis.Gate
}
