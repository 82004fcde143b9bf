package backtest

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// minute is a time of the tests' history.
func minute(n float64) time.Time {
	return time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC).Add(time.Duration(n * float64(time.Minute)))
}

// presence reads lines such as "a ##..": five minutes a column.
func presence(t *testing.T, lines ...string) *Presence {
	t.Helper()
	p := &Presence{From: minute(0), Step: 5 * time.Minute}
	for _, line := range lines {
		hash, columns, ok := strings.Cut(line, " ")
		require.True(t, ok)
		p.Stretches = len(columns)
		for k, c := range columns {
			if c == '#' {
				p.Mark(hash, minute(float64(5*(k+1))))
			}
		}
	}
	return p
}

func TestSpans(t *testing.T) {
	span := func(hash string, first, last float64, marks string) Span {
		return Span{
			Hash: hash, First: minute(5 * first), Last: minute(5 * last), Begins: strings.Contains(marks, "begins"),
			AfterGap: strings.Contains(marks, "gap"), Open: strings.Contains(marks, "open"), Again: strings.Contains(marks, "again"),
		}
	}
	for sentence, c := range map[string]struct {
		lines []string
		want  []Span
		gaps  int
	}{
		"one version takes over from another": {
			[]string{"a ###..", "b ..###"},
			[]Span{span("a", 0, 3, "begins"), span("b", 2, 5, "open")},
			0,
		},
		"a version that comes back has two spans": {
			[]string{"a ##..##", "b .####."},
			[]Span{span("a", 0, 2, "begins"), span("b", 1, 5, ""), span("a", 4, 6, "open again")},
			0,
		},
		"a gap does not end a span": {
			[]string{"a #..#"},
			[]Span{span("a", 0, 4, "begins open")},
			1,
		},
		"what appears after a gap may have begun in it": {
			[]string{"a #...", "b ..##"},
			[]Span{span("a", 0, 1, "begins"), span("b", 2, 4, "gap open")},
			1,
		},
		"a gap beside another's absence still ends a span": {
			[]string{"a #...#", "b ..##."},
			[]Span{span("a", 0, 1, "begins"), span("b", 2, 4, "gap"), span("a", 4, 5, "open again")},
			1,
		},
		"a history that begins late": {
			[]string{"a ..##", "b ...#"},
			[]Span{span("a", 2, 4, "begins open"), span("b", 3, 4, "open")},
			0,
		},
		"nothing at all": {[]string{"a ...."}, nil, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			p := presence(t, c.lines...)
			assert.Equal(t, c.want, p.Spans())
			assert.Len(t, p.Gaps(), c.gaps)
		})
	}
}

func TestMarksOutsideAreLeftOut(t *testing.T) {
	p := &Presence{From: minute(0), Step: 5 * time.Minute, Stretches: 2}
	for _, at := range []float64{-5, 0, 15, 500} {
		p.Mark("a", minute(at))
	}
	assert.Empty(t, p.Spans())
	p.Mark("a", minute(5))
	assert.Len(t, p.Spans(), 1)
}
