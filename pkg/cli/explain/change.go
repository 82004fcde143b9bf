package explain

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// change is what would change the state: what it waits for, when time alone does something, and what a person can do.
func change(r *rollout.Rollout, now time.Time) []string {
	var texts []string
	if words, ok := Reason(Standing(r)); ok && r.Phase != rollout.Unmanaged && r.Phase != rollout.Unseen && r.Phase != rollout.Pending {
		texts = append(texts, words.Change)
	}
	texts = append(texts, clocks(r, now)...)
	return append(texts, Options(r)...)
}

// clocks are the times at which something happens by itself.
func clocks(r *rollout.Rollout, now time.Time) []string {
	run := r.Run
	if run == nil || run.Phase != strategy.RunShifting || run.Weight < r.Current().Weight || run.Weight == 0 {
		return nil
	}
	step := r.Current()
	var texts []string
	earliest := run.WeightAt.Add(step.Hold)
	if !step.Pause && earliest.After(now) {
		texts = append(texts, fmt.Sprintf("The step lasts until %s at least.", at(earliest, now)))
	}
	if step.Pause && run.Approved <= run.Step || run.Paused || !r.Spec.Gated() {
		return texts
	}
	last := run.WeightAt.Add(max(r.Spec.MaxHold, step.Hold))
	if !last.After(now) {
		return append(texts, fmt.Sprintf("The longest hold of %s (%s) is over; %s: %s.",
			Short(r.Spec.MaxHold), spec.AnnotationMaxHold, spec.AnnotationOnInconclusive, r.Spec.OnInconclusive))
	}
	then := map[spec.Inconclusive]string{
		spec.InconclusiveHold:    "it goes on waiting, for a person to decide",
		spec.InconclusivePromote: "it goes on to the next step, if nothing is wrong but too few requests",
		spec.InconclusiveAbort:   "it is aborted",
	}[r.Spec.OnInconclusive]
	return append(texts, fmt.Sprintf("If there is no verdict by %s, %s (%s: %s).", at(last, now), then, spec.AnnotationOnInconclusive, r.Spec.OnInconclusive))
}

// Options are what a person can do, each with the command for it.
func Options(r *rollout.Rollout) []string {
	option := func(verb spec.Verb, does string) string { return fmt.Sprintf("%s  # %s", command(r, verb), does) }
	switch {
	case r.Phase == rollout.Unmanaged:
		return []string{fmt.Sprintf("kubectl -n %s annotate deployment %s %s=canary  # hands its roll-outs to Sluice", r.Namespace, r.Name, spec.AnnotationStrategy)}
	case r.Phase == rollout.Unseen, r.Phase == rollout.Pending:
		return []string{"Look at the controller: its pods, its log, and whether its flag --namespaces leaves this namespace out."}
	case r.Phase == rollout.Aborted:
		return []string{option(spec.VerbRetry, "judges the same version again")}
	case r.Run == nil || r.Phase == rollout.Aborting:
		return nil
	case r.Phase == rollout.Promoting:
		if r.Canary != nil && r.Canary.Owned {
			return nil
		}
		return []string{option(spec.VerbAbort, "sends all traffic back to stable")}
	}
	var list []string
	if r.Waits() {
		list = append(list, option(spec.VerbApprove, "lets it past this step"))
	}
	if r.Run.Paused {
		list = append(list, option(spec.VerbResume, "ends the pause"))
	}
	if !r.Run.Forced {
		list = append(list, option(spec.VerbPromote, "goes on past every hold and wait; a gate that fails still aborts"))
	}
	return append(list, option(spec.VerbAbort, "sends all traffic back to stable at once"))
}

// Next is the command that a roll-out waits for; empty when it waits for no person.
func Next(r *rollout.Rollout) string {
	switch {
	case r.Phase == rollout.Aborted:
		return command(r, spec.VerbRetry)
	case r.Running() && r.Run.Paused:
		return command(r, spec.VerbResume)
	case r.Waits():
		return command(r, spec.VerbApprove)
	}
	return ""
}

func command(r *rollout.Rollout, verb spec.Verb) string {
	return fmt.Sprintf("kubectl sluice -n %s %s %s", r.Namespace, verb, r.Name)
}
