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
	if run == nil || run.Phase != strategy.RunShifting || !r.Reached() {
		return nil
	}
	var texts []string
	if earliest := r.HoldsUntil(); earliest.After(now) && !r.Current().Pause {
		what := "step"
		if r.Stage() == rollout.Bake {
			what = "bake"
		}
		texts = append(texts, fmt.Sprintf("The %s lasts until %s at least.", what, at(earliest, now)))
	}
	if r.Waits() || run.Paused || !r.Judges() {
		return texts
	}
	patience := run.WeightAt.Add(min(r.Spec.Bake, r.Spec.MaxHold))
	if r.Stage() == rollout.Preview && r.Reason == spec.ReasonEvidence && patience.After(now) {
		return append(texts, fmt.Sprintf("If the preview has too little traffic to tell, the swap is made at %s all the same; the bake then judges.", at(patience, now)))
	}
	return append(texts, longest(r, now))
}

// longest is what happens when there is no verdict for too long.
func longest(r *rollout.Rollout, now time.Time) string {
	last := r.Run.WeightAt.Add(max(r.Spec.MaxHold, r.Current().Hold))
	if !last.After(now) {
		return fmt.Sprintf("The longest hold of %s (%s) is over; %s: %s.",
			Short(r.Spec.MaxHold), spec.AnnotationMaxHold, spec.AnnotationOnInconclusive, r.Spec.OnInconclusive)
	}
	then := map[spec.Inconclusive]string{
		spec.InconclusiveHold:    "it goes on waiting, for a person to decide",
		spec.InconclusivePromote: "it goes on to the next step, if nothing is wrong but too few requests",
		spec.InconclusiveAbort:   "it is aborted",
	}[r.Spec.OnInconclusive]
	return fmt.Sprintf("If there is no verdict by %s, %s (%s: %s).", at(last, now), then, spec.AnnotationOnInconclusive, r.Spec.OnInconclusive)
}

// Options are what a person can do, each with the command for it.
func Options(r *rollout.Rollout) []string {
	return append(commands(r), logs(r)...)
}

func commands(r *rollout.Rollout) []string {
	option := func(verb spec.Verb, does string) string { return fmt.Sprintf("%s  # %s", command(r, verb), does) }
	switch {
	case r.Phase == rollout.Unmanaged:
		return []string{fmt.Sprintf("kubectl -n %s annotate deployment %s %s=canary  # hands its roll-outs to Sluice; blue-green needs no mesh",
			r.Namespace, r.Name, spec.AnnotationStrategy)}
	case r.Phase == rollout.Unseen, r.Phase == rollout.Pending:
		return []string{"Look at the controller: its pods, its log, and whether its flag --namespaces leaves this namespace out."}
	case r.Phase == rollout.Aborted:
		return []string{option(spec.VerbRetry, retrying(r))}
	case r.Run == nil || r.Phase == rollout.Aborting:
		return nil
	case r.Phase == rollout.Promoting:
		if r.Canary != nil && r.Canary.Owned {
			return nil
		}
		return []string{option(spec.VerbAbort, "sends all traffic back to stable")}
	}
	var list []string
	if does := Approval(r); does != "" {
		list = append(list, option(spec.VerbApprove, does))
	}
	if r.Run.Paused {
		list = append(list, option(spec.VerbResume, "ends the pause"))
	}
	if !r.Run.Forced {
		list = append(list, option(spec.VerbPromote, promoting(r)))
	}
	return append(list, option(spec.VerbAbort, aborting(r)))
}

// Next is the command that a roll-out waits for, and what it would do where its name doesn't say that; empty when it waits for no person.
func Next(r *rollout.Rollout) (line, does string) {
	switch {
	case r.Phase == rollout.Aborted:
		return command(r, spec.VerbRetry), ""
	case r.Running() && r.Run.Paused:
		return command(r, spec.VerbResume), ""
	case r.Waits():
		return command(r, spec.VerbApprove), Approval(r)
	}
	return "", ""
}

func command(r *rollout.Rollout, verb spec.Verb) string {
	return fmt.Sprintf("kubectl sluice -n %s %s %s", r.Namespace, verb, r.Name)
}
