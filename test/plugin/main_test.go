package plugin

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"
	"testing"

	"github.com/sluice-dev/sluice/manifests"
	"github.com/sluice-dev/sluice/test/cluster"
)

// plane is the control plane that all tests share.
var plane *cluster.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	var err error
	if plane, err = cluster.Start(ctx, cluster.Options{Log: os.Stderr}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop()
	if _, err := plane.KubectlAs(ctx, cluster.Admin, manifests.RBAC, "apply", "-f", "-"); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return m.Run()
}
