package rollout

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Stage is how far a blue-green run is, which has no weights worth counting.
type Stage string

// The stages, in their order.
const (
	// NoStage: no run, one that shifts weights, or one whose bake is over.
	NoStage Stage = ""
	// Preview: the new version comes up, and can be reached by its own Service alone.
	Preview Stage = "preview"
	// Swap: the preview has passed, and the Service is about to select the new version.
	Swap Stage = "swap"
	// Bake: the new version has all traffic, and the old one keeps its pods.
	Bake Stage = "bake"
)

// Stages lists those of a run in their order.
func Stages() []Stage { return []Stage{Preview, Swap, Bake} }

// Strategy is that of the run that goes on, or else the one that the annotation names.
func (r *Rollout) Strategy() spec.Strategy {
	switch {
	case r.Run == nil:
		return r.Spec.Strategy
	case r.Run.Strategy == "":
		return spec.StrategyCanary // a record from before there was a choice
	}
	return r.Run.Strategy
}

// Stage is that of the run; of one that was aborted, the one it had come to.
func (r *Rollout) Stage() Stage {
	switch {
	case r.Run == nil || r.Run.Phase == strategy.RunPromoting || r.Strategy() != spec.StrategyBlueGreen:
		return NoStage
	case r.Run.Step == 0:
		return Preview
	case slices.ContainsFunc(r.Run.Weights, func(c strategy.WeightChange) bool { return c.Weight > 0 }):
		return Bake
	}
	return Swap
}

// Place says in words where in its plan the run is: "step 2 of 3", "the preview".
func (r *Rollout) Place() string {
	if stage := r.Stage(); stage != NoStage {
		return "the " + string(stage)
	}
	step, steps := r.Step()
	return fmt.Sprintf("step %d of %d", step, steps)
}

// Open says whether the first step has begun, which may have weight 0: the canary can be reached since then.
func (r *Rollout) Open() bool {
	return r.Run != nil && (!r.Run.FirstAt.IsZero() || r.Run.Weight > 0)
}

// Reached says whether the run has the weight of its step; else it is on its way there.
func (r *Rollout) Reached() bool {
	return r.Open() && r.Run.Weight >= r.Current().Weight
}

// HoldsUntil is until when the step lasts at least; zero where no time is set, or the step has not been reached.
func (r *Rollout) HoldsUntil() time.Time {
	step := r.Current()
	if !r.Reached() || r.Run.Phase != strategy.RunShifting || r.Run.Forced || step.Hold == 0 {
		return time.Time{}
	}
	return r.Run.WeightAt.Add(step.Hold)
}

// Early is how the canary is reached beside the weight that it has; the zero Early when it is not.
type Early struct {
	// Service is the preview's name; empty: there is none.
	Service string
	Header  spec.Header
	// Mirror is the share of requests of which it gets a copy, in percent.
	Mirror int
}

// Early is what is in force now.
func (r *Rollout) Early() Early {
	switch {
	case !r.Open() || r.Run.Phase != strategy.RunShifting:
		return Early{}
	case r.Stage() == Preview || r.Stage() == Swap:
		return Early{Service: strategy.PreviewServiceName(r.Run.Service)}
	case r.Run.Weight > 0:
		return Early{Header: r.Spec.CanaryHeader}
	}
	return Early{Header: r.Spec.CanaryHeader, Mirror: r.Spec.Mirror}
}

// Judges says whether gates have anything to judge at present: users, copies, or a preview.
func (r *Rollout) Judges() bool {
	return r.Spec.Gated() && r.Open() && (r.Run.Weight > 0 || r.Spec.Mirror > 0 || r.Stage() != NoStage)
}

// Hooks are those of the run; at rest, those of the run before that failed when its version was already the only one.
func (r *Rollout) Hooks() []strategy.HookRun {
	if r.Run != nil {
		return r.Run.Hooks
	}
	last := r.Last()
	if last == nil || last.Result != strategy.ResultPromoted || r.Stable == nil || last.Canary.Name != r.Stable.ReplicaSet {
		return nil
	}
	var failed []strategy.HookRun
	for _, h := range last.Hooks {
		if h.State == strategy.JobFailed {
			failed = append(failed, h)
		}
	}
	return failed
}
