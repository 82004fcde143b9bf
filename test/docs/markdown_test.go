package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// root is the repository.
var root = filepath.Join("..", "..")

// block is a fenced block of a page, without its indentation.
type block struct {
	language string
	line     int // of the fence, from 1
	text     string
	// What comments before it say: the world that it is told in, the file that it is taken from, and what must hold after it; empty: nothing.
	stage, from, then string
}

// page is a Markdown file.
type page struct {
	path   string // from the root, with slashes
	lines  []string
	blocks []block
}

// fence begins and ends a block; comment is about the block that follows.
var (
	fence   = regexp.MustCompile("^( *)```([A-Za-z]*)$")
	comment = regexp.MustCompile(`^ *<!-- (stage:|from|then:) (.+) -->$`)
)

// parsePage finds the fenced blocks. A fence that isn't closed, or one of a form that isn't known, is an error of the page.
func parsePage(t require.TestingT, path, text string) page {
	p := page{path: path, lines: strings.Split(text, "\n")}
	var open *block
	indent, said := "", block{}
	for i, line := range p.lines {
		found := fence.FindStringSubmatch(line)
		switch {
		case open != nil && found != nil:
			require.Empty(t, found[2], "%s:%d: a fence in a block", path, i+1)
			p.blocks, open = append(p.blocks, *open), nil
		case open != nil:
			open.text += strings.TrimPrefix(line, indent) + "\n"
		case found != nil:
			open, indent = &block{language: found[2], line: i + 1, stage: said.stage, from: said.from, then: said.then}, found[1]
			said = block{}
		case comment.MatchString(line):
			said = told(said, comment.FindStringSubmatch(line))
		default:
			require.NotContains(t, line, "```", "%s:%d: a fence of another form", path, i+1)
		}
	}
	require.Nil(t, open, "%s: a block that doesn't end", path)
	require.Zero(t, said, "%s: a comment without its block", path)
	return p
}

// told adds what a comment says.
func told(said block, found []string) block {
	switch found[1] {
	case "from":
		said.from = found[2]
	case "then:":
		said.then = found[2]
	default:
		said.stage = found[2]
	}
	return said
}

// pages are all Markdown files that are written for people. Those under testdata are data.
func pages(t *testing.T) []page {
	t.Helper()
	var all []page
	for _, path := range files(t, ".", func(path string) bool { return strings.HasSuffix(path, ".md") }) {
		text, err := os.ReadFile(filepath.Join(root, path))
		require.NoError(t, err)
		all = append(all, parsePage(t, path, string(text)))
	}
	require.NotEmpty(t, all)
	return all
}

// files are those under a folder of the repository that are wanted, sorted, without what Git, builds and test data bring.
func files(t *testing.T, folder string, wanted func(path string) bool) []string {
	t.Helper()
	var found []string
	err := filepath.WalkDir(filepath.Join(root, folder), func(path string, entry os.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if entry.IsDir() && slices.Contains([]string{".git", ".bin", "testdata", "node_modules"}, entry.Name()) {
			return filepath.SkipDir
		}
		path, err = filepath.Rel(root, path)
		if err == nil && !entry.IsDir() && wanted(filepath.ToSlash(path)) {
			found = append(found, filepath.ToSlash(path))
		}
		return err
	})
	require.NoError(t, err)
	slices.Sort(found)
	return found
}
