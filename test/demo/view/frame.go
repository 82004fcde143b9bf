package view

import (
	"fmt"
	"strconv"
	"strings"
)

// minWidth is the narrowest table; what a narrower terminal can't show is cut off.
const minWidth = 60

// Frame is the live table for a terminal of so many columns and rows. What is least needed gives way in a low one: old events.
func Frame(s State, width, height int) []Line {
	width = max(width, minWidth)
	lines := header(s, width)
	lines = append(lines, rollout(s.Rollout, width)...)
	lines = append(lines, nil)
	lines = append(lines, gates(s.Gates, width)...)
	lines = append(lines, nil)
	lines = append(lines, users(s.Users)...)
	lines = append(lines, nil)
	past := done(s.Done)
	lines = append(lines, events(s.Events, height-len(lines)-len(past))...)
	if len(lines)+len(past) < height {
		lines = append(lines, nil)
	}
	lines = append(lines, past...)
	return lines[:min(len(lines), max(height, 0))]
}

// header names the run and what it shows, and how it ended once it has.
func header(s State, width int) []Line {
	r := s.Run
	title, what := Line{toned(Strong, " Sluice")}, Line{text(" the stage is being set")}
	right := text("")
	if r.Number > 0 {
		title = append(title, text(fmt.Sprintf("  run %d of %d", r.Number, r.Of)))
		what = Line{toned(Strong, fmt.Sprintf(" %s → %s", r.From, r.To)), text("  " + r.What)}
		right = toned(Faint, "should be "+r.Expected+" ")
		if r.Over != "" {
			right = toned(Good, "✓ "+r.Over+" ")
			if !r.AsExpected {
				right = toned(Bad, "✗ "+r.Over+" ")
			}
		}
	}
	if r.Number == 0 && r.What != "" {
		what = Line{text(" " + r.What)}
	}
	return []Line{
		ends(title, text(clock(s.Elapsed)+" "), width),
		ends(what, right, width),
		{toned(Faint, strings.Repeat("─", width))},
	}
}

// label is the first column of the upper part.
func label(s string) piece { return toned(Faint, " "+pad(s, 8)) }

func rollout(r Rollout, width int) []Line {
	phase := Line{label("phase"), toned(phaseTone(r.Phase), phaseWord(r.Phase)), text(r.Why)}
	const after = "  100 % canary "
	weight := Line{label("weight")}
	weight = append(weight, bar(float64(r.Weight)/100, width-len(after)-9, Busy)...)
	weight = append(weight, text(padLeft(strconv.Itoa(r.Weight), 5)+" % canary"))
	return []Line{phase, steps(r), weight, side("stable", r.Stable, Good, width), side("canary", r.Canary, Busy, width)}
}

// steps shows the plan: what is behind, where the run is, what is ahead.
func steps(r Rollout) Line {
	line := Line{label("steps")}
	for i, weight := range r.Plan {
		if i > 0 {
			line = append(line, toned(Faint, " → "))
		}
		word, tone := fmt.Sprintf("%d %%", weight), Faint
		switch {
		case i+1 == r.Step:
			word, tone = "["+word+"]", Strong
		case i+1 < r.Step:
			tone = Normal
		}
		line = append(line, toned(tone, word))
	}
	return line
}

func side(name string, s Side, tone Tone, width int) Line {
	if s.ReplicaSet == "" {
		return Line{label(name), toned(Faint, "none")}
	}
	columns := 10
	if width >= 100 {
		columns = 20
	}
	line := append(Line{label(name)}, dots(s.Ready, s.Wanted, columns, tone)...)
	return append(line, text(fmt.Sprintf("  %s ready   %s   ", padLeft(fmt.Sprintf("%d/%d", s.Ready, s.Wanted), 5), pad(s.Version, 4))),
		toned(Faint, s.ReplicaSet))
}

func phaseWord(phase string) string {
	if phase == "" {
		return ""
	}
	return pad(phase, 12)
}

func phaseTone(phase string) Tone {
	switch phase {
	case "AtRest":
		return Good
	case "Aborting", "Aborted", "Blocked":
		return Bad
	case "":
		return Faint
	default:
		return Busy
	}
}
