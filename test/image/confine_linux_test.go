package image

import (
	"os"
	"os/exec"
	"path/filepath"
	"syscall"
	"testing"
)

// confinement gives commands that see only what is below root, as user 1001 of group 1001. Root may do that; others may where the kernel
// lets them have a user namespace; elsewhere the program is run as it lies there, with the image's authorities.
func confinement(t *testing.T, root string) (commands func(program string, args ...string) *exec.Cmd, how string) {
	t.Helper()
	confined := &syscall.SysProcAttr{Chroot: root, Credential: &syscall.Credential{Uid: 1001, Gid: 1001, NoSetGroups: os.Getuid() != 0}}
	how = "in a root of their own, as user 1001"
	if os.Getuid() != 0 {
		confined.Cloneflags = syscall.CLONE_NEWUSER
		confined.UidMappings = []syscall.SysProcIDMap{{ContainerID: 1001, HostID: os.Getuid(), Size: 1}}
		confined.GidMappings = []syscall.SysProcIDMap{{ContainerID: 1001, HostID: os.Getgid(), Size: 1}}
		how += " of a namespace"
	}
	commands = func(program string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), program, args...)
		cmd.Dir, cmd.Env, cmd.SysProcAttr = "/", []string{"PATH=/bin"}, confined
		return cmd
	}
	for _, program := range []string{"/controller", "/kubectl-sluice"} {
		if _, err := os.Stat(filepath.Join(root, program)); err == nil && commands(program, "--version").Run() != nil {
			return direct(t, root), "as they lie in the image, but among this machine's files: no namespace is allowed here"
		}
	}
	return commands, how
}
