package view

import (
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// History lists the runs that ended, newest first, each with why it ended so.
func History(list []strategy.Summary, now time.Time, width int) []Line {
	if len(list) == 0 {
		return []Line{{text("no run has ended yet")}}
	}
	lines := []Line{{toned(Strong, "RUN   RESULT        ENDED         TOOK      WEIGHTS")}}
	for i := range list {
		s := &list[i]
		lines = append(lines, Line{
			text(pad(fmt.Sprintf("%d", s.Number), 6)), toned(resultTone(s.Result), pad(string(s.Result), 14)),
			text(pad(age(s.EndedAt, now)+" ago", 14) + pad(explain.Short(s.EndedAt.Sub(s.StartedAt)), 10) + weights(s.Weights)),
		})
		lines = append(lines, indent(summary(s), 6, width, Faint)...)
		if len(s.Hooks) > 0 {
			lines = append(lines, indent("hooks: "+hooked(s.Hooks, true, now), 6, width, Faint)...)
		}
	}
	return lines
}

// summary says in one text what was run and why it ended.
func summary(s *strategy.Summary) string {
	text := fmt.Sprintf("%s replacing %s: %s", s.Canary.Name, s.Stable.Name, s.Reason)
	if s.Message != "" && s.Result != strategy.ResultPromoted {
		text += ": " + s.Message
	}
	return text
}

// Run is one run that ended, in full: every change of weight, and the evidence.
func Run(s *strategy.Summary, now time.Time, width int) []Line {
	lines := []Line{
		ends(Line{toned(Strong, fmt.Sprintf(" run %d", s.Number))}, Line{toned(resultTone(s.Result), string(s.Result)), text(" ")}, width),
		{label("canary"), text(s.Canary.Name)},
		{label("stable"), text(s.Stable.Name)},
		{label("started"), text(s.StartedAt.In(now.Location()).Format(time.DateTime))},
		{label("ended"), text(s.EndedAt.In(now.Location()).Format(time.DateTime) + fmt.Sprintf("  (took %s)", explain.Short(s.EndedAt.Sub(s.StartedAt))))},
		{label("why"), toned(resultTone(s.Result), string(s.Reason))},
	}
	if s.Message != "" {
		lines = append(lines, indent(s.Message, labelWidth, width, Normal)...)
	}
	lines = append(lines, hooks(s.Hooks, true, s.Message, now, width)...)
	if len(s.Weights) > 0 {
		lines = append(lines, nil, Line{toned(Faint, " WEIGHTS")})
	}
	for _, c := range s.Weights {
		lines = append(lines, Line{
			toned(Faint, " "+c.At.In(now.Location()).Format(time.TimeOnly)+" "), text(padLeft(fmt.Sprintf("%d %%", c.Weight), 6) + "  " + string(c.Reason)),
		})
		if c.Message != "" && c.Message != s.Message {
			lines = append(lines, indent(c.Message, 18, width, Faint)...)
		}
	}
	r := rollout.Rollout{Evidence: rollout.AtEnd(s)}
	if list := gates(&r, now, width, false); len(list) > 0 {
		lines = append(append(lines, nil), list...)
	}
	return lines
}

// indent wraps a text behind so many columns.
func indent(s string, n, width int, tone Tone) []Line {
	var lines []Line
	for _, l := range wrap(s, width-n) {
		lines = append(lines, Line{text(spaces(n)), toned(tone, l)})
	}
	return lines
}
