package e2e

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/sluice-dev/sluice/manifests"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// The control plane and the data plane that all scenarios share.
var (
	plane *cluster.Cluster
	data  *mesh.Mesh
)

// brakeLabel on a namespace binds the brake policy there, so that scenarios with and without it run side by side.
const brakeLabel = "brake-policy"

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
	return m.Run()
}

func prepare(ctx context.Context) (err error) {
	if plane, err = cluster.Start(ctx, cluster.Options{Log: os.Stderr}); err != nil {
		return err
	}
	if data, err = mesh.Start(ctx, mesh.Options{Config: plane.Config(cluster.Admin), Log: os.Stderr}); err != nil {
		plane.Stop()
		return err
	}
	install := func() error {
		if err := plane.ScrapeMesh(ctx, data.MetricsAddress()); err != nil {
			return err
		}
		// The scenarios of leaders have a Lease each, so that they run side by side.
		rbac := strings.Replace(manifests.RBAC, "    resources: [leases]\n    resourceNames: [sluice-controller]\n", "    resources: [leases]\n", 1)
		if _, err := plane.KubectlAs(ctx, cluster.Admin, rbac, "apply", "-f", "-"); err != nil {
			return err
		}
		brake := strings.Replace(manifests.Brake, "  policyName: sluice-brake\n",
			"  policyName: sluice-brake\n  matchResources:\n    namespaceSelector:\n      matchLabels:\n        "+brakeLabel+": installed\n", 1)
		_, err := plane.KubectlAs(ctx, cluster.Admin, brake, "apply", "-f", "-")
		return err
	}
	if err := install(); err != nil {
		data.Stop()
		plane.Stop()
		return fmt.Errorf("install: %w", err)
	}
	return nil
}
