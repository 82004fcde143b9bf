package docs

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/util/wait"

	"github.com/sluice-dev/sluice/test/cluster"
)

// module is a Go module that has CRDs of others in it: what people use beside Sluice, or before it.
type module struct {
	path, sum string // with its version; what the checksum database says of it
	toolchain string // the oldest Go that it wants, where ours is older
	files     []string
}

// foreign are those whose kinds the documents and examples have.
func foreign() []module {
	return []module{
		{
			path: "github.com/argoproj/argo-cd/v3@v3.6.1", toolchain: "go1.27.0",
			sum:   "h1:OmhqeKiR3C//awbFrhQqFdtRI+Qiv17j8vqm3UkMj/g=",
			files: []string{"manifests/crds/application-crd.yaml", "manifests/crds/appproject-crd.yaml"},
		},
		{
			path: "github.com/argoproj/argo-rollouts@v1.10.2", toolchain: "go1.27.0",
			sum:   "h1:sEPWsY+HUvnXj3Vh0ejb+GDTceQ/palqhFo2FVQJMk0=",
			files: []string{"manifests/crds/rollout-crd.yaml", "manifests/crds/analysis-template-crd.yaml"},
		},
		{
			path:  "github.com/fluxcd/flagger@v1.36.1",
			sum:   "h1:X2PumtNwZz9YSGaOtZLFm2zAKLgHhFkbNv8beg7ifyc=",
			files: []string{"charts/flagger/crds/crd.yaml"},
		},
		{
			path: "github.com/prometheus-operator/prometheus-operator@v0.85.0",
			sum:  "h1:M5xLCLEoaW2IJfnuCwFzzpL+jSVQu3KGT84Pye+fW8s=",
			files: []string{
				"example/prometheus-operator-crd/monitoring.coreos.com_servicemonitors.yaml",
				"example/prometheus-operator-crd/monitoring.coreos.com_podmonitors.yaml",
			},
		},
		{
			path:  "github.com/external-secrets/external-secrets@v1.3.2",
			sum:   "h1:u2J8RjlHIeF0oZCqtl92adI/uZWUwOesJIDkfql6LqQ=",
			files: []string{"config/crds/bases/external-secrets.io_externalsecrets.yaml"},
		},
	}
}

// install downloads the module, if it isn't in the cache, and creates its CRDs.
func (m module) install(ctx context.Context) error {
	// Outside of any module: what is downloaded must have no say in what Sluice depends on.
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", m.path)
	cmd.Dir, cmd.Env = os.TempDir(), os.Environ()
	if m.toolchain != "" {
		cmd.Env = append(cmd.Env, "GOTOOLCHAIN="+m.toolchain)
	}
	out, err := cmd.Output()
	var got struct{ Dir, Sum, Error string }
	if unread := json.Unmarshal(out, &got); err != nil || unread != nil {
		return fmt.Errorf("module %s: %w: %s", m.path, err, got.Error)
	}
	if got.Sum != m.sum {
		return fmt.Errorf("module %s has sum %s, not %s", m.path, got.Sum, m.sum)
	}
	for _, file := range m.files {
		file = filepath.Join(got.Dir, filepath.FromSlash(file))
		if _, err := plane.Kubectl(ctx, "create", "-f", file); err != nil {
			return fmt.Errorf("CRDs of %s: %w", m.path, err)
		}
		if err := served(ctx, file); err != nil {
			return fmt.Errorf("CRDs of %s: %w", m.path, err)
		}
	}
	return nil
}

// served waits until the API server serves the kinds of a file's CRDs. kubectl wait can't: it fails while there are no conditions.
func served(ctx context.Context, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	all := strings.Count(string(text), "kind: CustomResourceDefinition\n")
	return wait.PollUntilContextTimeout(ctx, 50*time.Millisecond, 30*time.Second, true, func(ctx context.Context) (bool, error) {
		out, err := plane.Kubectl(ctx, "get", "-f", file, "-o", "jsonpath={..conditions}")
		return strings.Count(out, `"status":"True","type":"Established"`) >= all, err
	})
}

// namespaces are those that pages and examples name. A page's own world is another: prod stands for it.
func namespaces() []string {
	return []string{"sluice-system", "monitoring", "argocd", "prod", "production", "staging", "shop", "infra", "istio-system"}
}

// furnish makes the namespaces, what of Argo CD's configuration is patched, and installs Sluice's chart.
func furnish(ctx context.Context) error {
	for _, name := range namespaces() {
		if _, err := plane.Kubectl(ctx, "create", "namespace", name); err != nil {
			return err
		}
	}
	for _, name := range []string{"argocd-cm", "argocd-notifications-cm"} {
		if _, err := plane.Kubectl(ctx, "--namespace=argocd", "create", "configmap", name); err != nil {
			return err
		}
	}
	_, err := programs.run(ctx, "helm", "--kubeconfig", plane.Kubeconfig(cluster.Admin), "--namespace=sluice-system",
		"install", "sluice", filepath.Join(root, "charts", "sluice"), "--set", "prometheus.address="+plane.PrometheusURL())
	return err
}
