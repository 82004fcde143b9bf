package view

import "fmt"

// gateLeft is the width of the counts, gateNumbers that of the numbers behind a bar: "-12.3/2.6".
const gateLeft, gateNumbers = 39, 9

// gates is the evidence, one line per gate: what was counted, and how far it has come on the way to either decision.
func gates(list []Gate, width int) []Line {
	// Each bar has two columns before it, one after it, and its numbers.
	room := min(max((width-gateLeft)/2-2-1-gateNumbers, 4), 30)
	column := 2 + room + 1 + gateNumbers
	against, favour := "  EVIDENCE AGAINST", "  EVIDENCE FOR IT"
	if width >= 100 {
		against, favour = against+" (log10 E)", favour+" (log10 E)"
	}
	lines := []Line{{
		toned(Faint, pad(" GATE", 12)+padLeft("BAD/ALL", 10)+padLeft("SHARE", 8)+padLeft("ALLOWED", 9)),
		toned(Faint, pad(against, column)+pad(favour, column)),
	}}
	for _, g := range list {
		lines = append(lines, gate(g, room))
	}
	if len(list) == 0 {
		lines = append(lines, Line{toned(Faint, " no run")})
	}
	return lines
}

func gate(g Gate, room int) Line {
	counted, share, allowed := "-", "-", "-"
	tone := Normal
	if g.Requests > 0 {
		counted, share = fmt.Sprintf("%.0f/%.0f", g.Bad, g.Requests), percent(g.Bad/g.Requests, 1)
		if g.Known && g.Bad/g.Requests > g.Threshold {
			tone = Bad
		}
	}
	if !g.Known {
		return Line{text(pad(" "+g.Name, 12)), text(padLeft(counted, 10) + padLeft(share, 8) + padLeft(allowed, 9)), toned(Faint, "  no verdict yet")}
	}
	allowed = percent(g.Threshold, 0)
	line := Line{text(pad(" "+g.Name, 12)), text(padLeft(counted, 10)), toned(tone, padLeft(share, 8)), text(padLeft(allowed, 9))}
	for _, side := range []struct {
		evidence Evidence
		tone     Tone
	}{{g.Abort, Bad}, {g.Promote, Good}} {
		line = append(line, text("  "))
		line = append(line, bar(side.evidence.reached(), room, side.tone)...)
		words := text(" " + pad(side.evidence.String(), gateNumbers))
		if side.evidence.reached() >= 1 {
			words.tone = side.tone
		}
		line = append(line, words)
	}
	return line
}
