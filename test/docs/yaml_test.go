package docs

import (
	"errors"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// source is YAML from a block of a page or from a file.
type source struct {
	name string // path:line of a block, path of a file
	path string
	text string
}

// Every block is of a language that something is done with.
func TestBlocksOfPages(t *testing.T) {
	t.Parallel()
	for _, p := range pages(t) {
		for _, b := range p.blocks {
			s := source{name: fmt.Sprintf("%s:%d", p.path, b.line), path: p.path, text: b.text}
			t.Run(s.name, func(t *testing.T) {
				t.Parallel()
				check(t, s, b)
			})
		}
	}
}

// check does what is to be done with a block.
func check(t *testing.T, s source, b block) {
	t.Helper()
	switch {
	case b.from != "":
		isPartOf(t, s, b.from)
	case b.language == "yaml":
		recognise(t, s)
	case b.language == "json":
		var value any
		require.NoError(t, yaml.UnmarshalStrict([]byte(b.text), &value))
	case b.language == "hcl":
		areVariables(t, b.text)
	case b.language == "sh":
		// TestCommandsOfPages runs it.
	case b.language == "" || b.language == "text":
		// A drawing, or what a program says. Commands belong into sh.
		for line := range strings.Lines(b.text) {
			assert.False(t, isCommand(line), "a command in a block that isn't sh: %s", line)
		}
	default:
		require.Fail(t, "a block of a language that no rule knows", b.language)
	}
}

// areVariables asserts that examples/terraform has the variables that are set.
func areVariables(t *testing.T, text string) {
	t.Helper()
	declared, err := os.ReadFile(filepath.Join(root, "examples", "terraform", "variables.tf"))
	require.NoError(t, err)
	for line := range strings.Lines(text) {
		if name, _, set := strings.Cut(line, "="); set {
			assert.Contains(t, string(declared), `variable "`+strings.TrimSpace(name)+`"`)
		}
	}
}

// isPartOf asserts that a block is what a file says, which is tested itself.
func isPartOf(t *testing.T, s source, file string) {
	t.Helper()
	whole, err := os.ReadFile(filepath.Join(root, filepath.FromSlash(file)))
	require.NoError(t, err)
	assert.Contains(t, unindented(string(whole)), strings.TrimSpace(unindented(s.text)))
}

// unindented has every line without the blanks before it: an excerpt may stand further to the left than the whole.
func unindented(text string) string {
	lines := strings.Split(text, "\n")
	for i := range lines {
		lines[i] = strings.TrimSpace(lines[i])
	}
	return strings.Join(lines, "\n")
}

// Every YAML file of examples and manifests.
func TestFilesOfExamples(t *testing.T) {
	t.Parallel()
	var all []string
	for _, folder := range []string{"examples", "manifests"} {
		all = append(all, files(t, folder, func(path string) bool {
			return strings.HasSuffix(path, ".yaml") || strings.HasSuffix(path, ".yml")
		})...)
	}
	require.NotEmpty(t, all)
	for _, file := range all {
		t.Run(file, func(t *testing.T) {
			t.Parallel()
			if folder := chartOf(file); folder != "" {
				if path.Base(file) == "Chart.yaml" {
					rendersAsChart(t, folder)
				}
				return // a template, or values: rendered with the chart that they belong to
			}
			text, err := os.ReadFile(filepath.Join(root, file))
			require.NoError(t, err)
			recognise(t, source{name: file, path: file, text: string(text)})
		})
	}
}

// chartOf is the folder of the chart that a file belongs to, empty if to none.
func chartOf(file string) string {
	for folder := path.Dir(file); folder != "."; folder = path.Dir(folder) {
		if _, err := os.Stat(filepath.Join(root, folder, "Chart.yaml")); !errors.Is(err, os.ErrNotExist) {
			return folder
		}
	}
	return ""
}

// recognise finds out what YAML is, and checks it as such.
func recognise(t *testing.T, s source) {
	t.Helper()
	documents, err := documentsOf(s.text)
	require.NoError(t, err)
	require.NotEmpty(t, documents)
	for _, f := range forms() {
		if f.is(s, documents) {
			t.Log(f.name)
			f.check(t, s, documents)
			return
		}
	}
	require.Fail(t, "YAML of a form that no rule knows: add one to forms", s.text)
}

// documentsOf are the documents of a text, each a mapping, or the mappings of a list.
func documentsOf(text string) ([]map[string]any, error) {
	var documents []map[string]any
	for part := range strings.SplitSeq("\n"+text, "\n---") {
		document := map[string]any{}
		var list []map[string]any
		if yaml.UnmarshalStrict([]byte(part), &list) == nil {
			documents = append(documents, list...)
			continue
		}
		err := yaml.UnmarshalStrict([]byte(part), &document)
		if err != nil {
			// The same annotation several times over, one a line: examples of it.
			alternatives, ok := alternatives(part)
			if !ok {
				return nil, err
			}
			documents = append(documents, alternatives...)
			continue
		}
		if len(document) > 0 {
			documents = append(documents, document)
		}
	}
	return documents, nil
}

// alternatives takes each line for a document of its own, if all are annotations of Sluice's.
func alternatives(text string) ([]map[string]any, bool) {
	var documents []map[string]any
	for line := range strings.Lines(strings.TrimSpace(text)) {
		document := map[string]any{}
		if err := yaml.Unmarshal([]byte(line), &document); err != nil || !areAnnotations(document) {
			return nil, false
		}
		documents = append(documents, document)
	}
	return documents, true
}
