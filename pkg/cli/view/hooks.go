package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// hooks shows the user's Jobs of a run, in their order: how far each is, its Job, and why it failed, where told doesn't say
// that as well. ended says whether the run is over.
func hooks(list []strategy.HookRun, ended bool, told string, now time.Time, width int) []Line {
	var lines []Line
	what := "hooks"
	add := func(l Line) {
		lines = append(lines, append(Line{label(what)}, l...))
		what = ""
	}
	for i := range list {
		h := &list[i]
		mark, tone := hookMark(h.State, ended)
		line := Line{toned(tone, mark+pad(string(h.Hook), 6)+"  "+explain.HookState(h, ended, now))}
		name := "job/" + h.Job
		switch {
		case h.State == strategy.JobPending:
			name = "cronjob/" + h.CronJob // there is no Job yet
			line = append(line, toned(Faint, "  "+name))
			add(line.cut(width - labelWidth))
		case labelWidth+line.width()+2+columns(name) <= width:
			add(append(line, text("  "+name)))
		default:
			add(line)
			// It is there to be copied.
			for _, l := range wrap(name, width-labelWidth-2) {
				add(Line{text("  " + l)})
			}
		}
		if h.State == strategy.JobFailed && h.Message != "" && !strings.Contains(told, h.Message) {
			for _, l := range wrap(h.Message, width-labelWidth-2) {
				add(Line{toned(Bad, "  "+l)})
			}
		}
	}
	return lines
}

func hookMark(s strategy.JobState, ended bool) (string, Tone) {
	switch s {
	case strategy.JobSucceeded:
		return "✓ ", Good
	case strategy.JobFailed:
		return "✗ ", Bad
	case strategy.JobRunning:
		if !ended {
			return "▶ ", Strong
		}
	case strategy.JobPending:
	}
	return "  ", Faint
}

// hooked is as in "before succeeded in 12s, verify failed after 3s".
func hooked(list []strategy.HookRun, ended bool, now time.Time) string {
	words := make([]string, len(list))
	for i := range list {
		words[i] = fmt.Sprintf("%s %s", list[i].Hook, explain.HookState(&list[i], ended, now))
	}
	return strings.Join(words, ", ")
}
