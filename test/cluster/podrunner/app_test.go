package podrunner

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
)

// appWith is an application with a behaviour.
func appWith(b Behaviour) *app {
	var p atomic.Pointer[Behaviour]
	p.Store(&b)
	return newApp("shop-abc-12345", &p)
}

// get asks an application.
func get(a *app, path string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, path, http.NoBody))
	return w
}

func TestAppTellsItsFailuresAndCountsThem(t *testing.T) {
	t.Parallel()
	a := appWith(Behaviour{Version: "v2", ErrorRate: 0.25, ErrorAfterRequests: 10})
	failed := 0
	for i := range 30 {
		w := get(a, "/cart/17")
		assert.Equal(t, "v2", w.Header().Get(HeaderVersion))
		assert.Equal(t, "shop-abc-12345", w.Header().Get(HeaderPod))
		if w.Code == http.StatusInternalServerError {
			failed++
			assert.Equal(t, "true", w.Header().Get(HeaderInjected))
			assert.GreaterOrEqual(t, i, 10, "the first ten are served well")
		} else {
			assert.Empty(t, w.Header().Get(HeaderInjected))
		}
	}
	assert.Equal(t, 5, failed)
	metrics := get(a, "/metrics").Body.String()
	assert.Contains(t, metrics, `http_requests_total{endpoint="/cart",method="GET",status="200"} 25`)
	assert.Contains(t, metrics, `http_requests_total{endpoint="/cart",method="GET",status="500"} 5`)
	assert.Contains(t, metrics, `http_request_duration_seconds_count{endpoint="/cart",method="GET"} 30`)
	assert.NotContains(t, metrics, `endpoint="/metrics"`)
}

func TestAppHasAllBucketBoundsThatGatesAskFor(t *testing.T) {
	t.Parallel()
	a := appWith(Behaviour{})
	get(a, "/")
	for _, bound := range []string{"0.5", "1", "2", "2.5", "+Inf"} {
		assert.Contains(t, get(a, "/metrics").Body.String(), `endpoint="/",method="GET",le="`+bound+`"} 1`)
	}
}

func TestAppTakesItsTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := appWith(Behaviour{Latency: time.Second, SlowShare: 0.1, SlowLatency: 10 * time.Second})
		start := time.Now()
		for range 20 {
			get(a, "/")
		}
		assert.Equal(t, 38*time.Second, time.Since(start), "18 of 1s and 2 of 10s")
		metrics := get(a, "/metrics").Body.String()
		assert.Contains(t, metrics, `le="1"} 18`)
		assert.Contains(t, metrics, `le="10"} 20`)
	})
}

func TestAppStopsWorkForACallerWhoLeft(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		a := appWith(Behaviour{Latency: time.Hour})
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		a.ServeHTTP(httptest.NewRecorder(), httptest.NewRequestWithContext(ctx, http.MethodGet, "/", http.NoBody))
		assert.Equal(t, time.Second, time.Since(start))
	})
}
