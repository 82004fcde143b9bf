package chart

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/chart/helm"
	"github.com/sluice-dev/sluice/test/cluster"
)

const root = "../.."

// How long a controller of the control plane may take, and how often one looks.
const (
	waits = 30 * time.Second
	tick  = 100 * time.Millisecond
)

// kubernetes is the version that everything is rendered for, unless a test is about another.
const kubernetes = "--kube-version=1.37.0"

var update = flag.Bool("update", false, "write testdata/golden anew")

// shared is the control plane of the tests that need one, started for the first of them.
var shared struct {
	once  sync.Once
	plane *cluster.Cluster
	err   error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if shared.plane != nil {
		shared.plane.Stop()
	}
	os.Exit(code)
}

// plane is the control plane, with the CRDs and namespaces that renderings need.
func plane(t *testing.T) *cluster.Cluster {
	t.Helper()
	shared.once.Do(func() {
		// It outlives the test that is the first to need it.
		ctx := context.WithoutCancel(t.Context())
		if shared.plane, shared.err = cluster.Start(ctx, cluster.Options{}); shared.err == nil {
			shared.err = prepare(ctx, shared.plane)
		}
	})
	require.NoError(t, shared.err)
	return shared.plane
}

func prepare(ctx context.Context, c *cluster.Cluster) error {
	crds, err := crdFiles(ctx)
	if err != nil {
		return err
	}
	for _, path := range crds {
		// Too large for the annotation of a client-side apply. One is there already, cut down, of the control plane's own making.
		if _, err := c.Kubectl(ctx, "apply", "--server-side", "--force-conflicts", "-f", path); err != nil {
			return err
		}
	}
	if _, err := c.Kubectl(ctx, "wait", "--for=condition=Established", "customresourcedefinition", "--all", "--timeout=30s"); err != nil {
		return err
	}
	for _, namespace := range []string{helm.Namespace, "monitoring", "shop", "pay", "mesh"} {
		if _, err := c.Kubectl(ctx, "create", "namespace", namespace); err != nil {
			return err
		}
	}
	_, err = c.Kubectl(ctx, "label", "namespace", helm.Namespace, "pod-security.kubernetes.io/enforce=restricted")
	return err
}

// variant is a set of values to render.
type variant struct {
	name string
	// file is where the values are, empty for the defaults.
	file   string
	values string
}

func variants(t *testing.T) []variant {
	t.Helper()
	all := []variant{
		{name: "default"},
		{name: "staging", file: filepath.Join(root, "charts", "sluice", "values", "staging.yaml")},
		{name: "production", file: filepath.Join(root, "charts", "sluice", "values", "production.yaml")},
		{name: "namespaced", file: filepath.Join("testdata", "namespaced.yaml")},
		{name: "everything", file: filepath.Join("testdata", "everything.yaml")},
	}
	for i := range all {
		if all[i].file != "" {
			all[i].values = read(t, all[i].file)
		}
	}
	return all
}

// rendered is a rendering by Helm 4.
func rendered(t *testing.T, values string, args ...string) string {
	t.Helper()
	text, err := helm.Four(root).Template(t.Context(), values, append([]string{kubernetes}, args...)...)
	require.NoError(t, err)
	return text
}

// objects are those of a rendering by Helm 4, by their kind and name.
func objects(t *testing.T, values string, args ...string) map[string]helm.Object {
	t.Helper()
	list, err := helm.Objects(rendered(t, values, args...))
	require.NoError(t, err)
	all := map[string]helm.Object{}
	for _, o := range list {
		id := identity(o)
		require.NotContains(t, all, id, "there are two of it")
		all[id] = o
	}
	return all
}

// identity is the kind and name of an object, with its namespace where it isn't the release's.
func identity(o helm.Object) string {
	metadata, _ := o["metadata"].(map[string]any)
	text := fmt.Sprintf("%v %v", o["kind"], metadata["name"])
	if namespace, is := metadata["namespace"]; is && namespace != helm.Namespace {
		text += fmt.Sprintf(" in %v", namespace)
	}
	return text
}

func read(t *testing.T, path string) string {
	t.Helper()
	content, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(content)
}
