package cluster_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/cluster"
)

// childFlag makes this test binary run as another program: see run.
const childFlag = "--child="

// controllerChild is a program with the flags and the server of a controller. The mode says what is wrong with it.
func controllerChild(mode string) int {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM)
	defer stop()
	fmt.Fprintln(os.Stderr, "started with", os.Args[1:])
	switch mode {
	case "broken":
		fmt.Fprintln(os.Stderr, "no good flags")
		return 1
	case "racy":
		fmt.Fprintln(os.Stderr, "WARNING: DATA RACE\nhere")
	}
	address := ""
	for _, arg := range os.Args {
		if value, ok := strings.CutPrefix(arg, "--listen-address="); ok {
			address = value
		}
	}
	server := http.Server{Addr: address, Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/readyz" {
			w.WriteHeader(http.StatusNotFound)
		}
	})}
	context.AfterFunc(ctx, func() { _ = server.Close() })
	if err := server.ListenAndServe(); !errors.Is(err, http.ErrServerClosed) {
		fmt.Fprintln(os.Stderr, err)
		return 1
	}
	return 0
}

// startChild starts this binary as a controller.
func startChild(ctx context.Context, t *testing.T, mode string) (*cluster.ControllerProcess, error) {
	t.Helper()
	self, err := os.Executable()
	require.NoError(t, err)
	return shared.StartController(ctx, cluster.ControllerOptions{
		Binary: self, Args: []string{childFlag + "controller-" + mode, "--interval=1s"},
	})
}

func TestControllerIsReadyIsKilledAndStartsAgain(t *testing.T) {
	t.Parallel()
	ctx, _ := scene(t)
	p, err := startChild(ctx, t, "good")
	require.NoError(t, err)
	resp, err := http.Get(p.URL() + "/readyz")
	require.NoError(t, err)
	require.NoError(t, resp.Body.Close())
	require.Error(t, p.Restart(ctx), "it runs")

	require.NoError(t, p.Kill())
	<-p.Done()
	require.NoError(t, p.Restart(ctx))
	require.NoError(t, p.Stop())
	<-p.Done()
	logs, err := p.Logs()
	require.NoError(t, err)
	assert.Equal(t, 2, strings.Count(logs, "--interval=1s"), "of both lives")
	assert.Contains(t, logs, "--kubeconfig="+shared.Kubeconfig(cluster.Controller))
}

func TestControllerThatFailsToStartSaysWhy(t *testing.T) {
	t.Parallel()
	ctx, _ := scene(t)
	_, err := startChild(ctx, t, "broken")
	require.ErrorContains(t, err, "no good flags")
}

func TestControllerWithADataRaceFailsItsStop(t *testing.T) {
	t.Parallel()
	ctx, _ := scene(t)
	p, err := startChild(ctx, t, "racy")
	require.NoError(t, err)
	require.ErrorContains(t, p.Stop(), "data race")
}
