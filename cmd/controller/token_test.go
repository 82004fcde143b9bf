package main

import (
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zaptest/observer"
)

// guarded is an app whose /metrics asks for the token in a file.
func guarded(t *testing.T, path string, log *zap.Logger) (http.Handler, error) {
	t.Helper()
	f, err := parseFlags([]string{"--metrics-token-file=" + path}, io.Discard)
	require.NoError(t, err)
	return (&app{flags: f, log: log, registry: prometheus.NewRegistry()}).metricsHandler()
}

func TestMetricsAskForTheToken(t *testing.T) {
	t.Parallel()
	path := file(t, "first\n")
	core, logs := observer.New(zap.DebugLevel)
	handler, err := guarded(t, path, zap.New(core))
	require.NoError(t, err)
	get := func(authorize func(*http.Request)) int {
		request := httptest.NewRequest(http.MethodGet, "/metrics", http.NoBody)
		authorize(request)
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, request)
		return answer.Code
	}
	bearer := func(token string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set("Authorization", "Bearer "+token) }
	}
	assert.Equal(t, 401, get(func(*http.Request) {}), "nobody")
	assert.Equal(t, 401, get(bearer("second")), "somebody else")
	assert.Equal(t, 401, get(bearer("")), "an empty token")
	assert.Equal(t, 200, get(bearer("first")))
	assert.Equal(t, 200, get(func(r *http.Request) { r.SetBasicAuth("anybody", "first") }))

	require.NoError(t, os.WriteFile(path, []byte("second"), 0o600))
	assert.Equal(t, 401, get(bearer("first")), "a token of yesterday")
	assert.Equal(t, 200, get(bearer("second")), "it is read again for every request")

	require.NoError(t, os.WriteFile(path, nil, 0o600))
	assert.Equal(t, 503, get(bearer("")), "an empty file lets nobody in")
	assert.Equal(t, 503, get(bearer("second")))
	require.Equal(t, 1, logs.Len(), "once a minute")
	assert.Equal(t, "nobody is let in to /metrics", logs.All()[0].Message)
}

func TestMetricsWithoutATokenThatWasAskedFor(t *testing.T) {
	t.Parallel()
	_, err := guarded(t, "/no/such/file", zap.NewNop())
	require.ErrorContains(t, err, "--metrics-token-file: open /no/such/file")
	_, err = guarded(t, file(t, " \n"), zap.NewNop())
	require.ErrorContains(t, err, "is empty; want a token")
}

func TestWhatIsWrongWithATokenIsLoggedOnceAMinute(t *testing.T) {
	t.Parallel()
	core, logs := observer.New(zap.ErrorLevel)
	now := time.Unix(0, 0)
	f := &tokenFile{flag: "--web-token-file", path: file(t, ""), guards: "the web page", log: zap.New(core), now: func() time.Time { return now }}
	for range 3 {
		_, err := f.token()
		require.ErrorContains(t, err, "is empty")
	}
	assert.Equal(t, 1, logs.Len())
	now = now.Add(time.Minute)
	_, err := f.token()
	require.Error(t, err)
	assert.Equal(t, 2, logs.Len())
}
