package main

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"sync"
	"testing"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"

	"github.com/sluice-dev/sluice/pkg/controller"
)

func TestFlagsThatCantBeRight(t *testing.T) {
	t.Parallel()
	for sentence, c := range map[string]struct {
		args []string
		want string
	}{
		"a settle time below zero":   {[]string{"--settle=-1s"}, "--settle is -1s; want 0 or more"},
		"no interval":                {[]string{"--interval=0s"}, "--interval is 0s; want more than 0"},
		"a brake that isn't there":   {[]string{"--brake=hand"}, `--brake is "hand"; want auto, admission or paused`},
		"a lease too short to renew": {[]string{"--lease-duration=1s"}, "--lease-duration is 1s; want 5s or more"},
		"a word without a flag":      {[]string{"run"}, `unexpected argument "run"`},
		"a flag that isn't there":    {[]string{"--faster"}, "flag provided but not defined"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			_, err := parseFlags(c.args, io.Discard)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestFlagsThatAreAllowed(t *testing.T) {
	t.Parallel()
	f, err := parseFlags([]string{"--settle=0", "--drain=0s", "--namespaces=a, b,"}, io.Discard)
	require.NoError(t, err)
	assert.Zero(t, f.settle)
	assert.Equal(t, []string{"a", "b"}, f.namespaceList())
}

func TestHelpExplainsEveryFlag(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, runHelp(&out))
	for _, name := range []string{"-prometheus-address", "-prometheus-bearer-token-file", "-prometheus-ca-file", "-settle", "-drain", "-namespaces", "-brake"} {
		assert.Contains(t, out.String(), name)
	}
}

func runHelp(out io.Writer) error {
	if _, err := parseFlags([]string{"--help"}, out); err != nil && err.Error() != "flag: help requested" {
		return err
	}
	return nil
}

func TestKubeconfigThatIsMissingIsNamed(t *testing.T) {
	t.Parallel()
	missing := filepath.Join(t.TempDir(), "no-such-file")
	err := run(t.Context(), []string{"--kubeconfig", missing})
	require.ErrorContains(t, err, missing)
}

func TestLivenessDependsOnNothingAndReadinessOnTheCaches(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewRegistry()
	c, err := controller.New(controller.Options{
		Client: fake.NewSimpleDynamicClient(runtime.NewScheme()), Log: zap.NewNop(), Registerer: registry,
	})
	require.NoError(t, err)
	address := freeAddress(t)
	a := &app{flags: flags{listen: address}, log: zap.NewNop(), registry: registry, controller: c}
	ctx, cancel := context.WithCancelCause(t.Context())
	var group sync.WaitGroup
	t.Cleanup(func() { cancel(nil); group.Wait() })
	require.NoError(t, a.serve(ctx, cancel, &group))
	// Nothing has been started: no cache is filled, no API server was ever reached.
	for path, want := range map[string]int{"/livez": 200, "/readyz": 503, "/startupz": 503, "/metrics": 200, "/other": 404} {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+path, nil)
		require.NoError(t, err)
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		assert.Equal(t, want, response.StatusCode, path)
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	defer func() { require.NoError(t, listener.Close()) }()
	return listener.Addr().String()
}
