// Package lint holds the linter's configuration to its word: every rule of .golangci.yml has a seeded fault in
// testdata/seeds, and the linter must report each of them, on its line, and nothing else.
//
// The seeds are laid out as Sluice is, since many rules go by the path. A seed says itself what is to be found:
//
//	time.Sleep(d) // want forbidigo "no sleep", durationcheck "other words"
//	// want+1 nolintlint "for what is found one line further down"
package lint

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const root = "../.."

// finding is one thing that the linter said, or that a seed wants it to say.
type finding struct {
	place  string // file:line
	linter string
	text   string // what it says; of a wanted one, a part of it
}

func TestEveryRuleCatchesItsSeed(t *testing.T) {
	module := t.TempDir()
	wanted := plant(t, module)
	wanted = append(wanted, plantLong(t, module))
	found := run(t, module)

	for _, want := range wanted {
		i := slices.IndexFunc(found, want.isMetBy)
		if assert.GreaterOrEqual(t, i, 0, "%s: %s did not say %q", want.place, want.linter, want.text) {
			found = slices.Delete(found, i, i+1)
		}
	}
	for _, surplus := range found {
		assert.Fail(t, "found where no seed is", "%s: %s: %s", surplus.place, surplus.linter, surplus.text)
	}

	for _, rule := range rules(t) {
		seeded := slices.ContainsFunc(wanted, func(f finding) bool {
			return f.linter == rule.linter && strings.HasPrefix(f.text, rule.text)
		})
		assert.True(t, seeded, "no seed wants %s %q: a rule nobody has seen catch anything", rule.linter, rule.text)
	}
}

func (f finding) isMetBy(other finding) bool {
	return f.place == other.place && f.linter == other.linter && strings.Contains(other.text, f.text)
}

// plant copies the seeds into the module and returns what they want found.
func plant(t *testing.T, module string) []finding {
	t.Helper()
	for _, name := range []string{"go.mod", "go.sum"} {
		content, err := os.ReadFile(filepath.Join(root, name))
		require.NoError(t, err)
		write(t, filepath.Join(module, name), content)
	}

	var wanted []finding
	seeds := os.DirFS("testdata/seeds")
	require.NoError(t, fs.WalkDir(seeds, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(seeds, path)
		if err != nil {
			return err
		}
		file := strings.TrimSuffix(path, ".txt")
		write(t, filepath.Join(module, file), content)
		for number, line := range strings.Split(string(content), "\n") {
			wanted = append(wanted, wants(t, file, number+1, line)...)
		}
		return nil
	}))
	require.NotEmpty(t, wanted)
	return wanted
}

// plantLong plants the one seed that nobody would want to read: a file of too many lines.
func plantLong(t *testing.T, module string) finding {
	t.Helper()
	const file = "pkg/controller/long.go"
	content := "package controller\n\n// Long is long.\nconst Long = 0" + strings.Repeat(" +\n\t0", 400) + "\n"
	write(t, filepath.Join(module, file), []byte(content))
	return finding{place: file + ":404", linter: "revive", text: "file-length-limit"}
}

// wants reads the comment of one line.
func wants(t *testing.T, file string, number int, line string) []finding {
	t.Helper()
	comment := regexp.MustCompile(`// want([+-]\d+)? (.*)$`).FindStringSubmatch(line)
	if comment == nil {
		return nil
	}
	if comment[1] != "" {
		offset, err := strconv.Atoi(comment[1])
		require.NoError(t, err)
		number += offset
	}
	var wanted []finding
	for _, one := range regexp.MustCompile(`(\w+) "([^"]+)"`).FindAllStringSubmatch(comment[2], -1) {
		wanted = append(wanted, finding{place: fmt.Sprintf("%s:%d", file, number), linter: one[1], text: one[2]})
	}
	require.NotEmpty(t, wanted, "%s:%d: a want without a linter and its words", file, number)
	return wanted
}

func write(t *testing.T, path string, content []byte) {
	t.Helper()
	require.NoError(t, os.MkdirAll(filepath.Dir(path), 0o755))
	require.NoError(t, os.WriteFile(path, content, 0o644))
}

// run lints the module with the repository's own configuration.
func run(t *testing.T, module string) []finding {
	t.Helper()
	linter, err := filepath.Abs(filepath.Join(root, ".bin/golangci-lint"))
	require.NoError(t, err)
	require.FileExists(t, linter, "make tools builds it")
	config, err := filepath.Abs(filepath.Join(root, ".golangci.yml"))
	require.NoError(t, err)

	report := filepath.Join(t.TempDir(), "report.json")
	command := exec.CommandContext(t.Context(), linter, "run", "--config", config, "--output.json.path", report,
		"--output.text.path", os.DevNull, "--show-stats=false", "--issues-exit-code=0", "./...")
	command.Dir = module
	// As make lint does it, so that what was analysed there is not analysed again.
	command.Env = append(os.Environ(), "CGO_ENABLED=0", "GOFLAGS="+os.Getenv("GOFLAGS")+" -trimpath", "GOPROXY=off")
	output, err := command.CombinedOutput()
	require.NoError(t, err, "%s", output)

	content, err := os.ReadFile(report)
	require.NoError(t, err)
	var said struct {
		Issues []struct {
			FromLinter string
			Text       string
			Pos        struct {
				Filename string
				Line     int
			}
		}
	}
	require.NoError(t, json.Unmarshal(content, &said))
	found := make([]finding, 0, len(said.Issues))
	for _, issue := range said.Issues {
		found = append(found, finding{
			place:  fmt.Sprintf("%s:%d", issue.Pos.Filename, issue.Pos.Line),
			linter: issue.FromLinter,
			text:   issue.Text,
		})
	}
	return found
}

// rules lists what the configuration turns on: every linter and formatter, and of those that have rules of their own, every
// rule.
func rules(t *testing.T) []finding {
	t.Helper()
	content, err := os.ReadFile(filepath.Join(root, ".golangci.yml"))
	require.NoError(t, err)
	var config struct {
		Formatters struct{ Enable []string }
		Linters    struct {
			Enable   []string
			Settings struct {
				Depguard  struct{ Rules map[string]any }
				Forbidigo struct{ Forbid []struct{ Msg string } }
				Revive    struct{ Rules []struct{ Name string } }
			}
		}
	}
	require.NoError(t, yaml.Unmarshal(content, &config))

	var all []finding
	for _, linter := range slices.Concat(config.Formatters.Enable, config.Linters.Enable) {
		all = append(all, finding{linter: linter})
	}
	for _, name := range slices.Sorted(maps.Keys(config.Linters.Settings.Depguard.Rules)) {
		all = append(all, finding{linter: "depguard", text: "list '" + name + "'"})
	}
	for _, forbidden := range config.Linters.Settings.Forbidigo.Forbid {
		words, _, _ := strings.Cut(forbidden.Msg, ":")
		all = append(all, finding{linter: "forbidigo", text: words})
	}
	for _, rule := range config.Linters.Settings.Revive.Rules {
		all = append(all, finding{linter: "revive", text: rule.Name})
	}
	require.NotEmpty(t, all)
	return all
}
