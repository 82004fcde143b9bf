package chart

import (
	"errors"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The controller itself says whether the flags are its own: it is asked for its version, which it tells once it has read them.
func TestTheControllerTakesTheFlags(t *testing.T) {
	t.Parallel()
	program := filepath.Join(t.TempDir(), "controller")
	build := exec.CommandContext(t.Context(), "go", "build", "-o", program, "./cmd/controller")
	build.Dir = root
	out, err := build.CombinedOutput()
	require.NoError(t, err, string(out))

	run := func(args ...string) (string, int) {
		out, err := exec.CommandContext(t.Context(), program, args...).CombinedOutput()
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			return string(out), exit.ExitCode()
		}
		require.NoError(t, err)
		return string(out), 0
	}
	for _, v := range variants(t) {
		for id, spec := range pods(t, objects(t, v.values)) {
			args := spec.Containers[0].Args
			says := v.name + ": " + id
			switch args[0] {
			case "release":
				out, code := run(append(args, "--kubeconfig=/there/is/none")...)
				assert.Equal(t, 1, code, "%s: 2 is for flags that make no sense: %s", says, out)
				assert.Contains(t, out, "/there/is/none", says)
			case "healthcheck":
				out, code := run(append(args, "--timeout=1ms")...)
				assert.Equal(t, 1, code, "%s: %s", says, out)
			default:
				out, code := run(append(args, "--version")...)
				assert.Zero(t, code, "%s: %s", says, out)
			}
		}
	}
	_, code := run("release", "--lease-owners=x")
	assert.Equal(t, 2, code)
}
