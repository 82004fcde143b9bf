package view

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Paint renders lines: at most width columns each, or as they are for a width of 0; with colours or without. What comes from the
// cluster can't move the cursor or change a colour: control characters become spaces.
func Paint(lines []Line, width int, style Style) []string {
	out := make([]string, 0, len(lines))
	for _, l := range lines {
		if width > 0 {
			l = l.cut(width)
		}
		var b strings.Builder
		for i, p := range l {
			words := printable(p.text)
			if i == len(l)-1 {
				words = strings.TrimRight(words, " ")
			}
			if !style.Unicode {
				words = ASCII(words)
			}
			code := ""
			if style.Colour && words != "" {
				code = escape(p.tone)
			}
			if code == "" {
				b.WriteString(words)
				continue
			}
			b.WriteString(code + words + "\x1b[0m")
		}
		out = append(out, strings.TrimRight(b.String(), " "))
	}
	return out
}

func printable(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
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
	case Warn:
		return "\x1b[33m"
	}
	return ""
}

// ASCII replaces what a terminal without UTF-8 can't show, column for column.
func ASCII(s string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r < utf8.RuneSelf:
			return r
		case strings.ContainsRune("█●", r):
			return '#'
		case strings.ContainsRune("░○·", r):
			return '.'
		case strings.ContainsRune("→≥", r):
			return '>'
		case r == '▶':
			return '*'
		case strings.ContainsRune("─–—", r):
			return '-'
		case r == '…':
			return '~'
		case r == '✓':
			return '+'
		case r == '✗':
			return 'x'
		case r == 'φ':
			return 'f'
		}
		return '?'
	}, s)
}
