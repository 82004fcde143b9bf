package command

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Refusal says why a command makes no sense now. It is an error for those who asked for it.
type Refusal string

// Error is the refusal.
func (r Refusal) Error() string { return string(r) }

func refuse(format string, args ...any) error { return Refusal(fmt.Sprintf(format, args...)) }

// Check says whether there is anything to give a command to; nil if there is, or else a Refusal.
func Check(verb spec.Verb, r *rollout.Rollout) error {
	name := "deployment/" + r.Name
	switch {
	case r.RecordProblem != "":
		return refuse("%s: the record of its runs can't be read: %s", name, r.RecordProblem)
	case !r.Spec.Managed:
		return refuse("%s has no annotation %s: Sluice leaves it alone", name, spec.AnnotationStrategy)
	case r.Run == nil:
		return refuse("%s: nothing to %s: no run goes on (%s)", name, verb, where(r))
	case verb == spec.VerbRetry:
		return checkRetry(name, r)
	case r.Run.Phase == strategy.RunAborted:
		return refuse("%s: nothing to %s: run %d was aborted %s; retry it, or push another template", name, verb, r.Run.Number, ago(r))
	case r.Run.Phase == strategy.RunAborting:
		return refuse("%s: nothing to %s: run %d is being aborted", name, verb, r.Run.Number)
	case verb == spec.VerbAbort:
		return checkAbort(name, r)
	case r.Run.Phase == strategy.RunPromoting:
		return refuse("%s: nothing to %s: every step of run %d has passed, it is being promoted", name, verb, r.Run.Number)
	}
	return checkShifting(name, verb, r)
}

func checkRetry(name string, r *rollout.Rollout) error {
	switch {
	case r.Run.Phase != strategy.RunAborted:
		return refuse("%s: nothing to retry: run %d is not aborted (%s)", name, r.Run.Number, where(r))
	case r.Phase == rollout.Pending:
		return refuse("%s: nothing to retry: another template was pushed, its run begins by itself", name)
	}
	return nil
}

// checkAbort: once its ReplicaSet is the Deployment's own, the canary is what serves.
func checkAbort(name string, r *rollout.Rollout) error {
	if r.Run.Phase == strategy.RunPromoting && r.Canary != nil && r.Canary.Owned {
		return refuse("%s: run %d can't be aborted any more: %s is handed over to the Deployment; to go back, push the earlier template",
			name, r.Run.Number, r.Run.Canary.Name)
	}
	return nil
}

func checkShifting(name string, verb spec.Verb, r *rollout.Rollout) error {
	run := r.Run
	switch verb {
	case spec.VerbApprove:
		if r.Waits() {
			return nil
		}
		if step := r.Current(); step.Pause && run.Approved <= run.Step && !run.Forced {
			return refuse("%s: nothing to approve yet: run %d is on its way to %s, which will wait for approval", name, run.Number, place(r))
		}
		return refuse("%s: nothing to approve: run %d does not wait for it (%s)", name, run.Number, where(r))
	case spec.VerbPromote:
		if run.Forced {
			return refuse("%s: run %d is promoted by command already (%s)", name, run.Number, where(r))
		}
	case spec.VerbPause:
		if run.Paused {
			return refuse("%s: run %d is paused already", name, run.Number)
		}
	case spec.VerbResume:
		if !run.Paused {
			return refuse("%s: nothing to resume: run %d is not paused (%s)", name, run.Number, where(r))
		}
	case spec.VerbAbort, spec.VerbRetry:
	}
	return nil
}

// CheckRestart says whether a restart makes sense now: it is a new template, and would put an end to a run that goes on.
func CheckRestart(r *rollout.Rollout) error {
	name := "deployment/" + r.Name
	switch {
	case !r.Spec.Managed:
		return refuse("%s has no annotation %s: use kubectl rollout restart", name, spec.AnnotationStrategy)
	case r.Phase == rollout.Aborted:
		return refuse("%s: run %d was aborted, and a restart would run its template again: retry does that", name, r.Run.Number)
	case r.Run != nil, r.Phase == rollout.Pending:
		return refuse("%s: a run goes on (%s); a restart would put another in its place: wait for its end, or abort it", name, where(r))
	}
	return nil
}

// where is the state in a few words.
func where(r *rollout.Rollout) string {
	text := string(r.Phase)
	if step, _ := r.Step(); step > 0 {
		text += fmt.Sprintf(" at %s, %d %%", r.Place(), r.Run.Weight)
	}
	if reason := explain.Standing(r); reason != "" && string(reason) != string(r.Phase) {
		text += ", " + string(reason)
	}
	return text
}

// place is "step 2", or "the preview" in blue-green.
func place(r *rollout.Rollout) string {
	if r.Stage() != rollout.NoStage {
		return r.Place()
	}
	return fmt.Sprintf("step %d", r.Run.Step+1)
}

func ago(r *rollout.Rollout) string { return explain.Ago(r.Run.EndedAt, r.At) }
