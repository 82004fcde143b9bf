package pipeline

import (
	"fmt"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// pin is an action at a commit, with the version that it is for people.
var pin = regexp.MustCompile(`^\s*(?:- )?uses: ([^\s@]+)@[0-9a-f]{40} # v\d+\.\d+\.\d+$`)

// outside is what somebody else may have written: a title, a branch, a comment.
var outside = regexp.MustCompile(`\$\{\{[^}]*(github\.event\.|github\.head_ref|inputs\.|github\.ref_name|github\.actor)[^}]*\}\}`)

// rules say what is wrong with a workflow: each finding names its place.
var rules = map[string]func(w workflow) []string{
	"a job that hangs ends by itself": func(w workflow) []string {
		return w.jobs(func(j job) bool { return j.Uses == "" && (j.TimeoutMinutes == 0 || j.TimeoutMinutes > 60) })
	},
	"every job says what its token may do": func(w workflow) []string {
		return w.jobs(func(j job) bool { return j.Permissions == nil })
	},
	"a workflow gives its jobs nothing that they don't ask for": func(w workflow) []string {
		if w.Permissions == nil || len(w.Permissions) > 0 {
			return []string{w.name}
		}
		return nil
	},
	"only releases and deployments see a secret": func(w workflow) []string {
		if strings.Contains(w.text, "secrets") && !slices.Contains([]string{"release.yaml", "deploy.yaml"}, base(w.name)) {
			return []string{w.name}
		}
		return nil
	},
	"a checkout leaves no token behind": func(w workflow) (found []string) {
		w.steps(func(place string, s step) {
			if strings.HasPrefix(s.Uses, "actions/checkout@") && s.With["persist-credentials"] != false {
				found = append(found, place)
			}
		})
		return found
	},
	"what others may have written is never part of a command": func(w workflow) (found []string) {
		w.steps(func(place string, s step) {
			if outside.MatchString(s.Run) {
				found = append(found, place+": "+s.Run)
			}
		})
		return found
	},
	"a command is one that a person can run": func(w workflow) (found []string) {
		w.steps(func(place string, s step) {
			if strings.Count(strings.TrimSpace(s.Run), "\n") > 0 {
				found = append(found, place+": "+s.Run)
			}
		})
		return found
	},
	"every action is pinned by its commit, with its version": func(w workflow) (found []string) {
		for line := range strings.Lines(w.text) {
			line = strings.TrimRight(line, "\n")
			if strings.Contains(line, "uses: ") && !strings.Contains(line, "uses: ./") && !pin.MatchString(line) {
				found = append(found, w.name+": "+strings.TrimSpace(line))
			}
		}
		return found
	},
	"nothing that runs for a fork may write": func(w workflow) []string {
		if _, dangerous := w.On["pull_request_target"]; dangerous {
			return []string{w.name}
		}
		return nil
	},
	"one after the other, or the older gives way": func(w workflow) []string {
		if strings.Contains(w.text, "\nconcurrency:\n") {
			return nil
		}
		return w.jobs(func(j job) bool { return j.Concurrency == nil })
	},
	"a runner doesn't change by itself": func(w workflow) []string {
		return w.jobs(func(j job) bool { return j.Uses == "" && (j.RunsOn == "" || strings.Contains(j.RunsOn, "latest")) })
	},
}

func base(path string) string { return path[strings.LastIndex(path, "/")+1:] }

// jobs are those that break a rule.
func (w workflow) jobs(broken func(j job) bool) []string {
	var found []string
	for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
		if name != "" && broken(w.Jobs[name]) {
			found = append(found, w.name+" "+name)
		}
	}
	return found
}

// forActions are the rules that a composite action can break as well.
var forActions = []string{
	"what others may have written is never part of a command", "a command is one that a person can run",
	"every action is pinned by its commit, with its version", "only releases and deployments see a secret",
}

func TestWorkflowsKeepTheRules(t *testing.T) {
	t.Parallel()
	for _, w := range everything(t) {
		for _, rule := range slices.Sorted(maps.Keys(rules)) {
			if strings.Contains(w.name, "/actions/") && !slices.Contains(forActions, rule) {
				continue
			}
			assert.Empty(t, rules[rule](w), rule)
		}
	}
}

// good breaks no rule; each seed is put into it.
const good = `on:
  push:
permissions: {}
concurrency:
  group: x
jobs:
  one:
    runs-on: ubuntu-24.04
    timeout-minutes: 10
    permissions:
      contents: read
    steps:
      - uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2
        with:
          persist-credentials: false
      - run: make test
`

func TestEveryRuleCatchesItsSeed(t *testing.T) {
	t.Parallel()
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		require.Empty(t, rules[rule](parse(t, "good.yaml", good)), rule)
	}
	seeded := map[string]bool{}
	for seed, c := range map[string]struct{ rule, old, new string }{
		"no timeout":        {"a job that hangs ends by itself", "    timeout-minutes: 10\n", ""},
		"a timeout of days": {"a job that hangs ends by itself", "minutes: 10", "minutes: 1000"},
		"no permissions":    {"every job says what its token may do", "    permissions:\n      contents: read\n", ""},
		"the default token": {"a workflow gives its jobs nothing that they don't ask for", "permissions: {}\n", ""},
		"a token for all": {
			"a workflow gives its jobs nothing that they don't ask for", "permissions: {}\n", "permissions:\n  contents: write\n",
		},
		"a secret":          {"only releases and deployments see a secret", "make test", "make test TOKEN=${{ secrets.TOKEN }}"},
		"a token on disk":   {"a checkout leaves no token behind", "credentials: false", "credentials: true"},
		"a title":           {"what others may have written is never part of a command", "make test", "echo ${{ github.event.issue.title }}"},
		"a branch":          {"what others may have written is never part of a command", "make test", "echo '${{ github.head_ref }}'"},
		"an input":          {"what others may have written is never part of a command", "make test", "make TAG=${{ inputs.tag }}"},
		"a script":          {"a command is one that a person can run", "make test", "|\n          make test\n          make more"},
		"a tag":             {"every action is pinned by its commit, with its version", "@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", "@v6"},
		"no version":        {"every action is pinned by its commit, with its version", " # v6.0.2", ""},
		"a fork's workflow": {"nothing that runs for a fork may write", "  push:", "  pull_request_target:"},
		"no concurrency":    {"one after the other, or the older gives way", "concurrency:\n  group: x\n", ""},
		"a moving runner":   {"a runner doesn't change by itself", "ubuntu-24.04", "ubuntu-latest"},
	} {
		require.Equal(t, 1, strings.Count(good, c.old), seed)
		assert.NotEmpty(t, rules[c.rule](parse(t, "seed.yaml", strings.Replace(good, c.old, c.new, 1))), seed)
		seeded[c.rule] = true
	}
	for _, rule := range slices.Sorted(maps.Keys(rules)) {
		assert.True(t, seeded[rule], "no seed breaks: %s", rule)
	}
}

// TestOneVersionOfEachAction: two pins of one action would be two programs to trust.
func TestOneVersionOfEachAction(t *testing.T) {
	t.Parallel()
	found := map[string]map[string]bool{}
	for _, w := range everything(t) {
		for line := range strings.Lines(w.text) {
			if _, after, is := strings.Cut(line, "uses: "); is && !strings.HasPrefix(after, "./") {
				action, at, _ := strings.Cut(strings.TrimSpace(after), "@")
				if found[action] == nil {
					found[action] = map[string]bool{}
				}
				found[action][at] = true
			}
		}
	}
	require.NotEmpty(t, found)
	for _, action := range slices.Sorted(maps.Keys(found)) {
		assert.Len(t, found[action], 1, "%s: %v", action, slices.Sorted(maps.Keys(found[action])))
	}
}

// TestAWorkflowThatIsCalledMayDoWhatItsJobsAskFor: GitHub refuses the whole run otherwise, at the time of the release.
func TestAWorkflowThatIsCalledMayDoWhatItsJobsAskFor(t *testing.T) {
	t.Parallel()
	byPath := map[string]workflow{}
	for _, w := range workflows(t) {
		byPath["./"+w.name] = w
	}
	for _, w := range byPath {
		for _, name := range slices.Sorted(maps.Keys(w.Jobs)) {
			j := w.Jobs[name]
			if j.Uses == "" {
				continue
			}
			called, known := byPath[j.Uses]
			require.True(t, known, "%s %s calls %s", w.name, name, j.Uses)
			assert.Contains(t, called.On, "workflow_call", called.name)
			for inner, wanted := range called.Jobs {
				for scope, access := range wanted.Permissions {
					assert.True(t, j.Permissions[scope] == access || j.Permissions[scope] == "write",
						"%s %s gives %s: %s, and %s of %s wants %s", w.name, name, scope, fmt.Sprint(j.Permissions[scope]), inner, called.name, access)
				}
			}
		}
	}
}

// TestEveryFileThatIsNamedExists covers paths in commands and in the workflows' settings.
func TestEveryFileThatIsNamedExists(t *testing.T) {
	t.Parallel()
	path := regexp.MustCompile(`(?:\./)?((?:\.github|test|charts|docs|examples|cmd|pkg)/[\w./-]+\.\w+)`)
	named := 0
	for _, w := range everything(t) {
		for _, match := range path.FindAllStringSubmatch(w.text, -1) {
			named++
			assert.FileExists(t, root+"/"+match[1], w.name)
		}
	}
	assert.Positive(t, named)
	_, err := os.Stat(root + "/.github/actions/go/action.yaml")
	require.NoError(t, err)
}
