package view

import (
	"fmt"
	"strings"
)

// summaryWidth is that of the smallest terminal that people use.
const summaryWidth = 80

// Summary is the table at the end.
func Summary(outcomes []Outcome) []Line {
	lines := []Line{{toned(Strong, pad("", 3)+pad("RUN", 24)+pad("RESULT", 9)+padLeft("TOOK", 7)+padLeft("SERVED", 8)+
		padLeft("FAILED BY", 11)+padLeft("FAILED BY", 11))}, {
		toned(Strong, pad("", 3)+pad("", 24)+pad("", 9)+padLeft("", 7)+padLeft("", 8)+padLeft("VERSION", 11)+padLeft("ROLL-OUT", 11)),
	}}
	complaints := 0
	for _, o := range outcomes {
		complaints += len(o.Complaints)
		lines = append(lines, row(o))
		lines = append(lines, detail("weights", weights(o.Weights))...)
		lines = append(lines, detail("pods", pods(o))...)
		lines = append(lines, detail("why", o.Reason)...)
		for _, c := range o.Complaints {
			for _, l := range wrap("WRONG: "+c, summaryWidth-5) {
				lines = append(lines, Line{toned(Bad, "     "+l)})
			}
		}
	}
	last := Line{toned(Good, "Every run ended as it should.")}
	if complaints > 0 {
		last = Line{toned(Bad, fmt.Sprintf("%d things were not as they should be.", complaints))}
	}
	return append(lines, nil, last)
}

func row(o Outcome) Line {
	mark := toned(Good, " ✓ ")
	if len(o.Complaints) > 0 {
		mark = toned(Bad, " ✗ ")
	}
	byRollout := toned(Good, padLeft(count(o.FailedByRollout), 11))
	if o.FailedByRollout > 0 {
		byRollout.tone = Bad
	}
	return Line{mark, text(pad(o.Name, 24)), toned(Strong, pad(o.Result, 9)), text(padLeft(seconds(o.Took), 7) + padLeft(count(o.Served), 8) +
		padLeft(count(o.FailedByVersion), 11)), byRollout}
}

func pods(o Outcome) string {
	switch {
	case o.Result == "promoted" && o.SamePods:
		return "those judged at 100 % are those that serve, none restarted"
	case o.Result == "promoted":
		return "NOT those that were judged"
	case o.SamePods:
		return "those of stable, the same as before, none restarted"
	default:
		return "NOT the same as before"
	}
}

func detail(name, value string) []Line {
	var lines []Line
	for _, l := range wrap(value, summaryWidth-14) {
		lines = append(lines, Line{toned(Faint, "     "+pad(name, 9)), text(l)})
		name = ""
	}
	return lines
}

// wrap breaks a text between words.
func wrap(s string, columns int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		switch {
		case line == "":
			line = word
		case len([]rune(line))+1+len([]rune(word)) <= columns:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	return append(lines, line)
}
