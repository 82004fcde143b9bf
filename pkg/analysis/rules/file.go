package rules

import (
	"bytes"
	"errors"
	"fmt"

	"sigs.k8s.io/yaml"
)

// ParseFile reads a rule file of Prometheus, or several in one as YAML documents; a document may also be a PrometheusRule. It returns
// all that could be read beside the error that says what could not. source is what Rule.Source becomes.
func ParseFile(data []byte, source string) (Set, error) {
	var all Set
	var problems []error
	for i, document := range Documents(data) {
		var content map[string]any
		if err := yaml.Unmarshal(document, &content); err != nil {
			problems = append(problems, fmt.Errorf("%s: document %d: %w", source, i+1, err))
			continue
		}
		if len(content) == 0 {
			continue
		}
		if spec, ok := content["spec"].(map[string]any); ok && content["groups"] == nil {
			content = spec
		}
		set, err := fromGroups(content, source)
		all.add(set)
		if err != nil {
			problems = append(problems, err)
		}
	}
	return all, errors.Join(problems...)
}

// Documents cuts a YAML stream at its document marks.
func Documents(data []byte) [][]byte {
	var all [][]byte
	var current []byte
	for line := range bytes.Lines(data) {
		rest, marked := bytes.CutPrefix(line, []byte("---"))
		if !marked || (len(bytes.TrimRight(rest, "\r\n")) > 0 && rest[0] != ' ' && rest[0] != '\t') {
			current = append(current, line...)
			continue
		}
		all = append(all, current)
		current = append([]byte(nil), rest...) // a document may begin behind its mark
	}
	return append(all, current)
}
