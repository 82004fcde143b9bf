package image

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/image/steps"
)

// An engine is sent what the programs are made of, by Go's own account, and nothing else: no test, no history, no secret that lies about.
func TestDockerignoreLetsThroughWhatTheBuildNeeds(t *testing.T) {
	sent, err := steps.Context(repository(), read(t, ".dockerignore"))
	require.NoError(t, err)
	var got []string
	for _, name := range sent.Paths() {
		if !sent[name].Mode.IsDir() {
			got = append(got, name)
		}
	}
	assert.Equal(t, needed(t), got)
}

// What may lie in a checkout and must never be sent.
func TestDockerignoreKeepsOut(t *testing.T) {
	names := []string{
		".git/config", ".github/workflows/ci.yaml", ".env", ".bin/controller", "kubeconfig", "Dockerfile", ".dockerignore", "Makefile",
		"charts/sluice/values.yaml", "docs/image.md", "test/image/go.mod", "cmd/controller/main_test.go", "pkg/spec/testdata/fuzz/x",
	}
	folder := t.TempDir()
	for _, name := range append(names, "cmd/controller/main.go") {
		full := filepath.Join(folder, filepath.FromSlash(name))
		require.NoError(t, os.MkdirAll(filepath.Dir(full), 0o755))
		require.NoError(t, os.WriteFile(full, nil, 0o644))
	}
	sent, err := steps.Context(folder, read(t, ".dockerignore"))
	require.NoError(t, err)
	assert.Equal(t, []string{"cmd", "cmd/controller", "cmd/controller/main.go"}, sent.Paths())
}

// needed is what Go takes for the programs on either platform, the modules' sums, and the licences.
func needed(t *testing.T) []string {
	t.Helper()
	here, err := filepath.Abs(repository())
	require.NoError(t, err)
	names := []string{"LICENSE", "cmd/licences.sh", "go.mod", "go.sum"}
	for _, platform := range []string{"amd64", "arm64"} {
		cmd := exec.CommandContext(t.Context(), "go", "list", "-deps",
			"-json=Dir,Module,GoFiles,IgnoredGoFiles,OtherFiles,EmbedFiles", "./cmd/...")
		cmd.Dir = here
		cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH="+platform, "GOWORK=off", "PWD="+here)
		output, err := cmd.Output()
		require.NoError(t, err)
		for decoder := json.NewDecoder(bytes.NewReader(output)); ; {
			var of struct {
				Dir                                             string
				Module                                          *struct{ Main bool }
				GoFiles, IgnoredGoFiles, OtherFiles, EmbedFiles []string
			}
			err := decoder.Decode(&of)
			if errors.Is(err, io.EOF) {
				break
			}
			require.NoError(t, err)
			if of.Module == nil || !of.Module.Main {
				continue
			}
			folder, err := filepath.Rel(here, of.Dir)
			require.NoError(t, err)
			for _, file := range slices.Concat(of.GoFiles, of.IgnoredGoFiles, of.OtherFiles, of.EmbedFiles) {
				if !strings.HasSuffix(file, "_test.go") {
					names = append(names, filepath.ToSlash(filepath.Join(folder, file)))
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}
