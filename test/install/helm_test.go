package install

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/sluice-dev/sluice/test/cluster"
)

// The Helms that the chart is for.
const (
	helm4 = "helm"
	helm3 = "helm3"
)

// chart is the chart's folder; production has its values for production.
const (
	chart      = "../../charts/sluice"
	production = chart + "/values/production.yaml"
)

// helm runs one of the Helms as the admin and returns what it printed, both streams together.
func helm(ctx context.Context, program string, args ...string) (string, error) {
	home := filepath.Join(plane.Dir(), "home")
	cmd := exec.CommandContext(ctx, plane.Binary(program), args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+plane.Kubeconfig(cluster.Admin), "HOME="+home,
		"HELM_CACHE_HOME="+home, "HELM_CONFIG_HOME="+home, "HELM_DATA_HOME="+home)
	var out bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &out
	if err := plane.Spawn(cmd); err != nil {
		return "", fmt.Errorf("helm: %w", err)
	}
	if err := cmd.Wait(); err != nil {
		return out.String(), fmt.Errorf("%s %s: %w: %s", program, strings.Join(args, " "), err, out.String())
	}
	return out.String(), nil
}
