package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"unicode"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// link is [text](target), also of a picture.
var link = regexp.MustCompile(`\]\(([^()\s]+)\)`)

// Every link within the repository leads to a file that is there, and to a heading that is there.
func TestLinks(t *testing.T) {
	t.Parallel()
	checked := 0
	for _, p := range pages(t) {
		for i, line := range prose(p) {
			for _, found := range link.FindAllStringSubmatch(line, -1) {
				if !strings.Contains(found[1], "://") && !strings.HasPrefix(found[1], "mailto:") {
					if err := follow(p, found[1]); err != nil {
						assert.Fail(t, "a link that leads nowhere", "%s:%d: %v", p.path, i+1, err)
					}
					checked++
				}
			}
		}
	}
	assert.Greater(t, checked, 50)
}

// prose are a page's lines, those of its blocks empty.
func prose(p page) []string {
	lines := append([]string(nil), p.lines...)
	for _, b := range p.blocks {
		for i := range strings.Count(b.text, "\n") + 2 {
			lines[b.line-1+i] = ""
		}
	}
	return lines
}

// follow is an error if a link of a page leads nowhere.
func follow(p page, target string) error {
	path, anchor, _ := strings.Cut(target, "#")
	file := filepath.Join(root, filepath.FromSlash(p.path))
	if path != "" {
		file = filepath.Join(filepath.Dir(file), filepath.FromSlash(path))
	}
	info, err := os.Stat(file)
	if err != nil || anchor == "" || info.IsDir() {
		return err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	for line := range strings.Lines(string(text)) {
		if heading := strings.TrimLeft(line, "#"); heading != line && anchorOf(heading) == anchor {
			return nil
		}
	}
	return &os.PathError{Op: "find heading #" + anchor, Path: file, Err: os.ErrNotExist}
}

// anchorOf is what GitHub makes of a heading: lower case, without punctuation, hyphens for blanks.
func anchorOf(heading string) string {
	heading = link.ReplaceAllString(strings.TrimSpace(heading), "]")
	return strings.Map(func(r rune) rune {
		switch {
		case r == ' ':
			return '-'
		case unicode.IsLetter(r) || unicode.IsDigit(r) || r == '-' || r == '_':
			return unicode.ToLower(r)
		default:
			return -1
		}
	}, heading)
}

func TestAnchors(t *testing.T) {
	t.Parallel()
	for heading, anchor := range map[string]string{
		" Your alert rules":                        "your-alert-rules",
		" `kubectl sluice`: the plugin":            "kubectl-sluice-the-plugin",
		" What is [computed](analysis.md), and so": "what-is-computed-and-so",
	} {
		assert.Equal(t, anchor, anchorOf(heading))
	}
}

func TestPagesAreParsed(t *testing.T) {
	t.Parallel()
	p := parsePage(t, "x.md", "a\n\n<!-- stage: held -->\n\n- b\n\n  ```sh\n  one\n    two\n  ```\n\n```yaml\nc: d\n```\n")
	require.Len(t, p.blocks, 2)
	assert.Equal(t, block{language: "sh", line: 7, text: "one\n  two\n", stage: "held"}, p.blocks[0])
	assert.Equal(t, block{language: "yaml", line: 12, text: "c: d\n"}, p.blocks[1])
}
