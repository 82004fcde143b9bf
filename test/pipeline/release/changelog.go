package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/version"
)

// section is what the changelog says of one version.
type section struct {
	version string // "Unreleased", or as 0.1.0
	body    string // without its heading
}

// changelog is CHANGELOG.md, the newest section first.
type changelog []section

// kinds are the headings within a section, as https://keepachangelog.com/en/1.1.0/ names them.
var kinds = []string{"### Added", "### Changed", "### Deprecated", "### Removed", "### Fixed", "### Security"}

var (
	heading = regexp.MustCompile(`^## \[([^\]]+)\](?: - (\S+))?$`)
	link    = regexp.MustCompile(`^\[[^\]]+\]: \S+$`)
)

const unreleased = "Unreleased"

func readChangelog(root string) (changelog, error) {
	content, err := os.ReadFile(filepath.Join(root, "CHANGELOG.md"))
	if err != nil {
		return nil, fmt.Errorf("read the changelog: %w", err)
	}
	c, err := parseChangelog(string(content))
	if err != nil {
		return nil, fmt.Errorf("CHANGELOG.md: %w", err)
	}
	return c, nil
}

// parseChangelog refuses what a reader, or the next release, would stumble over.
func parseChangelog(text string) (changelog, error) {
	var c changelog
	var problems []error
	for i, line := range strings.Split(text, "\n") {
		problem := func(format string, args ...any) {
			problems = append(problems, fmt.Errorf("line %d: "+format, append([]any{i + 1}, args...)...))
		}
		switch {
		case strings.HasPrefix(line, "## "):
			s, err := parseHeading(line)
			if err != nil {
				problem("%w", err)
			}
			c = append(c, s)
		case len(c) == 0, link.MatchString(line): // the introduction; the links at the end
		case strings.HasPrefix(line, "#") && !slices.Contains(kinds, line):
			problem("%q is none of %s", line, strings.Join(kinds, ", "))
		default:
			c[len(c)-1].body += line + "\n"
		}
	}
	for i := range c {
		c[i].body = strings.TrimSpace(c[i].body)
	}
	return c, errors.Join(append(problems, c.order())...)
}

func parseHeading(line string) (section, error) {
	parts := heading.FindStringSubmatch(line)
	if parts == nil {
		return section{}, fmt.Errorf("%q: want ## [0.1.0] - 2026-11-23, or ## [%s]", line, unreleased)
	}
	s := section{version: parts[1]}
	if s.version == unreleased {
		return s, nil
	}
	if _, err := time.Parse(time.DateOnly, parts[2]); err != nil {
		return s, fmt.Errorf("%q: the date: %w", line, err)
	}
	return s, nil
}

// order tells what is not older than the section above it; what isn't released yet comes first.
func (c changelog) order() error {
	var problems []error
	var above *version.Version
	for i, s := range c {
		if s.version == unreleased {
			if i > 0 {
				problems = append(problems, fmt.Errorf("%s is not the first section", unreleased))
			}
			continue
		}
		v, err := version.ParseSemantic(s.version)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		if above != nil && !v.LessThan(above) {
			problems = append(problems, fmt.Errorf("%s is below %s", v, above))
		}
		above = v
	}
	return errors.Join(problems...)
}

// of is the section of a version; one that says nothing is as bad as none.
func (c changelog) of(version string) (section, error) {
	i := slices.IndexFunc(c, func(s section) bool { return s.version == version })
	if i < 0 {
		return section{}, fmt.Errorf("CHANGELOG.md has no section of %s", version)
	}
	if c[i].body == "" {
		return section{}, fmt.Errorf("CHANGELOG.md: the section of %s is empty", version)
	}
	return c[i], nil
}
