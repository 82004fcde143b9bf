package pipeline

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// makefile is its targets, and the variables that a caller may set.
type makefile struct{ targets, variables []string }

func readMakefile(t *testing.T) makefile {
	t.Helper()
	content, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	var m makefile
	for _, match := range regexp.MustCompile(`(?m)^([a-z0-9][a-z0-9-]*):(?:[^=]|$)`).FindAllStringSubmatch(string(content), -1) {
		m.targets = append(m.targets, match[1])
	}
	for _, match := range regexp.MustCompile(`(?m)^([A-Z0-9_]+)\s*\??=`).FindAllStringSubmatch(string(content), -1) {
		m.variables = append(m.variables, match[1])
	}
	return m
}

// wrong is what a command asks of the Makefile that isn't there.
func (m makefile) wrong(command string) []string {
	var found []string
	words := strings.Fields(command)
	if len(words) == 0 || words[0] != "make" {
		return nil
	}
	for _, word := range words[1:] {
		if word == ">" { // where its output goes is not asked of make
			break
		}
		name, _, sets := strings.Cut(word, "=")
		switch {
		case strings.HasPrefix(word, "-"):
		case sets && !slices.Contains(m.variables, name), !sets && !slices.Contains(m.targets, name):
			found = append(found, word)
		}
	}
	return found
}

func TestEveryTargetThatTheWorkflowsMakeExists(t *testing.T) {
	t.Parallel()
	m := readMakefile(t)
	made := 0
	for _, w := range everything(t) {
		w.steps(func(place string, s step) {
			// An expression is one word, whatever is in it.
			command := regexp.MustCompile(`\$\{\{[^}]*\}\}`).ReplaceAllString(s.Run, "x")
			if strings.HasPrefix(command, "make ") {
				made++
			}
			assert.Empty(t, m.wrong(command), place)
		})
	}
	assert.Greater(t, made, 10)
	assert.Equal(t, []string{"nothing", "NOTHING=1"}, m.wrong("make --silent test nothing NOTHING=1 RACE=yes > file"))
}

// TestTheWorkflowsMakeWhatMakeTestMakes: what passes on a developer's machine and what passes in the pipeline is the same.
func TestTheWorkflowsMakeWhatMakeTestMakes(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(root + "/Makefile")
	require.NoError(t, err)
	match := regexp.MustCompile(`(?m)^test:([^#\n]+)`).FindStringSubmatch(string(content))
	require.NotNil(t, match)
	var made []string
	for _, w := range read(t, ".github/workflows/ci.yaml") {
		w.steps(func(_ string, s step) { made = append(made, strings.Fields(s.Run)...) })
	}
	for _, stage := range strings.Fields(match[1]) {
		if stage == "race-note" || stage == "build" { // a note; what e2e, chart and kind build for themselves
			continue
		}
		assert.Contains(t, made, stage)
	}
}
