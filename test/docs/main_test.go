package docs

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"

	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// What all tests share: the control plane, the data plane, the programs that commands find on their PATH, and a controller that holds
// the Lease and has nothing to do.
var (
	plane    *cluster.Cluster
	data     *mesh.Mesh
	programs folder
	leader   *cluster.ControllerProcess
)

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	temporary, err := os.MkdirTemp("", "sluice-docs-")
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer os.RemoveAll(temporary) //nolint:errcheck // a temporary folder
	if plane, err = cluster.Start(ctx, cluster.Options{Log: os.Stderr}); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer plane.Stop()
	if err := prepare(ctx, temporary); err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer data.Stop()
	return m.Run()
}

// prepare has everything there that a page takes for granted: the programs, the CRDs of others, namespaces, Sluice's installation.
func prepare(ctx context.Context, temporary string) (err error) {
	if programs, err = newPrograms(ctx, filepath.Join(temporary, "bin")); err != nil {
		return err
	}
	for _, module := range foreign() {
		if err := module.install(ctx); err != nil {
			return err
		}
	}
	if err := furnish(ctx); err != nil {
		return err
	}
	leader, err = plane.StartController(ctx, cluster.ControllerOptions{
		Binary: programs.path("controller"), Name: "leader", Args: []string{"--namespaces=sluice-system", "--brake=admission"},
	})
	if err != nil {
		return err
	}
	if data, err = mesh.Start(ctx, mesh.Options{Config: plane.Config(cluster.Admin), Log: os.Stderr}); err != nil {
		return err
	}
	return plane.ScrapeMesh(ctx, data.MetricsAddress())
}
