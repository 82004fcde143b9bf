package steps

import (
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// laid is a folder with files of these contents, as a Tree.
func laid(t *testing.T, contents map[string]string) Tree {
	t.Helper()
	folder := t.TempDir()
	for name, content := range contents {
		full := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, []byte(content), 0o644))
	}
	tree, err := Scan(folder, nil)
	require.NoError(t, err)
	return tree
}

func building(t *testing.T, dockerfile string) *Build {
	t.Helper()
	return &Build{
		Dockerfile: []byte(dockerfile), Context: laid(t, map[string]string{"a": "A", "b/c": "C", "b/d/e": "E"}),
		Bases:   map[string]Tree{"golang:1": laid(t, map[string]string{"etc/f": "F"})},
		Machine: "amd64", Platform: "arm64", Folder: t.TempDir(),
	}
}

const mounts = "RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build "

func TestRun(t *testing.T) {
	for sentence, c := range map[string]struct {
		dockerfile string
		want       map[string]string // names, and contents of files
	}{
		"a folder's content is copied": {
			"FROM scratch\nCOPY b /x", map[string]string{"x": "", "x/c": "C", "x/d": "", "x/d/e": "E"},
		},
		"a file is copied under another name": {"FROM scratch\nCOPY a /x/y", map[string]string{"x": "", "x/y": "A"}},
		"a file is copied into a folder":      {"FROM scratch\nCOPY a /x/", map[string]string{"x": "", "x/a": "A"}},
		"a file is copied into a folder that is there": {
			"FROM scratch\nCOPY b /x\nCOPY a /x", map[string]string{"x": "", "x/a": "A", "x/c": "C", "x/d": "", "x/d/e": "E"},
		},
		"a stage takes from another what that has of its base": {
			"FROM golang:1 AS one\nFROM scratch\nCOPY --from=one /etc/f /f", map[string]string{"f": "F"},
		},
		"a command runs where WORKDIR says, with the variables of ENV and ARG": {
			"FROM golang:1 AS one\nWORKDIR /w\nENV P=p\nARG TARGETARCH\n" + mounts +
				"echo $P $TARGETARCH >out\nFROM scratch\nCOPY --from=one /w/out /out",
			map[string]string{"out": "p arm64\n"},
		},
		"settings of who runs the tests have no say": {
			"FROM golang:1 AS one\nWORKDIR /w\n" + mounts + "go env GOFLAGS >out\nFROM scratch\nCOPY --from=one /w/out /out",
			map[string]string{"out": "\n"},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Setenv("GOFLAGS", "-tags=mine")
			result, err := building(t, c.dockerfile).Run(t.Context())
			require.NoError(t, err)
			got := map[string]string{}
			for _, layer := range result.Layers {
				for name, file := range layer {
					got[name] = ""
					if !file.Mode.IsDir() {
						content, err := os.ReadFile(file.Content)
						require.NoError(t, err)
						got[name] = string(content)
					}
				}
			}
			assert.Equal(t, c.want, got)
		})
	}
}

func TestRefuses(t *testing.T) {
	for sentence, c := range map[string]struct{ dockerfile, want string }{
		"a command that names an absolute path":                {"FROM golang:1\n" + mounts + "echo >/tmp/x", "/tmp/x would be this machine's"},
		"one in an argument":                                   {"FROM golang:1\n" + mounts + "go build -o=/x .", "would be this machine's"},
		"a mount that isn't Go's cache":                        {"FROM golang:1\nRUN --mount=type=tmpfs,target=/x true", "of /x is not known"},
		"Go without its caches":                                {"FROM golang:1\nRUN true", "are needed"},
		"a command that fails":                                 {"FROM golang:1\n" + mounts + "echo why; exit 3", "why"},
		"another base":                                         {"FROM alpine:3", "the build has only [golang:1]"},
		"a file that isn't there":                              {"FROM scratch\nCOPY z /", "copying /z: there is no such file"},
		"a wildcard":                                           {"FROM scratch\nCOPY a* /", "wildcards are not known here"},
		"an owner by name, which scratch has no list of":       {"FROM scratch\nCOPY --chown=me a /", "owner by name"},
		"a download":                                           {"FROM scratch\nADD https://example.com/x /", "is not known here"},
		"an image on top of another, whose layers aren't here": {"FROM golang:1\nCOPY a /", "not by a COPY onto nothing"},
		"an instruction that BuildKit doesn't know":            {"FROM scratch\nPASTE a /", "unknown instruction: PASTE"},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := building(t, c.dockerfile).Run(t.Context())
			assert.ErrorContains(t, err, c.want)
		})
	}
}

func TestWarnings(t *testing.T) {
	for sentence, c := range map[string]struct{ dockerfile, want string }{
		"words of two cases":             {"FROM golang:1 as one", "FromAsCasing"},
		"a variable that nobody set":     {"FROM scratch\nCOPY a /$X", "UndefinedVar"},
		"an entry point for a shell":     {"FROM scratch\nENTRYPOINT /controller", "JSONArgsRecommended"},
		"a password among the arguments": {"FROM scratch\nARG PASSWORD=x\nLABEL p=$PASSWORD", "SecretsUsedInArgOrEnv"},
		"a platform that is the default": {"FROM --platform=$TARGETPLATFORM golang:1", "RedundantTargetPlatform"},
	} {
		t.Run(sentence, func(t *testing.T) {
			warnings, err := building(t, c.dockerfile).Warnings(t.Context())
			require.NoError(t, err)
			require.NotEmpty(t, warnings)
			assert.Contains(t, warnings[0], c.want)
		})
	}
}

func TestModesAndOwnersReachTheImage(t *testing.T) {
	result, err := building(t, "FROM scratch\nCOPY --chmod=4550 --chown=7:8 a /x\nUSER 7").Run(t.Context())
	require.NoError(t, err)
	require.Len(t, result.Layers, 1)
	file := result.Layers[0]["x"]
	assert.Equal(t, fs.ModeSetuid|0o550, file.Mode)
	assert.Equal(t, [2]int{7, 8}, [2]int{file.UID, file.GID})
	made := time.Unix(1795165920, 0).UTC()
	image, err := result.Image(made)
	require.NoError(t, err)
	config, err := image.ConfigFile()
	require.NoError(t, err)
	assert.Equal(t, "7", config.Config.User)
	assert.Equal(t, made, config.Created.Time)
	assert.Len(t, config.RootFS.DiffIDs, 1)
}
