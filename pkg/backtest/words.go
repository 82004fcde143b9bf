package backtest

import (
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

// clock is a time as in "2026-07-26 10:00:15"; all times are in UTC.
func clock(t time.Time) string { return t.UTC().Format(time.DateTime) }

// lasting is a duration as in "12m15s", "3m", or "2d 3h" where seconds don't matter.
func lasting(d time.Duration) string {
	d = d.Round(time.Second)
	switch {
	case d >= 24*time.Hour:
		h := int(d.Hours())
		return fmt.Sprintf("%dd %dh", h/24, h%24)
	case d >= time.Hour:
		return fmt.Sprintf("%dh %dm", int(d.Hours()), int(d.Minutes())%60)
	}
	if minutes, whole := strings.CutSuffix(d.String(), "m0s"); whole {
		return minutes + "m"
	}
	return d.String()
}

// percent is a share as in "0.5 %".
func percent(share float64) string {
	switch {
	case share != 0 && share < 0.001:
		return fmt.Sprintf("%.2f %%", 100*share)
	default:
		return fmt.Sprintf("%.1f %%", 100*share)
	}
}

// number is a count as in "12,345".
func number(n float64) string {
	digits := strconv.FormatInt(int64(n), 10)
	var b strings.Builder
	for i, c := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 && digits[i-1] != '-' {
			b.WriteByte(',')
		}
		b.WriteRune(c)
	}
	return b.String()
}

// counted is as in "1 roll-out", "2 roll-outs".
func counted(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return number(float64(n)) + " " + what + "s"
}

// wide is how many columns a terminal has at least.
const wide = 80

// wrap writes text behind a label, in lines of at most wide columns; the second and later ones begin below the text.
func wrap(label, text string) string {
	if text == "" {
		return ""
	}
	indent := strings.Repeat(" ", utf8.RuneCountInString(label))
	var b strings.Builder
	line := label
	empty := true
	for word := range strings.FieldsSeq(text) {
		if !empty && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > wide {
			b.WriteString(strings.TrimRight(line, " ") + "\n")
			line, empty = indent, true
		}
		if !empty {
			line += " "
		}
		line += word
		empty = false
	}
	b.WriteString(strings.TrimRight(line, " ") + "\n")
	return b.String()
}
