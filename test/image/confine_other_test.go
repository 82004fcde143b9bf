//go:build !linux

package image

import (
	"os/exec"
	"testing"
)

// confinement is for Linux; elsewhere the programs of an image can't be run at all.
func confinement(t *testing.T, root string) (commands func(program string, args ...string) *exec.Cmd, how string) {
	t.Helper()
	return direct(t, root), "as they lie in the image"
}
