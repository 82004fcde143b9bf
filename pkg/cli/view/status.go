package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
)

// narrow is the width below which what only helps is left out.
const narrow = 60

// label is the first column of the upper part.
const labelWidth = 9

func label(s string) piece { return toned(Faint, " "+pad(s, labelWidth-1)) }

// Status is the state of one roll-out, in full, for so many columns.
func Status(r *rollout.Rollout, now time.Time, width int) []Line {
	lines := append(head(r, now, width), body(r, now, width, 0)...)
	if list := gates(r, now, width, false); len(list) > 0 {
		lines = append(append(lines, nil), list...)
	}
	if list := events(r.Events, now, width, 8); len(list) > 0 {
		lines = append(append(lines, nil), list...)
	}
	return lines
}

// head names the Deployment and its phase.
func head(r *rollout.Rollout, now time.Time, width int) []Line {
	left := Line{toned(Strong, " "+r.Name), toned(Faint, "  "+r.Namespace)}
	if r.Run != nil {
		left = append(left, text(fmt.Sprintf("  run %d", r.Run.Number)))
	}
	right := Line{toned(phaseTone(r.Phase), string(r.Phase))}
	if !r.Since.IsZero() {
		right = append(right, toned(Faint, " "+age(r.Since, now)))
	}
	return []Line{ends(left, append(right, text(" ")), width), {toned(Faint, strings.Repeat("─", width))}}
}

// body is everything above the gates. The message takes at most so many lines; 0 means all that it needs.
func body(r *rollout.Rollout, now time.Time, width, limit int) []Line {
	var lines []Line
	if r.Run != nil {
		lines = append(lines, steps(r, now, width)...)
	}
	if r.Running() {
		lines = append(lines, weight(r, width))
	}
	lines = append(lines, side("stable", r.Stable, Good, width)...)
	if r.Run != nil {
		lines = append(lines, side("canary", r.Canary, Busy, width)...)
	}
	lines = append(lines, early(r, width)...)
	lines = append(lines, hooks(r.Hooks(), explain.HooksOver(r), said(r), now, width)...)
	lines = append(lines, why(r, now, width, limit)...)
	if command, does := explain.Next(r); command != "" {
		for i, l := range wrap(command, width-labelWidth) {
			lines = append(lines, Line{label([]string{"next", ""}[min(i, 1)]), toned(Strong, l)})
		}
		if does != "" {
			lines = append(lines, indent(does, labelWidth, width, Faint)...)
		}
	}
	return lines
}

// early is how the canary is reached beside its weight.
func early(r *rollout.Rollout, width int) []Line {
	var lines []Line
	e := r.Early()
	add := func(what, words string) {
		for _, l := range wrap(words, width-labelWidth) {
			lines = append(lines, Line{label(what), text(l)})
			what = ""
		}
	}
	if e.Service != "" {
		add("preview", "Service "+e.Service)
	}
	if e.Header.Name != "" {
		add("testers", fmt.Sprintf("header %s: %s", e.Header.Name, e.Header.Value))
	}
	if e.Mirror > 0 {
		add("mirror", fmt.Sprintf("%d %% of the requests are copied to the canary", e.Mirror))
	}
	return lines
}

// why is the reason, what the controller says of it, and how long ago it said so.
func why(r *rollout.Rollout, now time.Time, width, limit int) []Line {
	message := said(r)
	if words, ok := explain.Reason(explain.Standing(r)); ok && r.Evidence.Source == rollout.FromCondition {
		message = words.Why // the numbers are told gate by gate
	}
	lines := []Line{{label("why"), toned(phaseTone(r.Phase), reasonOf(r))}}
	switch {
	case unsaid(r) != "":
		lines = nil
	case !r.SaidAt.IsZero():
		lines[0] = append(lines[0], toned(Faint, "  said "+explain.Ago(r.SaidAt, now)))
	}
	if message == "" {
		return lines
	}
	wrapped := wrap(message, width-labelWidth)
	if limit > 0 && len(wrapped) > limit {
		wrapped = wrapped[:limit]
		wrapped[limit-1] = cut(wrapped[limit-1]+" …", width-labelWidth)
	}
	for _, l := range wrapped {
		what := ""
		if len(lines) == 0 {
			what = "why"
		}
		lines = append(lines, Line{label(what), text(l)})
	}
	return lines
}

func weight(r *rollout.Rollout, width int) Line {
	share := fmt.Sprintf("  %d %% canary", r.Run.Weight)
	line := Line{label("weight")}
	line = append(line, bar(float64(r.Run.Weight)/100, max(width-labelWidth-len("  100 % canary")-1, 4), Busy)...)
	return append(line, text(share))
}

// side is one version: its pods, and what is wrong with them.
func side(what string, v *rollout.Version, tone Tone, width int) []Line {
	if v == nil {
		return []Line{{label(what), toned(Faint, "none")}}
	}
	room := 10
	if width < narrow {
		room = 6
	}
	line := append(Line{label(what)}, dots(v.Ready, v.Wanted, room, tone)...)
	line = append(line, text(" "+pad(ready(v), 6)), toned(Faint, v.ReplicaSet))
	if i := image(v); i != "" && width >= narrow {
		line = append(line, text("  "+i))
	}
	lines := []Line{line}
	for _, trouble := range v.Troubles {
		for _, l := range wrap(trouble, width-labelWidth) {
			lines = append(lines, Line{label(""), toned(Bad, l)})
		}
	}
	if v.Restarts > 0 {
		lines = append(lines, Line{label(""), toned(Warn, fmt.Sprintf("containers restarted %d times", v.Restarts))})
	}
	return lines
}
