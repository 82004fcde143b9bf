package cluster_test

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

// shared is the control plane of all tests of this package; each works in a namespace of its own.
var shared *cluster.Cluster

func TestMain(m *testing.M) { os.Exit(run(m)) }

func run(m *testing.M) int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	if mode, isChild := childMode(); isChild {
		if kind, ok := strings.CutPrefix(mode, "controller-"); ok {
			return controllerChild(kind)
		}
		return clusterChild(ctx)
	}
	var err error
	shared, err = cluster.Start(ctx, cluster.Options{Log: os.Stderr})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	defer shared.Stop()
	return m.Run()
}

// childMode says whether this binary was started by one of its own tests, as another program.
func childMode() (mode string, isChild bool) {
	for _, arg := range os.Args[1:] {
		if mode, isChild = strings.CutPrefix(arg, childFlag); isChild {
			return mode, true
		}
	}
	return "", false
}

// scene returns a context that bounds a test and a namespace for it.
func scene(t *testing.T) (context.Context, string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 45*time.Second)
	t.Cleanup(cancel)
	namespace, cleanup, err := shared.Namespace(ctx, "test")
	require.NoError(t, err)
	t.Cleanup(cleanup)
	return ctx, namespace
}

// listAll selects everything.
func listAll() metav1.ListOptions { return metav1.ListOptions{} }
