package mesh_test

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	istioapi "istio.io/api/networking/v1"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	istioclient "istio.io/client-go/pkg/clientset/versioned/typed/networking/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

const (
	rate    = 300 // requests per second of the load
	timeout = 30 * time.Second
)

// scene is an app in two versions, each with a Deployment and a Service of its own, under load.
type scene struct {
	*cluster.Cluster
	*mesh.Mesh
	namespace string
	load      *mesh.Load
}

// TestOnAControlPlane tells one story, since each chapter needs what the one before left: the control plane's start is dear.
func TestOnAControlPlane(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	s := newScene(ctx, t)

	t.Run("requests are shared out by weight", func(t *testing.T) {
		s.load = s.Load(ctx, mesh.Target{Namespace: s.namespace, Host: "shop"}, rate)
		window := s.during(t, 1500)
		assert.InDelta(t, 0.10, window.Share("v2"), 0.04, "five standard deviations")
	})

	t.Run("a change of weight takes effect after the delay, and fails no request", func(t *testing.T) {
		written := time.Now()
		s.setWeights(ctx, t, 50, 50)
		s.awaitShares(ctx, t, 50, 2)
		assert.GreaterOrEqual(t, time.Since(written), mesh.DefaultDelay)
		window := s.during(t, 1000)
		assert.InDelta(t, 0.50, window.Share("v2"), 0.08, "five standard deviations")

		s.setWeights(ctx, t, 0, 100)
		s.awaitShares(ctx, t, 100, 2)
		s.during(t, 100) // those that were under way
		window = s.during(t, 300)
		assert.InDelta(t, 1, window.Share("v2"), 0)
		all := s.load.Snapshot()
		assert.Zero(t, all.FailedByRollout, "%+v", all.Failures)
		assert.Equal(t, all.Requests, all.Served)
	})

	t.Run("Prometheus has the series of both ends, with the pods' own labels", func(t *testing.T) {
		assert.Eventually(t, func() bool {
			return s.query(ctx, t, `istio_requests_total{reporter="destination", destination_service_name="shop-canary", `+
				`destination_workload="shop-canary", namespace="`+s.namespace+`", pod=~"shop-canary-[a-z0-9]+-[a-z0-9]{5}"}`) == 2
		}, timeout, 200*time.Millisecond, "one for each pod")
		assert.Positive(t, s.query(ctx, t, `istio_request_duration_milliseconds_bucket{reporter="source", le=~"500([.]0)?"}`))
	})

	t.Run("a pod that dies at once fails requests until its endpoint has gone", func(t *testing.T) {
		pods, err := cluster.WaitForAll(ctx, s.Cluster, s.namespace, "app=shop-canary", func(p []corev1.Pod) bool { return len(p) == 2 })
		require.NoError(t, err)
		before := s.load.Snapshot()
		require.NoError(t, s.Pods().Crash(ctx, s.namespace, pods[0].Name))
		require.Eventually(t, func() bool { return s.load.Snapshot().Since(before).FailedByRollout > 0 }, timeout, 10*time.Millisecond)
		for _, failure := range s.load.Snapshot().Since(before).Failures {
			assert.Contains(t, []mesh.Flag{mesh.FlagConnectFailure, mesh.FlagConnectionLost}, failure.Flag, failure.Reason)
			assert.Equal(t, pods[0].Name, failure.Pod)
		}
		s.awaitShares(ctx, t, 100, 2) // it starts again
	})

	t.Run("a Service without endpoints answers 503", func(t *testing.T) {
		_, err := s.Kubectl(ctx, "-n", s.namespace, "scale", "deployment/shop-canary", "--replicas=0")
		require.NoError(t, err)
		s.awaitShares(ctx, t, 100, 0)
		for _, do := range []func(context.Context, string, string, string, http.Header) (mesh.Response, error){s.Do, s.DirectDo} {
			response, err := do(ctx, s.namespace, "shop-canary", "/", nil)
			require.NoError(t, err)
			assert.Equal(t, http.StatusServiceUnavailable, response.Status)
			assert.Equal(t, mesh.FlagNoHealthyUpstream, response.Flag)
		}
		outside, err := s.DirectDo(ctx, s.namespace, "shop", "/", nil)
		require.NoError(t, err)
		assert.Equal(t, "v1", outside.Version, "clients outside the mesh don't know the weights")
	})

	t.Run("without its VirtualService the Service answers itself", func(t *testing.T) {
		require.NoError(t, s.virtualServices().Delete(ctx, "shop", metav1.DeleteOptions{}))
		require.NoError(t, s.Await(ctx, func(table *mesh.Table) bool { return len(table.Shares(s.request())) == 1 }))
		response, err := s.Do(ctx, s.namespace, "shop", "/", nil)
		require.NoError(t, err)
		assert.Equal(t, "v1", response.Version)
	})
}

func newScene(ctx context.Context, t *testing.T) *scene {
	t.Helper()
	c, err := cluster.Start(ctx, cluster.Options{Log: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(c.Stop)
	namespace, _, err := c.Namespace(ctx, "mesh")
	require.NoError(t, err)
	for name, version := range map[string]string{"shop": "v1", "shop-canary": "v2"} {
		_, err := cluster.App{Namespace: namespace, Name: name, Version: version, Replicas: 2}.Deploy(ctx, c)
		require.NoError(t, err)
	}
	m, err := mesh.Start(ctx, mesh.Options{Config: c.Config(cluster.Admin), Namespaces: []string{namespace}, Log: os.Stderr})
	require.NoError(t, err)
	t.Cleanup(m.Stop)
	require.NoError(t, c.ScrapeMesh(ctx, m.MetricsAddress()))
	s := &scene{Cluster: c, Mesh: m, namespace: namespace}
	_, err = s.virtualServices().Create(ctx, s.virtualService(90, 10), metav1.CreateOptions{})
	require.NoError(t, err)
	s.awaitShares(ctx, t, 10, 2)
	return s
}

func (s *scene) virtualService(stable, canary int32) *istiov1.VirtualService {
	to := func(host string, weight int32) *istioapi.HTTPRouteDestination {
		return &istioapi.HTTPRouteDestination{Destination: &istioapi.Destination{Host: host}, Weight: weight}
	}
	return &istiov1.VirtualService{
		ObjectMeta: metav1.ObjectMeta{Namespace: s.namespace, Name: "shop"},
		Spec: istioapi.VirtualService{
			Hosts: []string{"shop"},
			Http: []*istioapi.HTTPRoute{
				{Route: []*istioapi.HTTPRouteDestination{to("shop", stable), to("shop-canary", canary)}},
			},
		},
	}
}

func (s *scene) setWeights(ctx context.Context, t *testing.T, stable, canary int32) {
	t.Helper()
	object, err := s.virtualServices().Get(ctx, "shop", metav1.GetOptions{})
	require.NoError(t, err)
	wanted := s.virtualService(stable, canary)
	wanted.ResourceVersion = object.ResourceVersion
	_, err = s.virtualServices().Update(ctx, wanted, metav1.UpdateOptions{})
	require.NoError(t, err)
}

func (s *scene) virtualServices() istioclient.VirtualServiceInterface {
	return s.Istio().NetworkingV1().VirtualServices(s.namespace)
}

func (s *scene) request() mesh.Request {
	return mesh.Request{Namespace: s.namespace, Host: "shop", Path: "/"}
}

// awaitShares waits until the proxies know the canary's weight and ready pods.
func (s *scene) awaitShares(ctx context.Context, t *testing.T, weight int32, ready int) {
	t.Helper()
	canary := "shop-canary." + s.namespace + ".svc.cluster.local"
	err := s.Await(ctx, func(table *mesh.Table) bool {
		for _, share := range table.Shares(s.request()) {
			if share.Host == canary {
				return share.Weight == weight && share.Ready == ready
			}
		}
		return false
	})
	require.NoError(t, err, "%s", s.Table().Shares(s.request()))
}

// during lets n requests pass and returns what was counted meanwhile.
func (s *scene) during(t *testing.T, n int64) mesh.Snapshot {
	t.Helper()
	before := s.load.Snapshot()
	require.Eventually(t, func() bool { return s.load.Snapshot().Since(before).Requests >= n }, timeout, 10*time.Millisecond)
	return s.load.Snapshot().Since(before)
}

// query returns how many series Prometheus has for an expression.
func (s *scene) query(ctx context.Context, t *testing.T, expression string) int {
	t.Helper()
	address := s.PrometheusURL() + "/api/v1/query?query=" + url.QueryEscape(expression)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []json.RawMessage `json:"result"`
		} `json:"data"`
	}
	require.NoError(t, json.NewDecoder(response.Body).Decode(&answer))
	return len(answer.Data.Result)
}
