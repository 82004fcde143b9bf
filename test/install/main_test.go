package install

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/cluster/podprocess"
	"github.com/sluice-dev/sluice/test/mesh"
)

// The control plane, the data plane and the pods' processes that all tests share.
var (
	plane     *cluster.Cluster
	data      *mesh.Mesh
	processes *podprocess.Runner
)

// binaryEnv names another controller to test.
const binaryEnv = "SLUICE_CONTROLLER"

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if err := prepare(ctx); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop()
	defer data.Stop()
	code := m.Run()
	if wrote := processes.Wrote(); len(wrote) > 0 {
		fmt.Fprintln(os.Stderr, "containers have written files, which a read-only root doesn't allow:", wrote)
		return 1
	}
	return code
}

func prepare(ctx context.Context) (err error) {
	if plane, err = cluster.Start(ctx, cluster.Options{Log: os.Stderr, AuditAccounts: true}); err != nil {
		return err
	}
	if data, err = mesh.Start(ctx, mesh.Options{Config: plane.Config(cluster.Admin), Log: os.Stderr}); err != nil {
		plane.Stop()
		return err
	}
	if err = furnish(ctx); err != nil {
		data.Stop()
		plane.Stop()
	}
	return err
}

// furnish gives the cluster what an operator's has: a Prometheus that scrapes the mesh, the Prometheus operator's kinds.
func furnish(ctx context.Context) error {
	if err := plane.ScrapeMesh(ctx, data.MetricsAddress()); err != nil {
		return err
	}
	if _, err := plane.KubectlAs(ctx, cluster.Admin, serviceMonitors, "apply", "-f", "-"); err != nil {
		return err
	}
	if _, err := plane.Kubectl(ctx, "wait", "--for=condition=Established", "crd/servicemonitors.monitoring.coreos.com"); err != nil {
		return err
	}
	binary := plane.Binary("controller-race")
	if other := os.Getenv(binaryEnv); other != "" {
		var err error
		if binary, err = filepath.Abs(other); err != nil {
			return err
		}
	}
	dir := filepath.Join(plane.Dir(), "pods")
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	processes = podprocess.New(podprocess.Options{
		Client: plane.Client(), Server: plane.Config(cluster.Admin), Dir: dir, Spawn: plane.Spawn,
		Binary: func(string) (string, error) { return binary, nil },
	})
	return nil
}

// serviceMonitors is the CRD of ServiceMonitors without their fields: nothing here reads one.
const serviceMonitors = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: servicemonitors.monitoring.coreos.com}
spec:
  group: monitoring.coreos.com
  names: {kind: ServiceMonitor, listKind: ServiceMonitorList, plural: servicemonitors, singular: servicemonitor}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, x-kubernetes-preserve-unknown-fields: true}}
`
