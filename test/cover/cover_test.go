package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const profile = `mode: atomic
example.com/x/pkg/strategy/plan.go:10.1,12.2 6 4
example.com/x/pkg/strategy/plan.go:14.1,16.2 3 0
example.com/x/pkg/strategy/rest.go:10.1,12.2 1 0
example.com/x/pkg/strategy/rest.go:10.1,12.2 1 2
example.com/x/pkg/strategy/rest.go:10.1,12.2 1 0
example.com/x/pkg/analysis/prometheus/ask.go:1.1,2.2 9 0
example.com/x/pkg/analysis/gate.go:1.1,2.2 1 1
`

func TestFloors(t *testing.T) {
	for sentence, test := range map[string]struct {
		profile string
		floors  []string
		says    string // what is printed
		fails   string // empty: it does not
	}{
		"a package above its floor passes": {
			profile, []string{"pkg/strategy=69.5"}, "pkg/strategy              70.0 % of 10 statements, floor 69.5 %", "",
		},
		"a package at its floor passes": {
			profile, []string{"pkg/strategy=70"}, "70.0 %", "",
		},
		"a package below its floor fails": {
			profile, []string{"pkg/strategy=70.1"}, "70.0 %", "below the floor: pkg/strategy",
		},
		"one below fails, whatever the others have": {
			profile, []string{"pkg/strategy=70.1", "pkg/analysis=100"}, "100.0 %", "below the floor: pkg/strategy",
		},
		"a package does not answer for those below it": {
			profile, []string{"pkg/analysis=100"}, "100.0 % of 1 statements", "",
		},
		"a package that nobody measured fails": {
			profile, []string{"pkg/spec=1"}, "not measured", "below the floor: pkg/spec",
		},
		"the end of another package's name is not its name": {
			profile, []string{"egy=1"}, "not measured", "below the floor: egy",
		},
		"an empty profile fails":        {"mode: atomic\n", []string{"pkg/spec=1"}, "not measured", "below the floor: pkg/spec"},
		"a line of nonsense fails":      {profile + "nonsense\n", []string{"pkg/strategy=1"}, "", "line 9 is no block"},
		"statements that are no number": {"a/b.go:1.1,2.2 x 1\n", []string{"a=1"}, "", "line 1: statements"},
		"a count that is no number":     {"a/b.go:1.1,2.2 1 x\n", []string{"a=1"}, "", "line 1: count"},
		"no floor at all fails":         {profile, nil, "", "no floor given"},
		"a floor without a number":      {profile, []string{"pkg/strategy"}, "", `"pkg/strategy" is no floor`},
		"a floor that holds nobody":     {profile, []string{"pkg/strategy=0"}, "", `is no floor`},
		"a floor that nobody reaches":   {profile, []string{"pkg/strategy=101"}, "", `is no floor`},
		"a floor that is not a number":  {profile, []string{"pkg/strategy=NaN"}, "", `is no floor`},
	} {
		t.Run(sentence, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "unit.cover")
			require.NoError(t, os.WriteFile(path, []byte(test.profile), 0o600))
			var out strings.Builder
			err := run(&out, path, test.floors)
			if test.fails == "" {
				require.NoError(t, err)
			} else {
				require.ErrorContains(t, err, test.fails)
			}
			assert.Contains(t, out.String(), test.says)
		})
	}
}

func TestNoProfileFails(t *testing.T) {
	require.ErrorIs(t, run(&strings.Builder{}, filepath.Join(t.TempDir(), "none"), []string{"pkg/spec=1"}), os.ErrNotExist)
}
