package explain

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Annotations is the catalogue in short: a section for each annotation.
func Annotations() []Section {
	var sections []Section
	for _, e := range spec.Catalogue() {
		sections = append(sections, Section{Title: title(e), Texts: []string{plain(sentence(e.Meaning)), plain(otherwise(e))}})
	}
	return sections
}

// Annotation is all that there is to say of one, by its name with or without the prefix; false if there is none of that name.
func Annotation(name string) ([]Section, bool) {
	all := spec.Catalogue()
	name = spec.Prefix + strings.TrimPrefix(name, spec.Prefix)
	i := slices.IndexFunc(all, func(e spec.Entry) bool { return e.Name == name })
	if i < 0 {
		return nil, false
	}
	e := all[i]
	about := []string{plain(sentence(e.Meaning)), plain(otherwise(e))}
	for _, note := range e.Notes {
		about = append(about, plain(note))
	}
	var right, wrong []string
	for _, example := range e.Examples {
		right = append(right, example.Value+"  # "+plain(example.Means))
	}
	for _, value := range e.Wrong {
		wrong = append(wrong, e.Refusal(value))
	}
	return []Section{{title(e), about}, {"Value", []string{e.Grammar}}, {"Right", right}, {"Wrong, and what is said", wrong}}, true
}

func title(e spec.Entry) string {
	if e.Strategy != "" {
		return fmt.Sprintf("%s (%s)", e.Name, e.Strategy)
	}
	return e.Name
}

func otherwise(e spec.Entry) string {
	if e.Default != "" {
		return "Default: " + e.Default
	}
	return "Without it: " + e.Without + "."
}

func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] + "." }

// plain takes away the signs that mark words in documents.
func plain(text string) string { return strings.ReplaceAll(text, "`", "") }
