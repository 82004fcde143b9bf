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
)

// Style is what a terminal can show.
type Style struct{ Colour, Unicode bool }

// Line is a line of text in pieces of different tones.
type Line []piece

type piece struct {
	text string
	tone Tone
}

func text(s string) piece              { return piece{text: s} }
func toned(tone Tone, s string) piece  { return piece{text: s, tone: tone} }
func (p piece) width() int             { return utf8.RuneCountInString(p.text) }
func (p piece) cut(columns int) piece  { return piece{cut(p.text, columns), p.tone} }
func pad(s string, columns int) string { return s + spaces(columns-utf8.RuneCountInString(s)) }
func padLeft(s string, columns int) string {
	return spaces(columns-utf8.RuneCountInString(s)) + s
}
func spaces(n int) string { return strings.Repeat(" ", max(0, n)) }

// cut shortens a text to so many columns and shows that it did.
func cut(s string, columns int) string {
	if utf8.RuneCountInString(s) <= columns {
		return s
	}
	if columns <= 0 {
		return ""
	}
	return string([]rune(s)[:columns-1]) + "…"
}

func (l Line) width() int {
	n := 0
	for _, p := range l {
		n += p.width()
	}
	return n
}

// ends puts the right piece at the right border, with at least one space before it; the left part gives way.
func ends(left Line, right piece, width int) Line {
	room := width - right.width() - 1
	left = left.cut(room)
	return append(left, text(spaces(width-right.width()-left.width())), right)
}

func (l Line) cut(columns int) Line {
	var out Line
	for _, p := range l {
		out = append(out, p.cut(columns))
		if columns -= p.width(); columns <= 0 {
			break
		}
	}
	return out
}

// Paint renders lines for a terminal: at most width columns each, with colours or without.
func Paint(lines []Line, width int, style Style) []string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		var b strings.Builder
		for _, p := range l.cut(width) {
			code := ""
			if style.Colour {
				code = escape(p.tone)
			}
			if code == "" {
				b.WriteString(p.text)
				continue
			}
			b.WriteString(code + p.text + "\x1b[0m")
		}
		line := strings.TrimRight(b.String(), " ")
		if !style.Unicode {
			line = ASCII(line)
		}
		out = append(out, line)
	}
	return out
}

// escape begins a tone, in the sixteen colours that every theme has made readable.
func escape(t Tone) string {
	switch t {
	case Normal:
		return ""
	case Faint:
		return "\x1b[2m"
	case Strong:
		return "\x1b[1m"
	case Good:
		return "\x1b[32m"
	case Bad:
		return "\x1b[31m"
	case Busy:
		return "\x1b[36m"
	}
	return ""
}

// ASCII replaces what a terminal without UTF-8 can't show, column for column.
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case r == '█' || r == '●':
			return '#'
		case r == '░' || r == '○' || r == '·':
			return '.'
		case r == '→' || r == '≥':
			return '>'
		case r == '─' || r == '–':
			return '-'
		case r == '…':
			return '~'
		case r == '✓':
			return '+'
		case r == '✗':
			return 'x'
		}
		return '?'
	}, s)
}
