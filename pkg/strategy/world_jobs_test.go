package strategy_test

import (
	"maps"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// worldJob is a Job that was made for a hook.
type worldJob struct {
	name, uid, rv, run string
	number             int
	hook               spec.Hook
	due                time.Time
	state              strategy.JobState
}

// cronJobs has every CronJob that a hook may name, but for one that is "missing".
func (w *world) cronJobs() map[string]strategy.CronJob {
	jobs := map[string]strategy.CronJob{}
	names := slices.Collect(maps.Values(w.spec().Hooks))
	if run := w.run(); run != nil {
		for _, h := range run.Hooks {
			names = append(names, h.CronJob)
		}
	}
	for _, name := range names {
		if name != "missing" {
			jobs[name] = strategy.CronJob{}
		}
	}
	return jobs
}

func (w *world) observedJobs() []strategy.Job {
	var jobs []strategy.Job
	for _, job := range w.jobs {
		jobs = append(jobs, strategy.Job{
			Name: job.name, UID: job.uid, ResourceVersion: job.rv, Run: job.run, Number: job.number, Hook: job.hook, State: job.state,
			Message: "BackoffLimitExceeded",
		})
	}
	return jobs
}

func (p *worldPass) makeJob(a strategy.CreateJob) error {
	if p.dep == nil {
		return errStale
	}
	if slices.ContainsFunc(p.jobs, func(j *worldJob) bool { return j.name == a.Name }) {
		return nil // as the controller takes it
	}
	state := strategy.JobRunning
	p.jobs = append(p.jobs, &worldJob{
		name: a.Name, uid: "job-" + strconv.Itoa(p.version), rv: p.rv(), run: a.Run, number: a.Number, hook: a.Hook,
		due: p.now.Add(p.jobTime), state: state,
	})
	return nil
}

func (p *worldPass) deleteJob(a strategy.DeleteJob) error {
	p.jobs = slices.DeleteFunc(p.jobs, func(j *worldJob) bool { return j.name == a.Name })
	p.rv()
	return nil
}

// jobController ends the Jobs whose time has come.
func (w *world) jobController() bool {
	moved := false
	for _, job := range w.jobs {
		if job.state != strategy.JobRunning || w.now.Before(job.due) {
			continue
		}
		job.state, job.rv, moved = strategy.JobSucceeded, w.rv(), true
		if w.jobsFail {
			job.state = strategy.JobFailed
		}
	}
	return moved
}

// nextJob is when a Job ends next; zero: none runs.
func (w *world) nextJob() time.Time {
	var next time.Time
	for _, job := range w.jobs {
		if job.state == strategy.JobRunning && (next.IsZero() || job.due.Before(next)) {
			next = job.due
		}
	}
	return next
}

// beforeJob: each hook is run once per run, never two at a time, and not before it is due.
func (l *laws) beforeJob(w *world, a strategy.CreateJob) {
	run := w.run()
	if run == nil || run.ID != a.Run {
		l.breach("Job %s of a run that the record doesn't know", a.Name)
		return
	}
	for _, job := range w.jobs {
		if job.run == a.Run && job.hook == a.Hook && job.name != a.Name {
			l.breach("%s is run twice in run %s", a.Hook, a.Run)
		}
		if job.state == strategy.JobRunning && job.name != a.Name {
			l.breach("Job %s is made while %s runs", a.Name, job.name)
		}
	}
	canary := w.set(run.Canary.Name)
	switch a.Hook {
	case spec.HookBefore:
		if canary != nil && canary.controller == w.recordUID && canary.replicas > 0 && !l.harmed {
			l.breach("%s is run while the canary has pods", a.Hook)
		}
	case spec.HookVerify:
		if canary == nil || canary.available == 0 || run.Weight > 0 {
			l.breach("%s is run at weight %d without a canary", a.Hook, run.Weight)
		}
	case spec.HookAfter:
		if stable := w.set(run.Stable.Name); stable != nil && stable.replicas > 0 {
			l.breach("%s is run while stable has pods", a.Hook)
		}
	}
}

// hooked: a hook that the run has begun with has succeeded.
func (l *laws) hooked(w *world, hook spec.Hook) {
	run := w.run()
	if run == nil {
		return
	}
	for _, h := range run.Hooks {
		if h.Hook == hook && h.State != strategy.JobSucceeded {
			l.breach("the run goes on while %s is %s", hook, h.State)
		}
	}
}
