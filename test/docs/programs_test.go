package docs

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sluice-dev/sluice/test/cluster"
)

// binaryEnv names another controller to test.
const binaryEnv = "SLUICE_CONTROLLER"

// folder has the programs that commands find on their PATH.
type folder string

// kubectlScript is kubectl as the embedded control plane has it.
const kubectlScript = "#!/bin/sh\nexec '%s' kubectl \"$@\"\n"

// newPrograms gathers what make tools has built, and builds Sluice's own: what is tested is what is there now.
func newPrograms(ctx context.Context, dir string) (folder, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("programs: %w", err)
	}
	bin, err := filepath.Abs(cmp.Or(os.Getenv(cluster.BinEnv), filepath.Join(root, ".bin")))
	if err != nil {
		return "", fmt.Errorf("programs: %w", err)
	}
	for _, name := range []string{"controlplane", "helm", "promtool", "prometheus"} {
		if _, err := os.Stat(filepath.Join(bin, name)); err != nil {
			return "", fmt.Errorf("%w: `make tools` builds it", err)
		}
		if err := os.Symlink(filepath.Join(bin, name), filepath.Join(dir, name)); err != nil {
			return "", fmt.Errorf("programs: %w", err)
		}
	}
	script := fmt.Sprintf(kubectlScript, filepath.Join(dir, "controlplane"))
	if err := os.WriteFile(filepath.Join(dir, "kubectl"), []byte(script), 0o700); err != nil {
		return "", fmt.Errorf("programs: %w", err)
	}
	for _, name := range []string{"controller", "kubectl-sluice"} {
		if given := os.Getenv(binaryEnv); name == "controller" && given != "" {
			if err := os.Symlink(given, filepath.Join(dir, name)); err != nil {
				return "", fmt.Errorf("programs: %w", err)
			}
			continue
		}
		cmd := exec.CommandContext(ctx, "go", "build", "-buildvcs=false", "-o", filepath.Join(dir, name), "./cmd/"+name)
		cmd.Dir, cmd.Env = root, append(os.Environ(), "CGO_ENABLED=0")
		if out, err := cmd.CombinedOutput(); err != nil {
			return "", fmt.Errorf("build %s: %w: %s", name, err, out)
		}
	}
	return folder(dir), nil
}

// path of a program.
func (f folder) path(name string) string { return filepath.Join(string(f), name) }

// run runs a program and returns what it wrote.
func (f folder) run(ctx context.Context, name string, args ...string) (string, error) {
	out, err := exec.CommandContext(ctx, f.path(name), args...).CombinedOutput()
	if err != nil {
		return string(out), fmt.Errorf("%s %s: %w: %s", name, strings.Join(args, " "), err, out)
	}
	return string(out), nil
}
