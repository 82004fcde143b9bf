package view

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

func painted(l Line) string { return Paint([]Line{l}, 0, Style{Unicode: true})[0] }

func TestBar(t *testing.T) {
	for says, c := range map[string]struct {
		share float64
		want  string
	}{
		"nothing":           {0, "░░░░░░░░░░"},
		"anything shows":    {1e-9, "█░░░░░░░░░"},
		"half":              {.5, "█████░░░░░"},
		"almost is not all": {.999, "█████████░"},
		"all":               {1, "██████████"},
		"more than all":     {7, "██████████"},
		"less than nothing": {-1, "░░░░░░░░░░"},
	} {
		t.Run(says, func(t *testing.T) { assert.Equal(t, c.want, painted(bar(c.share, 10, Good))) })
	}
}

func TestDots(t *testing.T) {
	for says, c := range map[string]struct {
		ready, wanted int
		want          string
	}{
		"none":                          {0, 0, ""},
		"some":                          {2, 4, "●●○○"},
		"more than wanted":              {3, 2, "●●●"},
		"as many as there is room for":  {6, 6, "●●●●●●"},
		"in proportion":                 {30, 60, "●●●○○○"},
		"one of many shows":             {1, 100, "●○○○○○"},
		"one that is missing shows too": {99, 100, "●●●●●○"},
		"all of many":                   {100, 100, "●●●●●●"},
	} {
		t.Run(says, func(t *testing.T) { assert.Equal(t, c.want, painted(dots(c.ready, c.wanted, 6, Good))) })
	}
}

func TestReached(t *testing.T) {
	assert.Zero(t, reached(analysis.Weighed{Log10E: -3, Log10Limit: 2}))
	assert.Zero(t, reached(analysis.Weighed{Log10E: 3}), "without a limit there is no way towards it")
	assert.InDelta(t, .5, reached(analysis.Weighed{Log10E: 1, Log10Limit: 2}), 1e-9)
	assert.InDelta(t, 1, reached(analysis.Weighed{Log10E: 9, Log10Limit: 2}), 1e-9)
}

func TestWrap(t *testing.T) {
	for says, c := range map[string]struct {
		text string
		want []string
	}{
		"nothing":                          {"", []string{""}},
		"it fits":                          {"one two", []string{"one two"}},
		"between words":                    {"one two three", []string{"one two", "three"}},
		"a word that is too long":          {"a shop-z5w66qg5m9", []string{"a", "shop-z5w", "66qg5m9"}},
		"a number and its per cent":        {"share of 6.6 %", []string{"share of", "6.6 %"}},
		"what is too long ends the line":   {"12345678", []string{"12345678"}},
		"line breaks are between words":    {"one\ntwo", []string{"one two"}},
		"characters count, and not bytes":  {"→→→→→→→→ →", []string{"→→→→→→→→", "→"}},
		"a too long word, and what's next": {"123456789 1", []string{"12345678", "9 1"}},
	} {
		t.Run(says, func(t *testing.T) { assert.Equal(t, c.want, wrap(c.text, 8)) })
	}
}
