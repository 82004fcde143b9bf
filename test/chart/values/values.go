// Package values reads the chart's values.yaml as people do: every value with the comment above it and its default. A comment that
// explains a value begins with "# -- "; lines that follow belong to it. It owns that form, and knows no value.
package values

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"

	"sigs.k8s.io/yaml"
)

// Entry is one key of values.yaml.
type Entry struct {
	// Path is its keys, joined by dots.
	Path string
	// Comment is the text above it, in one line; empty: there is none.
	Comment string
	// Default is its value as JSON, a text as it stands.
	Default string
	// Value is its value.
	Value any
	// Section is true for one that only has others, with comments of their own, in it.
	Section bool
}

// Parts of a line.
var (
	explains = regexp.MustCompile(`^ *# -- (.*)$`)
	goesOn   = regexp.MustCompile(`^ *# (.*)$`)
	key      = regexp.MustCompile(`^( *)([A-Za-z][A-Za-z0-9._/-]*):( |$)`)
)

// Read reads the chart's values.yaml, in its order; root is the repository's.
func Read(root string) ([]Entry, error) {
	content, err := os.ReadFile(filepath.Join(root, "charts", "sluice", "values.yaml"))
	if err != nil {
		return nil, fmt.Errorf("values of the chart: %w", err)
	}
	return parse(string(content))
}

func parse(text string) ([]Entry, error) {
	var all map[string]any
	if err := yaml.UnmarshalStrict([]byte(text), &all); err != nil {
		return nil, fmt.Errorf("values of the chart: %w", err)
	}
	var entries []Entry
	var at, comment []string
	for line := range strings.Lines(text) {
		line = strings.TrimSuffix(line, "\n")
		if m := explains.FindStringSubmatch(line); m != nil {
			comment = []string{m[1]}
			continue
		}
		if m := goesOn.FindStringSubmatch(line); m != nil && comment != nil {
			comment = append(comment, m[1])
			continue
		}
		if m := key.FindStringSubmatch(line); m != nil {
			if depth := len(m[1]) / 2; depth <= len(at) {
				at = append(at[:depth:depth], m[2])
				if value, is := find(all, at); is {
					entries = append(entries, entry(at, comment, value))
				}
			}
		}
		comment = nil
	}
	return sections(entries), nil
}

// find is the value at a path of keys; a list has none.
func find(from any, path []string) (any, bool) {
	for _, name := range path {
		fields, is := from.(map[string]any)
		if !is {
			return nil, false
		}
		if from, is = fields[name]; !is {
			return nil, false
		}
	}
	return from, true
}

func entry(path, comment []string, value any) Entry {
	text := fmt.Sprint(value)
	if word, is := value.(string); !is || word == "" {
		// What came from YAML can be written as JSON.
		content, _ := json.Marshal(value)
		text = string(content)
	}
	return Entry{Path: strings.Join(path, "."), Comment: strings.Join(comment, " "), Default: text, Value: value}
}

// sections marks those whose children explain themselves.
func sections(entries []Entry) []Entry {
	for i := range entries {
		for _, other := range entries {
			if other.Comment != "" && strings.HasPrefix(other.Path, entries[i].Path+".") {
				entries[i].Section = true
			}
		}
	}
	return entries
}

// Leaf says whether nothing is below an entry that is an entry too.
func Leaf(e Entry) bool {
	fields, is := e.Value.(map[string]any)
	return !is || len(fields) == 0
}
