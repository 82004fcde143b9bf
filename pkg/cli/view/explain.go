package view

import (
	"strings"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
)

// Explanation renders sections of prose. A command, with what it does behind "  # ", stands on lines of its own so that it can be
// copied.
func Explanation(sections []explain.Section, width int) []Line {
	var lines []Line
	for i, s := range sections {
		if i > 0 {
			lines = append(lines, nil)
		}
		lines = append(lines, Line{toned(Strong, s.Title)})
		for _, t := range s.Texts {
			command, does, ok := strings.Cut(t, "  # ")
			if !ok {
				lines = append(lines, indent(t, 2, width, Normal)...)
				continue
			}
			lines = append(lines, Line{toned(Busy, "  "+command)})
			lines = append(lines, indent(does, 6, width, Faint)...)
		}
	}
	return lines
}
