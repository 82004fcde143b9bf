package main

import (
	"bufio"
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"
)

// tally counts the statements of a package.
type tally struct{ statements, covered int }

func (t tally) percent() float64 { return 100 * float64(t.covered) / float64(t.statements) }

// readProfile adds a coverage profile up by package. The format is that of golang.org/x/tools/cover: a line "mode: atomic", then
// one line per block,
//
//	github.com/sluice-dev/sluice/pkg/spec/parse.go:12.34,15.2 3 1
//
// with the file, where the block begins and ends, its number of statements and how often it ran. A block that several test
// binaries measured has several lines and counts once.
func readProfile(r io.Reader) (map[string]tally, error) {
	type block struct {
		statements int
		ran        bool
	}
	blocks := map[string]block{} // by file and place
	lines := bufio.NewScanner(r)
	for number := 1; lines.Scan(); number++ {
		line := lines.Text()
		if strings.HasPrefix(line, "mode: ") || line == "" {
			continue
		}
		fields := strings.Fields(line)
		if len(fields) != 3 || !strings.Contains(fields[0], ".go:") {
			return nil, fmt.Errorf("line %d is no block of a coverage profile: %q", number, line)
		}
		statements, err := strconv.Atoi(fields[1])
		if err != nil {
			return nil, fmt.Errorf("line %d: statements: %w", number, err)
		}
		count, err := strconv.ParseUint(fields[2], 10, 64)
		if err != nil {
			return nil, fmt.Errorf("line %d: count: %w", number, err)
		}
		blocks[fields[0]] = block{statements, count > 0 || blocks[fields[0]].ran}
	}
	if err := lines.Err(); err != nil {
		return nil, err
	}

	packages := map[string]tally{}
	for place, b := range blocks {
		file, _, _ := strings.Cut(place, ":")
		t := packages[path.Dir(file)]
		t.statements += b.statements
		if b.ran {
			t.covered += b.statements
		}
		packages[path.Dir(file)] = t
	}
	return packages, nil
}
