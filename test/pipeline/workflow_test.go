package pipeline

import (
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const root = "../.."

// workflow is a file of .github/workflows, as far as the rules look at it.
type workflow struct {
	name string
	text string

	// "on" is a truth value of YAML 1.1, and the name of this key after it was read.
	On          map[string]any    `json:"true"`
	Permissions map[string]string `json:"permissions"`
	Jobs        map[string]job    `json:"jobs"`
}

// job is one of a workflow, or a composite action's steps.
type job struct {
	Uses           string            `json:"uses"`
	TimeoutMinutes int               `json:"timeout-minutes"`
	RunsOn         string            `json:"runs-on"`
	Permissions    map[string]string `json:"permissions"`
	Environment    string            `json:"environment"`
	Concurrency    map[string]any    `json:"concurrency"`
	Needs          any               `json:"needs"`
	Strategy       struct {
		Matrix map[string]any `json:"matrix"`
	} `json:"strategy"`
	Steps []step `json:"steps"`
}

type step struct {
	Uses string         `json:"uses"`
	Run  string         `json:"run"`
	With map[string]any `json:"with"`
}

func parse(t *testing.T, name, text string) workflow {
	t.Helper()
	w := workflow{name: name, text: text}
	// A composite action has its steps elsewhere; for the rules of steps it is a workflow of one job.
	var action struct {
		Runs struct {
			Steps []step `json:"steps"`
		} `json:"runs"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(text), &action), name)
	require.NoError(t, yaml.Unmarshal([]byte(text), &w), name)
	if len(action.Runs.Steps) > 0 {
		w.Jobs = map[string]job{"": {Steps: action.Runs.Steps}}
	}
	return w
}

// read is every file that matches.
func read(t *testing.T, patterns ...string) []workflow {
	t.Helper()
	var all []workflow
	for _, pattern := range patterns {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		require.NotEmpty(t, paths, pattern)
		for _, path := range paths {
			content, err := os.ReadFile(path)
			require.NoError(t, err)
			name, err := filepath.Rel(root, path)
			require.NoError(t, err)
			all = append(all, parse(t, name, string(content)))
		}
	}
	return all
}

func workflows(t *testing.T) []workflow {
	t.Helper()
	return read(t, ".github/workflows/*.yaml")
}

// everything is workflows and our own actions.
func everything(t *testing.T) []workflow {
	t.Helper()
	return read(t, ".github/workflows/*.yaml", ".github/actions/*/action.yaml")
}

// steps calls back for each step, in order of the jobs' names.
func (w workflow) steps(visit func(name string, s step)) {
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		for _, s := range w.Jobs[name].Steps {
			visit(strings.TrimSuffix(w.name+" "+name, " "), s)
		}
	}
}
