// Package generated has what is made of the chart: the manifests of the folder manifests, and the table of values in the chart's README.
// The command beside it writes them, a test holds them equal. It owns their form; what is in them is the chart's.
package generated

import (
	"context"
	"fmt"
	"regexp"
	"strings"

	"github.com/sluice-dev/sluice/test/chart/helm"
)

// The folder's files, by their paths in the repository.
const (
	RBAC    = "manifests/rbac.yaml"
	Brake   = "manifests/brake.yaml"
	Install = "manifests/install.yaml"
)

const namespace = `apiVersion: v1
kind: Namespace
metadata:
  name: sluice-system
  labels:
    # Nothing that Sluice runs needs more.
    pod-security.kubernetes.io/enforce: restricted
---
`

const rbacHeader = `# What a controller in the cluster needs besides its own Deployment. Made from charts/sluice; go run ./test/chart/generate.
`

const installHeader = `# Sluice %s, for those who don't use Helm: the chart with its default values. Kubernetes 1.36 or later; before, the last two objects are
# refused, and the brake is the paused Deployment.
#
#   1. Say where Prometheus is: add - --prometheus-address=http://prometheus-operated.monitoring:9090 to the args of the Deployment. Without
#      it, only Deployments whose gates are off are rolled out.
#   2. kubectl apply -f install.yaml
#
# The way out, before these objects are deleted: take the annotation sluice.dev/strategy off every Deployment, and wait until none has the
# condition sluice.dev/Promoted. What does that by itself is the chart's uninstallation.
#
# Made from charts/sluice; go run ./test/chart/generate.
`

// Manifests are the files of the folder manifests, by their paths.
func Manifests(ctx context.Context, root, version string) (map[string]string, error) {
	h := helm.Four(root)
	files := map[string]string{}
	for path, file := range map[string]struct {
		header string
		args   []string
	}{
		RBAC:    {rbacHeader + namespace, shown("serviceaccount", "rbac-cluster", "rbac-leader")},
		Brake:   {"# Made from charts/sluice; go run ./test/chart/generate.\n#\n", shown("brake")},
		Install: {fmt.Sprintf(installHeader, version) + namespace, []string{"--no-hooks"}},
	} {
		text, err := h.Template(ctx, "", append(file.args, "--kube-version", "1.37.0")...)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		files[path] = file.header + plain(text)
	}
	return files, nil
}

func shown(templates ...string) []string {
	var args []string
	for _, name := range templates {
		args = append(args, "--show-only", "templates/"+name+".yaml")
	}
	return args
}

var (
	// helms are lines that are Helm's own: there is no release that the objects could belong to.
	helms = regexp.MustCompile(`(?m)^(# Source: .*| *app\.kubernetes\.io/managed-by: Helm| *helm\.sh/chart: .*)\n`)
	// gaps are lines that the templates leave empty.
	gaps = regexp.MustCompile(`(?m)^[ \t]*\n`)
)

// plain is a rendering as somebody would have written it.
func plain(rendering string) string {
	documents := helm.Documents(rendering)
	for i, text := range documents {
		documents[i] = gaps.ReplaceAllString(helms.ReplaceAllString(text, ""), "")
	}
	return strings.Join(documents, "---\n")
}
