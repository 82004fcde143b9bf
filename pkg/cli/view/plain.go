package view

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Plain renders what changed between states as lines for a log. The zero value is ready.
type Plain struct {
	began  bool
	phase  rollout.Phase
	reason spec.Reason
	weight int
	run    int
	ended  string
	// hooks are the states that were told, by the names of the Jobs.
	hooks map[string]strategy.JobState
	seen  time.Time
}

// Lines are what to say about the next state; none when nothing worth a line has changed. Numbers alone are not worth one.
func (p *Plain) Lines(r *rollout.Rollout, now time.Time) []string {
	var lines []string
	say := func(format string, args ...any) {
		lines = append(lines, now.Format(time.TimeOnly)+"  "+printable(fmt.Sprintf(format, args...)))
	}
	run, weight := 0, 0
	if r.Run != nil {
		run, weight = r.Run.Number, r.Run.Weight
	}
	p.tell(r, say)
	if run != p.run && run > 0 {
		say("run %d: %s is to replace %s", run, r.Run.Canary.Name, r.Run.Stable.Name)
	}
	p.hooked(r, now, say)
	if last := r.Last(); last != nil && last.ID != p.ended {
		if p.began {
			say("run %d: %s: %s", last.Number, last.Result, summary(last))
		}
		p.ended = last.ID
	}
	if reason := spec.Reason(reasonOf(r)); !p.began || r.Phase != p.phase || reason != p.reason || weight != p.weight {
		at := ""
		if r.Running() {
			place := "step " + step(r) + ", "
			if stage := r.Stage(); stage != rollout.NoStage {
				place = string(stage) + ", "
			} else if r.Strategy() == spec.StrategyBlueGreen {
				place = ""
			}
			at = fmt.Sprintf("  %s%d %% canary, pods %s", place, weight, ready(r.Canary))
		}
		why := said(r)
		if unsaid(r) == "" {
			why = string(reason) + ": " + why
		}
		say("%s%s  %s", r.Phase, at, why)
		p.phase, p.reason, p.weight = r.Phase, reason, weight
	}
	p.run, p.began = run, true
	return lines
}

// tell says which warnings are new; what else happened shows in the state.
func (p *Plain) tell(r *rollout.Rollout, say func(string, ...any)) {
	for _, e := range r.Events {
		// What the state says as well is not said twice.
		if p.began && e.At.After(p.seen) && e.Warning && e.Reason != reasonOf(r) {
			say("warning  %s: %s", e.Reason, e.Message)
		}
	}
	if n := len(r.Events); n > 0 {
		p.seen = r.Events[n-1].At
	}
}

// hooked says which of the run's Jobs have ended. That one is waited for, or why it failed, shows in the state.
func (p *Plain) hooked(r *rollout.Rollout, now time.Time, say func(string, ...any)) {
	list := r.Hooks()
	if last := r.Last(); r.Run == nil && last != nil && last.Number == p.run {
		list = last.Hooks // it ended with the run
	}
	told := map[string]strategy.JobState{}
	for i := range list {
		h := &list[i]
		if p.began && p.hooks[h.Job] != h.State && (h.State == strategy.JobSucceeded || h.State == strategy.JobFailed) {
			say("hook %s: job/%s %s", h.Hook, h.Job, explain.HookState(h, false, now))
		}
		told[h.Job] = h.State
	}
	p.hooks = told
}
