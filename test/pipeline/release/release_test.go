package main

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"compress/gzip"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

const repository = "../../.."

const changes = `# Changelog

Words.

## [Unreleased]

## [0.2.0-rc.1] - 2026-12-01

### Fixed

- Two.

## [0.1.0] - 2026-11-23

The first.

### Added

- One.

[0.1.0]: https://example.com
`

func TestASectionIsWhatIsBetweenTwoHeadings(t *testing.T) {
	t.Parallel()
	c, err := parseChangelog(changes)
	require.NoError(t, err)
	section, err := c.of("0.1.0")
	require.NoError(t, err)
	assert.Equal(t, "The first.\n\n### Added\n\n- One.", section.body)
	section, err = c.of("0.2.0-rc.1")
	require.NoError(t, err)
	assert.Equal(t, "### Fixed\n\n- Two.", section.body)
}

func TestAChangelogThatIsWrongIsRefused(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ old, new, want string }{
		"a date of another form":      {"2026-11-23", "23.11.2026", "line 13"},
		"a date that does not exist":  {"2026-11-23", "2026-11-31", "line 13"},
		"no brackets":                 {"## [0.1.0] -", "## 0.1.0 -", "line 13"},
		"an unknown kind":             {"### Added", "### New", "line 17"},
		"an older one above":          {"0.2.0-rc.1", "0.0.9", "0.1.0 is below 0.0.9"},
		"the same twice":              {"0.2.0-rc.1", "0.1.0", "0.1.0 is below 0.1.0"},
		"a version that is none":      {"[0.1.0] -", "[first] -", "first"},
		"unreleased below a release":  {"[0.1.0] - 2026-11-23", "[Unreleased]", "not the first"},
		"a release candidate's order": {"[0.1.0] - ", "[0.2.0] - ", "0.2.0 is below 0.2.0-rc.1"},
	} {
		require.Equal(t, 1, strings.Count(changes, c.old), name)
		_, err := parseChangelog(strings.Replace(changes, c.old, c.new, 1))
		require.ErrorContains(t, err, c.want, name)
	}
}

func TestAVersionWithoutWordsIsNotReleased(t *testing.T) {
	t.Parallel()
	c, err := parseChangelog(strings.Replace(changes, "### Fixed\n\n- Two.\n", "", 1))
	require.NoError(t, err)
	_, err = c.of("0.2.0-rc.1")
	require.ErrorContains(t, err, "empty")
	_, err = c.of("0.3.0")
	require.ErrorContains(t, err, "no section")
}

func TestTags(t *testing.T) {
	t.Parallel()
	for _, tag := range []string{"v0.1.0", "v10.20.30", "v1.0.0-rc.1"} {
		_, err := parseTag(tag)
		require.NoError(t, err)
	}
	for _, tag := range []string{"0.1.0", "v1.0", "v01.0.0", "v1.0.0 ", "v1.0.0;id", "latest", ""} {
		_, err := parseTag(tag)
		require.Error(t, err, tag)
	}
}

// at is a repository of a chart and a changelog.
func at(t *testing.T, chart, changelog string) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.MkdirAll(filepath.Join(root, "charts", "sluice"), 0o750))
	require.NoError(t, os.WriteFile(filepath.Join(root, "charts", "sluice", "Chart.yaml"), []byte(chart), 0o600))
	require.NoError(t, os.WriteFile(filepath.Join(root, "CHANGELOG.md"), []byte(changelog), 0o600))
	return root
}

func TestTagChartAndChangelogMustAgree(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct{ tag, chart, want string }{
		"all the same":               {"v0.1.0", "version: 0.1.0\nappVersion: v0.1.0", ""},
		"the chart is another":       {"v0.1.0", "version: 0.2.0\nappVersion: v0.1.0", `version is "0.2.0"`},
		"its image is another":       {"v0.1.0", "version: 0.1.0\nappVersion: 0.1.0", `appVersion is "0.1.0"`},
		"the changelog knows it not": {"v0.3.0", "version: 0.3.0\nappVersion: v0.3.0", "no section"},
		"the tag is none":            {"0.1.0", "version: 0.1.0\nappVersion: v0.1.0", "no tag"},
	} {
		err := run(io.Discard, at(t, c.chart, changes), []string{"check", c.tag})
		if c.want == "" {
			require.NoError(t, err, name)
		} else {
			require.ErrorContains(t, err, c.want, name)
		}
	}
}

// TestThisRepositoryCanBeReleased: the chart's version has its section, in a changelog that is in order.
func TestThisRepositoryCanBeReleased(t *testing.T) {
	t.Parallel()
	content, err := os.ReadFile(repository + "/charts/sluice/Chart.yaml")
	require.NoError(t, err)
	var chart struct {
		AppVersion string `json:"appVersion"`
	}
	require.NoError(t, yaml.Unmarshal(content, &chart))
	require.NoError(t, run(io.Discard, repository, []string{"check", chart.AppVersion}))
	var notes bytes.Buffer
	require.NoError(t, run(&notes, repository, []string{"notes", chart.AppVersion}))
	assert.Contains(t, notes.String(), "### Added")
	assert.Contains(t, notes.String(), "--version "+strings.TrimPrefix(chart.AppVersion, "v")+" ")
}

// built lays out a program for every platform, whose content is the platform's name.
func built(t *testing.T) string {
	t.Helper()
	from := t.TempDir()
	for _, platform := range platforms {
		name := "kubectl-sluice"
		if strings.HasPrefix(platform, "windows") {
			name += ".exe"
		}
		require.NoError(t, os.MkdirAll(filepath.Join(from, platform), 0o750))
		require.NoError(t, os.WriteFile(filepath.Join(from, platform, name), []byte(platform), 0o600))
	}
	return from
}

func TestArchivesHoldTheProgramOfTheirPlatform(t *testing.T) {
	t.Parallel()
	from, to := built(t), t.TempDir()
	require.NoError(t, run(io.Discard, repository, []string{"pack", "v0.1.0", from, to}))
	sums, err := os.ReadFile(filepath.Join(to, "SHA256SUMS"))
	require.NoError(t, err)

	var manifest plugin
	krew, err := os.ReadFile(filepath.Join(to, "sluice.yaml"))
	require.NoError(t, err)
	require.NoError(t, yaml.UnmarshalStrict(krew, &manifest))
	assert.Equal(t, "v0.1.0", manifest.Spec.Version)
	require.Len(t, manifest.Spec.Platforms, len(platforms))

	for i, platform := range platforms {
		p := manifest.Spec.Platforms[i]
		assert.Equal(t, platform, p.Selector.MatchLabels["os"]+"_"+p.Selector.MatchLabels["arch"])
		name := p.URI[strings.LastIndex(p.URI, "/")+1:]
		content, err := os.ReadFile(filepath.Join(to, name))
		require.NoError(t, err)
		assert.Equal(t, sum(content), p.SHA256, platform)
		assert.Contains(t, string(sums), sum(content)+"  "+name+"\n")
		assert.Equal(t, platform, program(t, name, content, p.Bin))
	}
}

// program is the content of a file in an archive, which must be executable.
func program(t *testing.T, archive string, content []byte, name string) string {
	t.Helper()
	if strings.HasSuffix(archive, ".zip") {
		r, err := zip.NewReader(bytes.NewReader(content), int64(len(content)))
		require.NoError(t, err)
		f, err := r.Open(name)
		require.NoError(t, err)
		defer f.Close() //nolint:errcheck // it was only read
		text, err := io.ReadAll(f)
		require.NoError(t, err)
		return string(text)
	}
	compressed, err := gzip.NewReader(bytes.NewReader(content))
	require.NoError(t, err)
	r := tar.NewReader(compressed)
	for {
		header, err := r.Next()
		require.NoError(t, err, "%s is not in %s", name, archive)
		if header.Name == name {
			assert.Equal(t, int64(0o755), header.Mode)
			assert.True(t, header.ModTime.Equal(then), "the date of a file is when it was packed")
			text, err := io.ReadAll(r)
			require.NoError(t, err)
			return string(text)
		}
	}
}

func TestTheSameProgramsMakeTheSameArchives(t *testing.T) {
	t.Parallel()
	from := built(t)
	var sums [2]string
	for i := range sums {
		to := t.TempDir()
		require.NoError(t, run(io.Discard, repository, []string{"pack", "v0.1.0", from, to}))
		content, err := os.ReadFile(filepath.Join(to, "SHA256SUMS"))
		require.NoError(t, err)
		sums[i] = string(content)
	}
	assert.Equal(t, sums[0], sums[1])
}

func TestAPlatformThatWasNotBuiltIsAnError(t *testing.T) {
	t.Parallel()
	from := built(t)
	require.NoError(t, os.RemoveAll(filepath.Join(from, "linux_arm64")))
	require.ErrorContains(t, run(io.Discard, repository, []string{"pack", "v0.1.0", from, t.TempDir()}), "linux_arm64")
}
