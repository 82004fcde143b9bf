package cluster

import (
	"bufio"
	"context"
	_ "embed"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// crdsFile is where the module istio.io/api keeps Istio's CRDs.
const crdsFile = "kubernetes/customresourcedefinitions.gen.yaml"

// istioKinds are those whose CRDs are installed: what a roll-out may read or write.
func istioKinds() []string {
	return []string{"VirtualService", "DestinationRule", "Gateway", "ServiceEntry"}
}

// prometheusRuleCRD is that of the Prometheus operator, cut down to the fields that a rule has.
//
//go:embed prometheusrule.yaml
var prometheusRuleCRD []byte

// installCRDs creates the CRDs of Istio and of PrometheusRules and waits until their objects are served.
func (c *Cluster) installCRDs(ctx context.Context) error {
	dir, err := moduleDir(ctx, "istio.io/api")
	if err != nil {
		return err
	}
	crds, err := readCRDs(filepath.Join(dir, crdsFile))
	if err != nil {
		return err
	}
	rule := &unstructured.Unstructured{}
	if err := yaml.Unmarshal(prometheusRuleCRD, &rule.Object); err != nil {
		return fmt.Errorf("CRD of PrometheusRules: %w", err)
	}
	crds = append(crds, rule)
	client := c.dynamic.Resource(schema.GroupVersionResource{
		Group: "apiextensions.k8s.io", Version: "v1", Resource: "customresourcedefinitions",
	})
	for _, crd := range crds {
		if _, err := client.Create(ctx, crd, metav1.CreateOptions{}); err != nil {
			return fmt.Errorf("create CRD: %w", err)
		}
	}
	for _, crd := range crds {
		if _, err := waitObject(ctx, client, crd.GetName(), established); err != nil {
			return fmt.Errorf("CRD %s is not established: %w", crd.GetName(), err)
		}
	}
	c.logf("CRDs of Istio and of PrometheusRules installed")
	return nil
}

// readCRDs returns the CRDs of istioKinds from a file with several documents.
func readCRDs(path string) (crds []*unstructured.Unstructured, err error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("CRDs of Istio: %w", err)
	}
	defer f.Close() //nolint:errcheck // read only
	documents := utilyaml.NewYAMLReader(bufio.NewReader(f))
	for {
		document, err := documents.Read()
		if errors.Is(err, io.EOF) {
			return crds, nil
		}
		if err != nil {
			return nil, fmt.Errorf("CRDs of Istio: %w", err)
		}
		crd := &unstructured.Unstructured{}
		if err := yaml.Unmarshal(document, &crd.Object); err != nil {
			return nil, fmt.Errorf("CRDs of Istio: %w", err)
		}
		kind, _, _ := unstructured.NestedString(crd.Object, "spec", "names", "kind") // absent in an empty document
		if slices.Contains(istioKinds(), kind) {
			crds = append(crds, crd)
		}
	}
}

// established says whether a CRD's objects are served.
func established(crd *unstructured.Unstructured) bool {
	conditions, _, _ := unstructured.NestedSlice(crd.Object, "status", "conditions") // absent at first
	return slices.ContainsFunc(conditions, func(condition any) bool {
		fields, _ := condition.(map[string]any)
		return fields["type"] == "Established" && fields["status"] == "True"
	})
}

// moduleDir is where a module that this one requires lies in the module cache; Go finds it without a network.
func moduleDir(ctx context.Context, module string) (string, error) {
	root, err := repositoryRoot()
	if err != nil {
		return "", fmt.Errorf("find module %s: %w", module, err)
	}
	cmd := exec.CommandContext(ctx, "go", "list", "-m", "-f", "{{.Dir}}", module)
	cmd.Dir = root
	out, err := cmd.Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			err = fmt.Errorf("%w: %s", err, exit.Stderr)
		}
		return "", fmt.Errorf("find module %s: %w", module, err)
	}
	dir := strings.TrimSpace(string(out))
	if dir == "" {
		return "", fmt.Errorf("module %s is not in the module cache: `go mod download %s` brings it", module, module)
	}
	return dir, nil
}
