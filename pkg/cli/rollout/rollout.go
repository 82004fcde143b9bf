package rollout

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Phase is where a Deployment is, as people see it: the phases of the controller, and what can only be seen from outside.
type Phase string

// The phases.
const (
	Unmanaged Phase = "Unmanaged"
	// Unseen: annotated, but Sluice has not said a word about it.
	Unseen Phase = "Unseen"
	// Pending: a new template was pushed, and Sluice has not begun its run.
	Pending   Phase = "Pending"
	AtRest    Phase = "AtRest"
	Blocked   Phase = "Blocked"
	Starting  Phase = "Starting"
	Shifting  Phase = "Shifting"
	Held      Phase = "Held"
	Promoting Phase = "Promoting"
	Aborting  Phase = "Aborting"
	Aborted   Phase = "Aborted"
)

// Rollout is all that is known of one Deployment at one moment.
type Rollout struct {
	Namespace, Name string
	// At is when the objects were read.
	At   time.Time
	Spec spec.Spec
	// Command is the command's annotation as it stands; empty: none.
	Command string
	Phase   Phase
	// Reason and Message are the condition's, SaidAt is when it was last written. All are empty before it was written at all.
	Reason  spec.Reason
	Message string
	SaidAt  time.Time
	// Since is how long it has been in this phase, as far as that is known; zero: it is not.
	Since time.Time
	// Run is the run that goes on or was aborted; nil at rest.
	Run *strategy.Run
	// History has the runs that ended, newest first.
	History []strategy.Summary
	// RecordProblem says why the record can't be read; empty when it can, or when there is none.
	RecordProblem string
	// Stable and Canary are the two versions; nil when there is none.
	Stable, Canary *Version
	// Replicas is how many pods the Deployment wants.
	Replicas int
	// Braked: spec.paused is true.
	Braked bool
	// Evidence is the newest that anything tells of.
	Evidence Evidence
	// Events of the Deployment, the oldest first.
	Events []Event
}

// Version is one ReplicaSet.
type Version struct {
	ReplicaSet, Hash string
	// Images of the template's containers, in their order.
	Images []string
	// Ready and Available pods of those Wanted.
	Ready, Available, Wanted int
	// Troubles is what is wrong with containers, each once, sorted; Restarts counts those of all containers.
	Troubles []string
	Restarts int
	// Owned: it is the Deployment's, not held by the record.
	Owned bool
}

// Event is one of the Deployment's.
type Event struct {
	At              time.Time
	Warning         bool
	Reason, Message string
	// Count is how often it has happened; at least 1.
	Count int
}

// Running says whether a run goes on: one that was aborted does not.
func (r *Rollout) Running() bool {
	return r.Run != nil && r.Run.Phase != strategy.RunAborted
}

// Step is the one that the run approaches or holds, counted from 1, and how many there are; 0 when no run goes on. The number of
// steps is that of the annotations as they are now, by which the controller goes too.
func (r *Rollout) Step() (step, steps int) {
	if r.Run == nil {
		return 0, len(r.Spec.Steps)
	}
	return min(r.Run.Step+1, len(r.Spec.Steps)), len(r.Spec.Steps)
}

// Current is the plan's entry for the step that the run approaches or holds; the zero Step when there is none.
func (r *Rollout) Current() spec.Step {
	step, _ := r.Step()
	if step == 0 {
		return spec.Step{}
	}
	return r.Spec.Steps[step-1]
}

// Waits says whether the run stands at a step that waits for an approval, and has its weight.
func (r *Rollout) Waits() bool {
	step := r.Current()
	return r.Reached() && r.Run.Phase == strategy.RunShifting && step.Pause && r.Run.Approved <= r.Run.Step && !r.Run.Forced
}

// Last is the newest run that ended; nil when there is none.
func (r *Rollout) Last() *strategy.Summary {
	if len(r.History) == 0 {
		return nil
	}
	return &r.History[0]
}

// Ended is the run with an id, once it has ended; nil before.
func (r *Rollout) Ended(id string) *strategy.Summary {
	for i := range r.History {
		if r.History[i].ID == id {
			return &r.History[i]
		}
	}
	return nil
}
