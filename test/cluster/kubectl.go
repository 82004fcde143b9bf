package cluster

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// KubectlError is a kubectl that failed.
type KubectlError struct {
	Args           []string
	ExitCode       int
	Stdout, Stderr string
}

// Error has the command and what it said.
func (e *KubectlError) Error() string {
	return fmt.Sprintf("kubectl %s: exit status %d: %s", strings.Join(e.Args, " "), e.ExitCode, strings.TrimSpace(e.Stderr))
}

// Kubectl runs kubectl as the admin and returns its standard output. A failure of kubectl itself is a [*KubectlError].
func (c *Cluster) Kubectl(ctx context.Context, args ...string) (stdout string, err error) {
	return c.KubectlAs(ctx, Admin, "", args...)
}

// KubectlAs is Kubectl as one of the users, with a standard input, such as a manifest for `apply -f -`.
func (c *Cluster) KubectlAs(ctx context.Context, user, stdin string, args ...string) (stdout string, err error) {
	cmd := exec.CommandContext(ctx, c.binary("controlplane"), append([]string{"kubectl"}, args...)...)
	// A home of its own: the user's kuberc and caches must have no influence.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.Kubeconfig(user), "HOME="+filepath.Join(c.folder.path, "home"))
	cmd.Stdin = strings.NewReader(stdin)
	var out, errOut bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errOut
	if err := c.parent.start(cmd); err != nil {
		return "", fmt.Errorf("kubectl: %w", err)
	}
	err = cmd.Wait()
	switch {
	case ctx.Err() != nil:
		return out.String(), fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), ctx.Err())
	case err != nil && cmd.ProcessState != nil && cmd.ProcessState.Exited():
		return out.String(), &KubectlError{
			Args: args, ExitCode: cmd.ProcessState.ExitCode(), Stdout: out.String(), Stderr: errOut.String(),
		}
	case err != nil:
		return out.String(), fmt.Errorf("kubectl %s: %w", strings.Join(args, " "), err)
	}
	return out.String(), nil
}
