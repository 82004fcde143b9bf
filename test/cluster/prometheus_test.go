package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/cluster"
)

// series is one result of an instant query.
type series struct {
	Metric map[string]string
	Value  [2]any // time, value
}

// query asks Prometheus.
func query(ctx context.Context, promQL string) ([]series, error) {
	u := shared.PrometheusURL() + "/api/v1/query?query=" + url.QueryEscape(promQL)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u, http.NoBody)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close()
	var body struct{ Data struct{ Result []series } }
	if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
		return nil, err
	}
	return body.Data.Result, nil
}

// querySoon asks Prometheus until it has at least n series: it scrapes every second.
func querySoon(ctx context.Context, t *testing.T, promQL string, n int) []series {
	t.Helper()
	ticker := time.NewTicker(100 * time.Millisecond)
	defer ticker.Stop()
	for {
		result, err := query(ctx, promQL)
		require.NoError(t, err)
		if len(result) >= n {
			return result
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.Fail(t, "no series", "%s: want %d, got %v", promQL, n, result)
		}
	}
}

// The steps share one Prometheus, which they stop and halt: one test, not in parallel.
func TestPrometheus(t *testing.T) {
	ctx, namespace := scene(t)
	deploy(ctx, t, cluster.App{Namespace: namespace, Env: map[string]string{"ERROR_RATE": "1"}})
	pods, err := shared.Client().CoreV1().Pods(namespace).List(ctx, listAll())
	require.NoError(t, err)
	for i := range pods.Items {
		mustAsk(ctx, t, &pods.Items[i], "/cart")
	}

	selector := `http_requests_total{namespace="` + namespace + `",pod=~"shop-[a-z0-9]+-[a-z0-9]{5}"}`
	for _, s := range querySoon(ctx, t, selector, 3) {
		assert.Equal(t, "/cart", s.Metric["endpoint"])
		assert.Equal(t, "500", s.Metric["status"])
		assert.Equal(t, "GET", s.Metric["method"])
		assert.Equal(t, "app", s.Metric["container"])
		assert.Equal(t, "1", s.Value[1])
	}
	count := querySoon(ctx, t, `count(`+selector+`)`, 1)
	assert.Equal(t, "3", count[0].Value[1], "one series for each pod")

	t.Run("keeps the labels of the mesh's metrics", func(t *testing.T) {
		mesh := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`istio_requests_total{namespace="` + namespace + `",pod="shop-abc-12345",job="x"} 7` + "\n"))
		}))
		t.Cleanup(mesh.Close)
		require.NoError(t, shared.ScrapeMesh(ctx, mesh.Listener.Addr().String()))
		result := querySoon(ctx, t, `istio_requests_total{namespace="`+namespace+`",pod="shop-abc-12345",job="x"}`, 1)
		assert.Equal(t, "7", result[0].Value[1])
	})
	t.Run("is back at its address with its data", func(t *testing.T) {
		then := fmt.Sprintf(" @ %.3f", float64(time.Now().UnixMilli())/1000)
		querySoon(ctx, t, selector+then, 3)
		require.NoError(t, shared.StopPrometheus())
		_, err := query(ctx, selector)
		var refused *net.OpError
		require.ErrorAs(t, err, &refused)
		require.NoError(t, shared.StartPrometheus(ctx))
		querySoon(ctx, t, selector+then, 3)
	})
	t.Run("hangs when paused", func(t *testing.T) {
		require.NoError(t, shared.PausePrometheus())
		bounded, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err := query(bounded, selector)
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.NoError(t, shared.ResumePrometheus())
		querySoon(ctx, t, selector, 3)
	})
}
