package command

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Progress is how far something has come.
type Progress int

// The stages.
const (
	// Waiting: not yet.
	Waiting Progress = iota
	// Done: as wanted.
	Done
	// Failed: it has not come as wanted, and will not.
	Failed
)

// Taken says whether the controller has taken up a command that was given when the roll-out was as before.
func Taken(verb spec.Verb, before, now *rollout.Rollout) bool {
	switch {
	case now.Run == nil || now.Run.ID != before.Run.ID:
		return true // whatever it came to
	case verb == spec.VerbRetry:
		return false
	case verb == spec.VerbAbort:
		return now.Run.Phase == strategy.RunAborting || now.Run.Phase == strategy.RunAborted
	default:
		return now.Run.Handled == verb
	}
}

// Effect says whether a command has had its effect, in a sentence:
//
//   - approve: the run is past the step that waited, in blue-green past the swap, or at its end
//   - promote: the run is promoted
//   - abort: all traffic is stable's and the canary has no pods left
//   - retry: another run of the same version has begun
//   - pause, resume: the run is paused, or no longer
func Effect(verb spec.Verb, before, now *rollout.Rollout) (Progress, string) {
	run := before.Run
	if verb == spec.VerbRetry {
		return retried(before, now)
	}
	if end := now.Ended(run.ID); end != nil {
		return ended(verb, end)
	}
	if now.Run == nil || now.Run.ID != run.ID {
		return Failed, fmt.Sprintf("run %d is over, and the record does not say how it ended", run.Number)
	}
	switch verb {
	case spec.VerbApprove:
		if past(before, now) {
			return Done, fmt.Sprintf("run %d is past %s", run.Number, place(before))
		}
	case spec.VerbPause:
		if now.Run.Paused {
			return Done, fmt.Sprintf("run %d is paused", run.Number)
		}
	case spec.VerbResume:
		if !now.Run.Paused {
			return Done, fmt.Sprintf("run %d goes on", run.Number)
		}
	case spec.VerbPromote, spec.VerbAbort, spec.VerbRetry:
	}
	return Waiting, ""
}

// past says whether the run is past the step at which it was before. The approval of a preview is one of the swap: it is past that.
func past(before, now *rollout.Rollout) bool {
	if now.Run.Phase == strategy.RunPromoting {
		return true
	}
	return now.Run.Step > before.Run.Step && now.Stage() != rollout.Swap
}

// ended is what the end of the run means for a command.
func ended(verb spec.Verb, end *strategy.Summary) (Progress, string) {
	text := End(end)
	switch {
	case verb == spec.VerbAbort && end.Result != strategy.ResultPromoted,
		end.Result == strategy.ResultPromoted && (verb == spec.VerbPromote || verb == spec.VerbApprove || verb == spec.VerbResume):
		return Done, text
	default:
		return Failed, text
	}
}

func retried(before, now *rollout.Rollout) (Progress, string) {
	switch {
	case now.Run != nil && now.Run.Number > before.Run.Number:
		if now.Run.Canary.Hash != before.Run.Canary.Hash {
			return Failed, fmt.Sprintf("run %d has begun, of another version: %s", now.Run.Number, now.Run.Canary.Name)
		}
		return Done, fmt.Sprintf("run %d has begun", now.Run.Number)
	case now.Last() != nil && now.Last().Number > before.Run.Number:
		return Done, End(now.Last())
	case now.Run == nil:
		return Failed, fmt.Sprintf("another template took the place of run %d", before.Run.Number)
	}
	return Waiting, ""
}

// End says how a run ended.
func End(s *strategy.Summary) string {
	text := fmt.Sprintf("run %d of %s: %s", s.Number, s.Canary.Name, s.Result)
	if s.Result == strategy.ResultPromoted {
		return text
	}
	text += fmt.Sprintf(" (%s", s.Reason)
	if s.Message != "" {
		text += ": " + s.Message
	}
	return text + ")"
}

// Settled says whether the Deployment has come to an end: the version that it asks for serves, or won't.
func Settled(r *rollout.Rollout) (Progress, string) {
	switch r.Phase {
	case rollout.AtRest:
		return Done, fmt.Sprintf("deployment/%s: %s serves", r.Name, stable(r))
	case rollout.Aborted:
		if r.Command == string(spec.VerbRetry)+" "+r.Run.Canary.Hash && r.Run.Handled != spec.VerbRetry {
			return Waiting, ""
		}
		return Failed, fmt.Sprintf("deployment/%s: run %d was aborted (%s: %s)", r.Name, r.Run.Number, r.Run.Reason, r.Run.Message)
	case rollout.Blocked:
		return Failed, fmt.Sprintf("deployment/%s is blocked (%s: %s)", r.Name, r.Reason, r.Message)
	case rollout.Unmanaged:
		return Failed, fmt.Sprintf("deployment/%s has no annotation %s: Sluice leaves it alone", r.Name, spec.AnnotationStrategy)
	case rollout.Unseen, rollout.Pending, rollout.Starting, rollout.Shifting, rollout.Held, rollout.Promoting, rollout.Aborting:
	}
	return Waiting, ""
}

func stable(r *rollout.Rollout) string {
	if r.Stable == nil {
		return "its version"
	}
	return r.Stable.ReplicaSet
}

// Given says what was done, once the controller has taken a command up.
func Given(verb spec.Verb, before *rollout.Rollout) string {
	run := before.Run
	at := fmt.Sprintf("run %d, canary %s at %d %%, %s", run.Number, run.Canary.Name, run.Weight, before.Place())
	if run.Phase == strategy.RunShifting && !before.Reached() {
		at = fmt.Sprintf("run %d, canary %s on its way to %s", run.Number, run.Canary.Name, place(before))
	}
	aborted := fmt.Sprintf("aborted: run %d; all traffic goes to %s", run.Number, run.Stable.Name)
	if run.Weight == 0 {
		aborted = fmt.Sprintf("aborted: run %d; all traffic stays with %s", run.Number, run.Stable.Name)
	}
	what := map[spec.Verb]string{
		spec.VerbApprove: "approved: " + at,
		spec.VerbPromote: "goes on past every hold: " + at,
		spec.VerbAbort:   aborted,
		spec.VerbRetry:   fmt.Sprintf("retried: %s is judged again", run.Canary.Name),
		spec.VerbPause:   "paused: " + at,
		spec.VerbResume:  "resumed: " + at,
	}[verb]
	return "deployment/" + before.Name + " " + what
}
