package explain

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// held says where a run is that is on its way to a step or holds it.
func held(r *rollout.Rollout, name string) string {
	run := r.Run
	switch r.Stage() {
	case rollout.Preview:
		return fmt.Sprintf("%s: run %d is at the preview: %s has all traffic, and %s is looked at before it gets any.", name, run.Number, run.Stable.Name, run.Canary.Name)
	case rollout.Swap:
		return fmt.Sprintf("%s: run %d is about to swap all traffic from %s to %s.", name, run.Number, run.Stable.Name, run.Canary.Name)
	case rollout.Bake:
		return fmt.Sprintf("%s: run %d is at the bake: %s has all traffic, and %s keeps its pods, to swap back to.", name, run.Number, run.Canary.Name, run.Stable.Name)
	case rollout.NoStage:
	}
	step, steps := r.Step()
	what := "is at"
	if r.Phase == rollout.Held {
		what = "is held at"
	}
	if !r.Reached() {
		what = "is on its way to"
	}
	return fmt.Sprintf("%s %s step %d of %d of run %d: %s has %d %% of the traffic, %s has %d %%.",
		name, what, step, steps, run.Number, run.Canary.Name, run.Weight, run.Stable.Name, 100-run.Weight)
}

// Early says how the canary is reached beside its weight, each way in a sentence.
func Early(r *rollout.Rollout) []string {
	var texts []string
	early := r.Early()
	if early.Service != "" {
		text := fmt.Sprintf("Service %s leads to the new version: test it there.", early.Service)
		if r.Judges() {
			text += " Whatever is sent there is judged."
		}
		texts = append(texts, text)
	}
	if early.Header.Name != "" {
		texts = append(texts, fmt.Sprintf("Requests with the header %s: %s lead to the canary.", early.Header.Name, early.Header.Value))
	}
	if early.Mirror > 0 {
		texts = append(texts, fmt.Sprintf("The canary gets a copy of %d %% of the requests. Nobody gets its answers, but they are judged.", early.Mirror))
	}
	return texts
}

// Approval says what an approval would do now; empty where none is waited for.
func Approval(r *rollout.Rollout) string {
	if !r.Waits() {
		return ""
	}
	step, steps := r.Step()
	next := "promotes it"
	switch {
	case r.Stage() != rollout.NoStage && r.Judges():
		return "swaps all traffic to the new version, unless a gate fails in the preview"
	case r.Stage() != rollout.NoStage:
		next = "swaps all traffic to the new version"
	case step < steps:
		next = fmt.Sprintf("goes on to %d %%", r.Spec.Steps[step].Weight)
	}
	if r.Judges() {
		return next + " when the gates pass"
	}
	return next + " at once"
}

// retrying is what a retry means for the hooks.
func retrying(r *rollout.Rollout) string {
	if len(r.Run.Hooks) > 0 {
		return "judges the same version again; its hooks are run anew"
	}
	return "judges the same version again"
}

// promoting is what the promote command does not skip.
func promoting(r *rollout.Rollout) string {
	past := "every hold and wait"
	if r.Strategy() == spec.StrategyBlueGreen {
		past = "every wait and the bake"
	}
	if unrun(r) {
		past += ", but past no hook"
	}
	return "goes on past " + past + "; a failing gate still aborts"
}

// aborting is what the abort command does.
func aborting(r *rollout.Rollout) string {
	if r.Run.Weight == 0 {
		return "takes the new version away; stable keeps all traffic"
	}
	if r.Strategy() == spec.StrategyBlueGreen {
		return "swaps back to stable at once"
	}
	return "sends all traffic back to stable at once"
}
