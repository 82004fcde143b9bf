package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
)

// gates is the evidence: what each gate has counted, and how far that has come towards its limits; in short, only towards the limit
// that its outcome is about.
func gates(r *rollout.Rollout, now time.Time, width int, short bool) []Line {
	e := r.Evidence
	if e.Source == rollout.FromNothing {
		if r.Running() && r.Phase != rollout.Aborting && r.Judges() {
			return []Line{{toned(Faint, " GATES   nothing measured yet")}}
		}
		return nil
	}
	lines := []Line{{toned(Faint, " GATES   "+lowerFirst(strings.TrimSuffix(explain.Age(e, now), ":")))}}
	names := 10
	for i := range e.Gates {
		names = max(names, columns(e.Gates[i].Name))
	}
	for i := range e.Gates {
		g := e.Gates[i]
		if short {
			g = shortened(g)
		}
		lines = append(lines, gate(&g, min(names, width/2), width)...)
	}
	return lines
}

// shortened leaves out the evidence that the outcome is not about.
func shortened(g rollout.Gate) rollout.Gate {
	g.Note = ""
	if g.Promote == nil || g.Abort == nil {
		return g
	}
	if g.Outcome == analysis.Fail || g.Outcome == analysis.Hold {
		g.Promote = nil
	} else {
		g.Abort = nil
	}
	return g
}

func gate(g *rollout.Gate, names, width int) []Line {
	word := strings.ToLower(string(g.Outcome))
	if word == "" {
		word = "-"
	}
	first := Line{text(" " + pad(cut(g.Name, names), names) + "  "), toned(outcomeTone(g.Outcome), pad(word, 5))}
	lines := []Line{first}
	if numbers := counted(g); numbers != "" {
		if first.width()+columns(numbers)+1 <= width {
			lines[0] = append(first, text(" "+numbers))
		} else {
			for _, l := range wrap(numbers, width-3) {
				lines = append(lines, Line{text("   " + l)})
			}
		}
	} else if g.Message != "" && g.Canary == nil {
		for _, l := range wrap(g.Message, width-3) {
			lines = append(lines, Line{text("   " + l)})
		}
	}
	for _, s := range []struct {
		what string
		w    *analysis.Weighed
		tone Tone
	}{{"to go on", g.Promote, Good}, {"to abort", g.Abort, Bad}} {
		if s.w != nil {
			lines = append(lines, evidence(s.what, *s.w, s.tone, width))
		}
	}
	if g.Note != "" {
		lines = append(lines, indent(g.Note, 3, width, Faint)...)
	}
	return lines
}

// evidence is one bar, with the numbers behind it.
func evidence(what string, w analysis.Weighed, tone Tone, width int) Line {
	numbers := fmt.Sprintf("%s of %s", explain.Factor(w.Log10E), explain.Factor(w.Log10Limit))
	if w.Reached() {
		numbers = fmt.Sprintf("%s ≥ %s", explain.Factor(w.Log10E), explain.Factor(w.Log10Limit))
	}
	const behind = 17 // "below 0.1 of 120" and a space
	room := min(max(width-3-len("to abort")-1-behind-1, 4), 60)
	line := append(Line{toned(Faint, "   "+what+" ")}, bar(reached(w), room, tone)...)
	words := text(" " + numbers)
	if w.Reached() {
		words.tone = tone
	}
	return append(line, words)
}

// counted is as in "14/212 bad (6.6 %), allowed 5 %; stable 9/1904 (0.5 %)".
func counted(g *rollout.Gate) string {
	if g.Canary == nil {
		return ""
	}
	s := fmt.Sprintf("%.0f/%.0f bad (%s)", g.Canary.Bad, g.Canary.Requests, explain.Percent(g.Canary.Share()))
	if g.Canary.Requests == 0 {
		s = "0 requests"
	}
	if g.Threshold > 0 {
		s += ", allowed " + explain.Percent(g.Threshold)
	}
	if g.Stable != nil {
		s += fmt.Sprintf("; stable %.0f/%.0f (%s)", g.Stable.Bad, g.Stable.Requests, explain.Percent(g.Stable.Share()))
	}
	return s
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
