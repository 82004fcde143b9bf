package view

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPaint(t *testing.T) {
	line := []Line{{text("a "), toned(Bad, "b●"), toned(Faint, "c")}}
	for name, c := range map[string]struct {
		width int
		style Style
		want  string
	}{
		"without colours there is no escape":     {10, Style{Unicode: true}, "a b●c"},
		"colours end where their piece ends":     {10, Style{Colour: true, Unicode: true}, "a \x1b[31mb●\x1b[0m\x1b[2mc\x1b[0m"},
		"without UTF-8 the columns stay":         {10, Style{}, "a b#c"},
		"what is too wide is cut, and shows it":  {3, Style{Unicode: true}, "a …"},
		"cutting counts columns and not escapes": {4, Style{Colour: true, Unicode: true}, "a \x1b[31mb●\x1b[0m"},
	} {
		t.Run(name, func(t *testing.T) { assert.Equal(t, []string{c.want}, Paint(line, c.width, c.style)) })
	}
}

func TestEveryFrameIsASCIIWithoutUTF8(t *testing.T) {
	lines := Paint(Frame(failing(), 100, 40), 100, Style{})
	lines = append(lines, Paint(Summary([]Outcome{good(), wrong()}), 100, Style{})...)
	for _, r := range strings.Join(lines, "\n") {
		assert.Less(t, r, rune(128))
		assert.NotEqual(t, '?', r)
	}
}

func TestBar(t *testing.T) {
	for name, c := range map[string]struct {
		share float64
		want  string
	}{
		"nothing is empty":             {0, "░░░░░░░░░░"},
		"a little shows":               {.001, "█░░░░░░░░░"},
		"a half is half":               {.5, "█████░░░░░"},
		"all but a little isn't full":  {.999, "█████████░"},
		"all is full":                  {1, "██████████"},
		"more than all is no more":     {7, "██████████"},
		"less than nothing is no less": {-1, "░░░░░░░░░░"},
	} {
		t.Run(name, func(t *testing.T) {
			got := ""
			for _, p := range bar(c.share, 10, Good) {
				got += p.text
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestNumbers(t *testing.T) {
	assert.Equal(t, "1,234,567", count(1234567))
	assert.Equal(t, "-1,000", count(-1000))
	assert.Equal(t, "999", count(999))
	assert.Equal(t, "2:05", clock(125*time.Second))
	assert.Equal(t, "7.4 ms", latency(7400*time.Microsecond))
	assert.Equal(t, "820 ms", latency(820*time.Millisecond))
	assert.Equal(t, "1.2 s", latency(1200*time.Millisecond))
	assert.Equal(t, "-", latency(0))
	assert.Equal(t, "2.5/2.6", Evidence{2.59, 2.6}.String(), "what is not reached must not look as if it were")
	assert.Equal(t, "1234/2.6", Evidence{1234.5, 2.6}.String())
	assert.Equal(t, "none", weights(nil))
}
