package image

import (
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	"github.com/google/go-containerregistry/pkg/v1/tarball"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const tag = "sluice-image-check:latest"

// engine is the program of one.
type engine struct{ program string }

// byEngine has the engine that the Makefile found build and run the images, and sends them through the same checks.
func byEngine(t *testing.T) {
	t.Helper()
	e := engine{os.Getenv("ENGINE")}
	if e.program == "" {
		t.Log("ENGINE names no engine: the image is what this package makes of the Dockerfile")
		return
	}
	for target, want := range map[string]expected{"controller": controllerImage(), "plugin": pluginImage()} {
		e.build(t, target)
		archive := filepath.Join(t.TempDir(), "image.tar")
		e.do(t, 0, "save", "--output", archive, tag)
		image, err := tarball.ImageFromPath(archive, nil)
		require.NoError(t, err)
		want.configured(t, image, machine())
		want.contains(t, image, nil)
		want.program(t, image, machine())
		if target == "plugin" {
			assert.Contains(t, e.run(t, 0, "version"), version)
			continue
		}
		assert.Contains(t, e.run(t, 0, "--version"), version) // an engine may have something to say as well
		e.healthcheck(t)
	}
	e.do(t, 0, "image", "rm", "--force", tag)
}

func (e engine) build(t *testing.T, target string) {
	t.Helper()
	args := []string{"build", "--target", target, "--platform", "linux/" + machine(), "--tag", tag}
	if filepath.Base(e.program) == "podman" {
		args = append(args, "--format=docker") // OCI's format has no health check
	} else {
		args = append(args, "--provenance=false") // one image, not an index
	}
	args = append(args, "--build-arg", "VERSION="+version, "--build-arg", "REVISION="+revision, repository())
	e.do(t, 0, args...)
}

// healthcheck asks a port that nobody listens on and, where a container can share this machine's network, one where somebody does.
func (e engine) healthcheck(t *testing.T) {
	t.Helper()
	assert.Contains(t, e.run(t, 1, "healthcheck", "--url", "http://127.0.0.1:1/livez"), "refused")
	if runtime.GOOS == "linux" && os.Getenv("DOCKER_HOST") == "" {
		server := httptest.NewServer(http.HandlerFunc(well))
		defer server.Close()
		e.run(t, 0, "healthcheck", "--url", server.URL+"/livez")
	}
}

// run starts the image with as little as docs/image.md says that it needs.
func (e engine) run(t *testing.T, status int, args ...string) string {
	t.Helper()
	return e.do(t, status, append([]string{
		"run", "--rm", "--network=host", "--read-only", "--cap-drop=ALL", "--security-opt=no-new-privileges", tag,
	}, args...)...)
}

func (e engine) do(t *testing.T, status int, args ...string) string {
	t.Helper()
	return output(t, exec.CommandContext(t.Context(), e.program, args...), status)
}
