package steps

import (
	"bytes"
	"fmt"
	"path/filepath"

	"github.com/moby/patternmatcher"
	"github.com/moby/patternmatcher/ignorefile"
)

// Context is what an engine would be sent of folder: everything but what ignore, the content of a .dockerignore, keeps out.
func Context(folder string, ignore []byte) (Tree, error) {
	patterns, err := ignorefile.ReadAll(bytes.NewReader(ignore))
	if err != nil {
		return nil, fmt.Errorf(".dockerignore: %w", err)
	}
	matcher, err := patternmatcher.New(patterns)
	if err != nil {
		return nil, fmt.Errorf(".dockerignore: %w", err)
	}
	return Scan(folder, func(name string) (bool, error) {
		out, err := matcher.MatchesOrParentMatches(filepath.FromSlash(name))
		return !out, err
	})
}
