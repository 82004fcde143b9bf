package view

import (
	"fmt"
	"slices"
)

// Plain renders what changed between states as lines for a log. The zero value is ready.
type Plain struct {
	last   State
	events int
	began  bool
}

// Lines are what to say about the next state; none when nothing worth a line has changed.
func (p *Plain) Lines(s State) []string {
	var lines []string
	say := func(format string, args ...any) {
		lines = append(lines, s.Now.Format("15:04:05")+"  "+fmt.Sprintf(format, args...))
	}
	if s.Run.Number != p.last.Run.Number && s.Run.Number > 0 {
		say("run %d of %d: %s → %s, %s; should be %s", s.Run.Number, s.Run.Of, s.Run.From, s.Run.To, s.Run.What, s.Run.Expected)
	}
	p.tell(s, say)
	if s.Rollout.Weight != p.last.Rollout.Weight && p.began {
		say("  weight %d %%   ready: stable %d/%d, canary %d/%d   users: %s served, %s failed by the version, %s by the roll-out",
			s.Rollout.Weight, s.Rollout.Stable.Ready, s.Rollout.Stable.Wanted, s.Rollout.Canary.Ready, s.Rollout.Canary.Wanted,
			count(s.Users.Served), count(s.Users.FailedByVersion), count(s.Users.FailedByRollout))
	}
	if s.Run.Over != "" && (p.last.Run.Over == "" || s.Run.Number != p.last.Run.Number) {
		say("run %d: %s", s.Run.Number, s.Run.Over)
	}
	p.last, p.began = s, true
	return lines
}

// told by the line of the weight itself, with more in it.
var toldOtherwise = []string{"WeightChanged"}

// tell says what events are new.
func (p *Plain) tell(s State, say func(string, ...any)) {
	for _, e := range s.Events[min(p.events, len(s.Events)):] {
		if !slices.Contains(toldOtherwise, e.Reason) {
			say("  %s: %s", e.Reason, e.Message)
		}
	}
	p.events = len(s.Events)
}
