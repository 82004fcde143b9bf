package view

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
)

// minWidth is the narrowest frame; what a narrower terminal can't show is cut off.
const minWidth = 36

// Frame is the live view for a terminal of so many columns and rows. note is about the view itself, such as a lost connection; empty:
// nothing. What is least needed gives way in a low terminal: old events, then the evidence that a gate's outcome is not about.
func Frame(r *rollout.Rollout, note string, now time.Time, width, height int) []Line {
	width = max(width, minWidth)
	clock := now.Format(time.TimeOnly)
	foot := ends(Line{toned(Faint, " Ctrl-C ends the view, not the run")}, Line{toned(Faint, clock+" ")}, width)
	if note != "" {
		foot = ends(Line{toned(Bad, " "+note)}, Line{toned(Faint, clock+" ")}, width)
	}
	lines := head(r, now, width)
	limit := 3
	if height >= 36 {
		limit = 6
	}
	lines = append(lines, body(r, now, width, limit)...)
	list := gates(r, now, width, false)
	if len(lines)+1+len(list) > height-1 {
		list = gates(r, now, width, true)
	}
	if len(list) > 0 {
		lines = append(append(lines, nil), list...)
	}
	rest := height - 1 - len(lines)
	if list := events(r.Events, now, width, rest-2); len(list) > 0 {
		lines = append(append(lines, nil), list...)
	}
	lines = lines[:min(len(lines), max(height-1, 0))]
	for len(lines) < height-1 {
		lines = append(lines, nil)
	}
	return append(lines, foot)
}
