package view

import (
	"strings"
	"unicode/utf8"
)

// Tone is what a piece of text means; a terminal shows it as a colour.
type Tone int

// The tones.
const (
	Normal Tone = iota
	Faint
	Strong
	Good
	Bad
	Busy
	Warn
)

// Style is what a terminal can show.
type Style struct{ Colour, Unicode bool }

// Line is a line of text in pieces of different tones.
type Line []piece

type piece struct {
	text string
	tone Tone
}

func text(s string) piece             { return piece{text: s} }
func toned(tone Tone, s string) piece { return piece{text: s, tone: tone} }
func columns(s string) int            { return utf8.RuneCountInString(s) }
func spaces(n int) string             { return strings.Repeat(" ", max(0, n)) }
func pad(s string, n int) string      { return s + spaces(n-columns(s)) }
func padLeft(s string, n int) string  { return spaces(n-columns(s)) + s }

func (l Line) width() int {
	n := 0
	for _, p := range l {
		n += columns(p.text)
	}
	return n
}

// cut shortens a text to so many columns and shows that it did.
func cut(s string, n int) string {
	switch {
	case columns(s) <= n:
		return s
	case n <= 0:
		return ""
	}
	return string([]rune(s)[:n-1]) + "…"
}

func (l Line) cut(n int) Line {
	var out Line
	for _, p := range l {
		out = append(out, piece{cut(p.text, n), p.tone})
		if n -= columns(p.text); n <= 0 {
			break
		}
	}
	return out
}

// ends puts the right part at the right border, with at least one space before it; the left part gives way.
func ends(left, right Line, width int) Line {
	room := width - right.width() - 1
	left = left.cut(room)
	left = append(left, text(spaces(width-right.width()-left.width())))
	return append(left, right...)
}

// wrap breaks a text between words; a word that is too long for a line is broken as well.
func wrap(s string, n int) []string {
	lines := broken(strings.ReplaceAll(s, " %", glued), max(n, 1))
	for i := range lines {
		lines[i] = strings.ReplaceAll(lines[i], glued, " %")
	}
	return lines
}

// glued stands for a space and a percent sign while lines are broken: they belong to the number before them. The first character is
// one that no text has: it is not a space, as a no-break space would be.
const glued = "\uE000%"

func broken(s string, n int) []string {
	var lines []string
	line := ""
	for _, word := range strings.Fields(s) {
		for columns(word) > n {
			if line != "" {
				lines, line = append(lines, line), ""
			}
			r := []rune(word)
			lines, word = append(lines, string(r[:n])), string(r[n:])
		}
		switch {
		case line == "":
			line = word
		case word == "":
		case columns(line)+1+columns(word) <= n:
			line += " " + word
		default:
			lines = append(lines, line)
			line = word
		}
	}
	if line == "" && len(lines) > 0 {
		return lines
	}
	return append(lines, line)
}
