package explain

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// HooksOver says whether nobody waits for the hooks of a Rollout any more, for their run has ended or is being aborted.
func HooksOver(r *rollout.Rollout) bool { return !r.Running() || r.Phase == rollout.Aborting }

// unrun says whether a hook of the run is being run, or yet to be.
func unrun(r *rollout.Rollout) bool {
	return slices.ContainsFunc(r.Hooks(), func(h strategy.HookRun) bool {
		return h.State == strategy.JobPending || h.State == strategy.JobRunning
	})
}

// HookState is how far a hook is, and for how long it has been so or how long it took. ended says whether its run is over.
func HookState(h *strategy.HookRun, ended bool, now time.Time) string {
	took := Short(h.EndedAt.Sub(h.StartedAt))
	switch h.State {
	case strategy.JobPending:
		if ended {
			return "not run"
		}
		return "to come"
	case strategy.JobRunning:
		if ended {
			return "not waited for"
		}
		return "running for " + Short(now.Sub(h.StartedAt))
	case strategy.JobSucceeded:
		return "succeeded in " + took
	case strategy.JobFailed:
		if h.StartedAt.IsZero() {
			return "failed"
		}
		return "failed after " + took
	}
	return string(h.State)
}

// hooks tells of the Jobs that are waited for or have failed, each in a sentence, unless the message does.
func hooks(r *rollout.Rollout, now time.Time) []string {
	var texts []string
	for _, h := range r.Hooks() {
		switch {
		case h.State == strategy.JobRunning && !HooksOver(r):
			texts = append(texts, fmt.Sprintf("Job %s, the hook %s from CronJob %s, has been running for %s.", h.Job, h.Hook, h.CronJob, Short(now.Sub(h.StartedAt))))
		case h.State == strategy.JobRunning:
			texts = append(texts, fmt.Sprintf("Job %s, the hook %s, was running when the run ended. It is not cut short.", h.Job, h.Hook))
		case h.State == strategy.JobFailed && !strings.Contains(r.Message, h.Message):
			texts = append(texts, fmt.Sprintf("Job %s, the hook %s from CronJob %s, %s: %s.", h.Job, h.Hook, h.CronJob, HookState(&h, true, now), h.Message))
		}
	}
	return texts
}

// logs are the commands by which one sees what a Job does or did.
func logs(r *rollout.Rollout) []string {
	var list []string
	for _, h := range r.Hooks() {
		switch h.State {
		case strategy.JobRunning:
			list = append(list,
				fmt.Sprintf("kubectl -n %s logs --follow job/%s  # what the hook %s says", r.Namespace, h.Job, h.Hook),
				fmt.Sprintf("kubectl -n %s describe job/%s  # its pods and events, if it says nothing", r.Namespace, h.Job))
		case strategy.JobFailed:
			list = append(list, fmt.Sprintf("kubectl -n %s logs job/%s  # what the hook %s said, while the Job is there", r.Namespace, h.Job, h.Hook))
		case strategy.JobPending, strategy.JobSucceeded:
		}
	}
	return list
}
