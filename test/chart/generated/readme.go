package generated

import (
	"errors"
	"fmt"
	"strings"

	"github.com/sluice-dev/sluice/test/chart/values"
)

// README is the chart's, by its path in the repository.
const README = "charts/sluice/README.md"

// Between these lines of the README stands what is generated.
const (
	begin = "<!-- values: written by go run ./test/chart/generate -->\n"
	end   = "<!-- end of values -->\n"
)

var errMarks = errors.New("the marks of the table of values are missing")

// Table puts the values, with their meaning and default, into the README's text.
func Table(readme string, entries []values.Entry) (string, error) {
	before, rest, found := strings.Cut(readme, begin)
	_, after, also := strings.Cut(rest, end)
	if !found || !also {
		return "", fmt.Errorf("%s: %w", README, errMarks)
	}
	var table strings.Builder
	table.WriteString("\n| value | meaning | default |\n|---|---|---|\n")
	for _, e := range entries {
		if e.Comment == "" {
			continue
		}
		set := ""
		if !e.Section {
			set = code(e.Default)
		}
		fmt.Fprintf(&table, "| `%s` | %s | %s |\n", e.Path, cell(e.Comment), set)
	}
	return before + begin + table.String() + "\n" + end + after, nil
}

// cell keeps a bar from ending a cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", `\|`) }

func code(text string) string {
	if text == `""` {
		return ""
	}
	return "`" + cell(text) + "`"
}
