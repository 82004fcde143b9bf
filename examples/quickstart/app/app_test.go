package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// ask returns the status, the version that answered, and the body.
func ask(t *testing.T, h http.Handler, path string) (status int, version, body string) {
	t.Helper()
	w := httptest.NewRecorder()
	h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, path, nil))
	return w.Code, w.Header().Get(headerVersion), w.Body.String()
}

func TestRequestsAreCountedByStatus(t *testing.T) {
	t.Parallel()
	s := newShop(behaviour{version: "v3", errorRate: 0.2, latency: 2 * time.Millisecond})
	statuses := map[int]int{}
	for range 50 {
		status, version, _ := ask(t, s, "/")
		statuses[status]++
		assert.Equal(t, "v3", version)
	}
	assert.Equal(t, map[int]int{200: 40, 500: 10}, statuses)
	assert.InDelta(t, 40, testutil.ToFloat64(s.requests.WithLabelValues("200")), 0)
	assert.InDelta(t, 10, testutil.ToFloat64(s.requests.WithLabelValues("500")), 0)
	for _, path := range []string{"/healthz", "/metrics"} {
		status, _, _ := ask(t, s, path)
		assert.Equal(t, 200, status)
	}
	_, _, metrics := ask(t, s, "/metrics")
	assert.Contains(t, metrics, `http_requests_total{status="500"} 10`)
	assert.Contains(t, metrics, "http_request_duration_seconds_count 50")
	assert.Contains(t, metrics, `http_request_duration_seconds_bucket{le="0.005"}`)
	assert.NotContains(t, metrics, `http_request_duration_seconds_bucket{le="0"}`)
}

func TestAHealthyVersionNeverFails(t *testing.T) {
	t.Parallel()
	s := newShop(behaviour{version: "v1"})
	for range 200 {
		status, _, _ := ask(t, s, "/")
		require.Equal(t, 200, status)
	}
}

func TestBehaviourIsReadFromTheEnvironment(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		env  map[string]string
		want behaviour
		err  string
	}{
		"nothing is healthy": {nil, behaviour{version: "unknown", listen: ":8080"}, ""},
		"all of it": {
			map[string]string{"VERSION": "v2", "ERROR_RATE": "0.25", "LATENCY": "20ms", "LISTEN": "127.0.0.1:1"},
			behaviour{"v2", 0.25, 20 * time.Millisecond, "127.0.0.1:1"},
			"",
		},
		"a share above 1":          {map[string]string{"ERROR_RATE": "20"}, behaviour{}, `ERROR_RATE is "20"; want a share`},
		"a share that is none":     {map[string]string{"ERROR_RATE": "NaN"}, behaviour{}, `ERROR_RATE is "NaN"`},
		"a duration without unit":  {map[string]string{"LATENCY": "20"}, behaviour{}, `LATENCY is "20"; want a duration`},
		"a duration below nothing": {map[string]string{"LATENCY": "-1s"}, behaviour{}, `LATENCY is "-1s"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := behaviourOf(func(key string) string { return c.env[key] })
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}
			require.NoError(t, err)
			assert.Equal(t, c.want, got)
		})
	}
}

func TestTheLoadSaysWhoAnswered(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	bad := newShop(behaviour{version: "v3", errorRate: 0.5})
	served := make(chan struct{}, 1000)
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		bad.ServeHTTP(w, r)
		select {
		case served <- struct{}{}:
		default: // enough
		}
	}))
	defer server.Close()
	l := newLoad(server.URL)
	done := make(chan struct{})
	go func() {
		defer close(done)
		l.run(ctx, 500, io.Discard)
	}()
	for range 20 {
		<-served
	}
	require.Eventually(t, func() bool {
		l.mu.Lock()
		defer l.mu.Unlock()
		return l.answer["v3"] > 5 && l.answer["v3 failed"] > 5
	}, 10*time.Second, 5*time.Millisecond)
	cancel()
	<-done
	assert.Regexp(t, `^v3: \d+, v3 failed: \d+$`, l.report())
	assert.Equal(t, "nothing was asked", l.report())
	server.Close()
	l.ask(t.Context())
	assert.Equal(t, "no answer: 1", l.report())
}

func TestArguments(t *testing.T) {
	t.Parallel()
	for args, want := range map[string]string{
		"load http://shop/ many": `the rate is "many"`,
		"load http://shop/ 0":    `the rate is "0"`,
		"sell":                   "usage: app",
	} {
		require.ErrorContains(t, run(t.Context(), strings.Fields(args)), want)
	}
}

func TestItServesUntilItIsToldToEnd(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	require.NoError(t, serve(ctx, behaviour{listen: "127.0.0.1:0"}))
	require.Error(t, serve(t.Context(), behaviour{listen: "nowhere:x"}))
	var out bytes.Buffer
	newLoad("http://127.0.0.1:1/").run(ctx, 1, &out)
	assert.Empty(t, out.String())
}
