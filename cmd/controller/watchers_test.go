package main

import (
	"context"
	"io"
	"net/http"
	"os"
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

// watched is an app with the watchers that flags ask for.
func watched(t *testing.T, args ...string) (*app, error) {
	t.Helper()
	f, err := parseFlags(args, io.Discard)
	require.NoError(t, err)
	a := &app{flags: f, log: zap.NewNop(), registry: prometheus.NewRegistry()}
	all, err := a.watchers()
	if err != nil {
		return nil, err
	}
	a.controller, err = controller.New(controller.Options{
		Client: fake.NewSimpleDynamicClient(runtime.NewScheme()), Log: a.log, Registerer: a.registry, Watchers: all,
	})
	return a, err
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

func TestNobodyIsToldUnlessTheFlagsSaySo(t *testing.T) {
	t.Parallel()
	a, err := watched(t)
	require.NoError(t, err)
	assert.Nil(t, a.site)
	assert.Nil(t, a.notifier)
	require.NoError(t, a.serveSite(t.Context(), nil, nil))
}

func TestWatchersThatCantBe(t *testing.T) {
	t.Parallel()
	for sentence, c := range map[string]struct {
		args []string
		want string
	}{
		"a token that isn't there":        {[]string{"--web-address=:0", "--web-token-file=/no/such/file"}, "--web-token-file: open /no/such/file"},
		"an empty token":                  {[]string{"--web-address=:0", "--web-token-file=" + file(t, " \n")}, "is empty"},
		"a secret without an address":     {[]string{"--webhook-secret-file=" + file(t, "s")}, "neither --webhook-url nor --webhook-url-file"},
		"an address that is none":         {[]string{"--webhook-url=example.com"}, "--webhook-url: not a URL to send to"},
		"a reason that no event has":      {[]string{"--webhook-url=http://x", "--webhook-reasons=GateFailed,Gone"}, `no event with the reason "Gone"`},
		"certificates that are not there": {[]string{"--webhook-url=https://x", "--webhook-ca-file=/no/such/file"}, "--webhook-ca-file"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			_, err := watched(t, c.args...)
			require.ErrorContains(t, err, c.want)
		})
	}
	_, err := parseFlags([]string{"--web-token-file=x"}, io.Discard)
	require.ErrorContains(t, err, "--web-token-file needs --web-address")
}

func TestTheWebPageAsksForTheTokenAndSaysWhoLeads(t *testing.T) {
	t.Parallel()
	address, secret := freeAddress(t), file(t, "first\n")
	a, err := watched(t, "--web-address="+address, "--web-token-file="+secret)
	require.NoError(t, err)
	ctx, cancel := context.WithCancelCause(t.Context())
	var group sync.WaitGroup
	t.Cleanup(func() { cancel(nil); group.Wait() })
	require.NoError(t, a.serveSite(ctx, cancel, &group))
	get := func(password string) (int, string) {
		request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+address+"/", nil)
		require.NoError(t, err)
		if password != "" {
			request.SetBasicAuth("anybody", password)
		}
		response, err := http.DefaultClient.Do(request)
		require.NoError(t, err)
		body, err := io.ReadAll(response.Body)
		require.NoError(t, err)
		require.NoError(t, response.Body.Close())
		return response.StatusCode, string(body)
	}
	code, _ := get("")
	assert.Equal(t, http.StatusUnauthorized, code)
	_, body := get("first")
	assert.Contains(t, body, "not lead", "nothing has been started")
	require.NoError(t, os.WriteFile(secret, []byte("second"), 0o600))
	code, _ = get("first")
	assert.Equal(t, http.StatusUnauthorized, code, "a token that was changed")
	code, _ = get("second")
	assert.NotEqual(t, http.StatusUnauthorized, code)
}

func TestAWebhookIsAWatcherWithMetrics(t *testing.T) {
	t.Parallel()
	a, err := watched(t, "--webhook-url=http://127.0.0.1:1/hook", "--webhook-reasons=GateFailed, Promoted")
	require.NoError(t, err)
	assert.NotNil(t, a.notifier)
	families, err := a.registry.Gather()
	require.NoError(t, err)
	var names []string
	for _, f := range families {
		names = append(names, f.GetName())
	}
	assert.Contains(t, names, "sluice_webhook_deliveries_total")
}
