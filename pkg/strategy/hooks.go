package strategy

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Hooks are the user's own Jobs: `before` there is any pod of the new version, to `verify` the canary before anybody gets it, and `after`
// it is the only one. A run has those that the annotations named when it began. Each is run at most once: the record says that a Job is
// about to be made before it is, and what has been made and is gone is not made again.

// HookRun is a hook of a run.
type HookRun struct {
	Hook    spec.Hook `json:"hook"`
	CronJob string    `json:"cronJob"`
	Job     string    `json:"job"`
	// Made is true when the Job has been seen; State is JobPending until it is about to be made.
	Made      bool      `json:"made,omitempty"`
	State     JobState  `json:"state"`
	Message   string    `json:"message,omitempty"`
	StartedAt time.Time `json:"startedAt,omitzero"`
	EndedAt   time.Time `json:"endedAt,omitzero"`
}

// hooksOf are the hooks that a run begins with.
func (p *planner) hooksOf(run *Run) []HookRun {
	var hooks []HookRun
	for _, hook := range []spec.Hook{spec.HookBefore, spec.HookVerify, spec.HookAfter} {
		if cronJob := p.s.Hooks[hook]; cronJob != "" {
			hooks = append(hooks, HookRun{Hook: hook, CronJob: cronJob, Job: p.jobName(run, hook), State: JobPending})
		}
	}
	return hooks
}

// hooked says whether a hook is done with, successfully or, for one that can't stop anything any more, not. Until then it answers: it has
// made the Job, waits for it, or has aborted the run.
func (p *planner) hooked(hook spec.Hook) bool {
	i := slices.IndexFunc(p.run.Hooks, func(h HookRun) bool { return h.Hook == hook })
	if i < 0 {
		return true
	}
	h := &p.run.Hooks[i]
	job := p.job(h.Job)
	switch {
	case h.State == JobPending:
		return p.beginHook(h)
	case h.State != JobRunning:
		return true
	case job == nil && !h.Made:
		p.do(p.createJob(h))
		p.waitForHook(h, "is being made")
		return false
	case job == nil:
		return p.hookFailed(h, "it was deleted before its end was seen")
	case job.State == JobFailed:
		return p.hookFailed(h, job.Message)
	case job.State == JobSucceeded:
		h.Made, h.State, h.EndedAt = true, JobSucceeded, p.now
		// What follows has its own time.
		p.run.Since = p.now
		p.save(false)
		p.emit(false, spec.ReasonHookSucceeded, fmt.Sprintf("%s: Job %s has succeeded", hook, h.Job))
		p.waitForHook(h, "has succeeded")
		p.wake(p.now)
		return false
	}
	if !h.Made {
		h.Made = true
		p.save(false)
	}
	p.waitForHook(h, strings.TrimSuffix("is running: "+job.Message, ": "))
	return false
}

func (p *planner) waitForHook(h *HookRun, how string) {
	p.report(p.hookPhase(h.Hook), spec.ReasonHook, fmt.Sprintf("%s: %s: Job %s %s", p.where(), h.Hook, h.Job, how))
}

func (p *planner) hookPhase(hook spec.Hook) Phase {
	if hook == spec.HookAfter {
		return PhasePromoting
	}
	return PhaseStarting
}

// beginHook notes and makes a hook's Job, once no other of this Deployment is running: two migrations at a time are one too many.
func (p *planner) beginHook(h *HookRun) bool {
	for i := range p.o.Jobs {
		if job := &p.o.Jobs[i]; job.State == JobRunning && job.Run != p.run.ID {
			p.report(p.hookPhase(h.Hook), spec.ReasonHook, fmt.Sprintf("%s: %s: waits until Job %s of run %d has ended",
				p.where(), h.Hook, job.Name, job.Number))
			return false
		}
	}
	if o := p.unhookable(h.CronJob, h.Hook); o != nil {
		if h.Hook == spec.HookAfter {
			return p.hookFailed(h, o.message)
		}
		p.hold(o.reason, o.message)
		return false
	}
	h.State, h.StartedAt = JobRunning, p.now
	p.save(false)
	p.emit(false, spec.ReasonHook, fmt.Sprintf("%s: Job %s is made from CronJob %s", h.Hook, h.Job, h.CronJob))
	p.do(p.createJob(h))
	p.waitForHook(h, "is being made")
	return false
}

// hookFailed aborts the run, or, when the new version is already the only one, only says so.
func (p *planner) hookFailed(h *HookRun, why string) bool {
	h.State, h.Message, h.EndedAt = JobFailed, why, p.now
	message := fmt.Sprintf("%s: Job %s has failed: %s", h.Hook, h.Job, why)
	if job := p.job(h.Job); job != nil && job.UID != "" {
		message += fmt.Sprintf("; see kubectl logs --namespace %s job/%s", p.o.Key.Namespace, h.Job)
	}
	if h.Hook != spec.HookAfter {
		p.abort(spec.ReasonHookFailed, message)
		return false
	}
	p.save(false)
	p.emit(true, spec.ReasonAfterFailed, message+"; the new version stays")
	p.wake(p.now)
	return true
}

func (p *planner) job(name string) *Job {
	if i := slices.IndexFunc(p.o.Jobs, func(j Job) bool { return j.Name == name }); i >= 0 {
		return &p.o.Jobs[i]
	}
	return nil
}

func (p *planner) createJob(h *HookRun) CreateJob {
	env := map[string]string{
		"SLUICE_HOOK":       string(h.Hook),
		"SLUICE_NAMESPACE":  p.o.Key.Namespace,
		"SLUICE_DEPLOYMENT": p.o.Key.Name,
		"SLUICE_RUN":        strconv.Itoa(p.run.Number),
		"SLUICE_CANARY":     p.run.Canary.Name,
		"SLUICE_STABLE":     p.run.Stable.Name,
	}
	if p.svc != nil {
		env["SLUICE_CANARY_HOST"] = fmt.Sprintf("%s.%s.svc.%s", p.beside(p.svc.Name), p.o.Key.Namespace, p.o.Settings.Domain)
	}
	return CreateJob{
		Hook: h.Hook, Name: h.Job, CronJob: h.CronJob, Run: p.run.ID, Number: p.run.Number, Deadline: p.s.MaxHold, Env: env,
	}
}

// maxJobName is how long the name of a Job may be: its pods carry it as a label
// (k8s.io/kubernetes v1.37.2, pkg/apis/batch/validation/validation.go).
const maxJobName = 63

// jobName is one for ever, and tells people what it is.
func (p *planner) jobName(run *Run, hook spec.Hook) string {
	suffix := fmt.Sprintf("-%s-%s", hook, hashOf(fmt.Sprintf("%s/%s/%s", p.o.Key, run.ID, hook)))
	name := p.o.Key.Name
	if len(name)+len(suffix) > maxJobName {
		name = strings.TrimRight(name[:maxJobName-len(suffix)], "-.")
	}
	return name + suffix
}

// hookless keeps a run from starting while a hook's CronJob is missing or can't be used. One that goes on has hooks of its own.
func (p *planner) hookless() *obstacle {
	if p.run != nil && !p.run.over() {
		return nil
	}
	for _, hook := range slices.Sorted(maps.Keys(p.s.Hooks)) {
		if o := p.unhookable(p.s.Hooks[hook], hook); o != nil {
			return o
		}
	}
	return nil
}

func (p *planner) unhookable(cronJob string, hook spec.Hook) *obstacle {
	job, there := p.o.CronJobs[cronJob]
	switch {
	case !there:
		return &obstacle{spec.ReasonHookInvalid, fmt.Sprintf("Deployment %s: %s%s: there is no CronJob %q in its namespace; create it (suspended)",
			p.o.Key, spec.Prefix, hook, cronJob)}
	case job.Problem != "":
		return &obstacle{spec.ReasonHookInvalid, fmt.Sprintf("Deployment %s: %s%s: CronJob %q: %s", p.o.Key, spec.Prefix, hook, cronJob, job.Problem)}
	}
	return nil
}

// discardJobs deletes the Jobs of runs that have left the history; until then their logs can be read.
func (p *planner) discardJobs() {
	for i := range p.o.Jobs {
		job := &p.o.Jobs[i]
		known := (p.run != nil && p.run.ID == job.Run) ||
			slices.ContainsFunc(p.rec.History, func(s Summary) bool { return s.ID == job.Run })
		if !known && job.State != JobRunning {
			p.do(DeleteJob{Name: job.Name, UID: job.UID, ResourceVersion: job.ResourceVersion})
		}
	}
}

// jobsLeft deletes every Job that has ended; true while one is running, which nobody may cut short.
func (p *planner) jobsLeft() bool {
	running := false
	for i := range p.o.Jobs {
		if job := &p.o.Jobs[i]; job.State == JobRunning {
			running = true
		} else {
			p.do(DeleteJob{Name: job.Name, UID: job.UID, ResourceVersion: job.ResourceVersion})
		}
	}
	return running
}

// afterthought is what there is to say at rest of a hook that failed when the new version was already the only one.
func (p *planner) afterthought() string {
	if len(p.rec.History) == 0 || p.rec.History[0].Result != ResultPromoted || p.rec.History[0].Canary != p.rec.Stable {
		return ""
	}
	for _, h := range p.rec.History[0].Hooks {
		if h.Hook == spec.HookAfter && h.State == JobFailed {
			return fmt.Sprintf("; %s: Job %s has failed: %s", h.Hook, h.Job, h.Message)
		}
	}
	return ""
}
