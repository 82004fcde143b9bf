package mesh

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

func TestDo(t *testing.T) {
	for sentence, test := range map[string]struct {
		handler http.HandlerFunc // nil: no pod
		stopped bool             // the pod is gone, its endpoint not yet
		rule    string           // for shop
		want    Response         // the fields compared below
		outcome Outcome
	}{
		"a pod answers": {
			handler: ok, want: Response{Status: 200, Version: "v1"}, outcome: Served,
		},
		"a pod doesn't know the page": {
			handler: http.NotFound, want: Response{Status: 404, Version: "v1"}, outcome: Served,
		},
		"a pod fails because it was told to": {
			handler: injected, want: Response{Status: 500, Version: "v1", Injected: true}, outcome: FailedByVersion,
		},
		"a pod fails though it wasn't told to": {
			handler: broken, want: Response{Status: 500, Version: "v1"}, outcome: FailedByRollout,
		},
		"a pod hangs up": {
			handler: hangUp, want: Response{Status: 503, Flag: FlagConnectionLost}, outcome: FailedByRollout,
		},
		"a pod is gone": {
			handler: ok, stopped: true, want: Response{Status: 503, Flag: FlagConnectFailure}, outcome: FailedByRollout,
		},
		"a pod takes longer than the route allows": {
			handler: hang, rule: `http: [{timeout: 0.05s, route: [{destination: {host: shop}}]}]`,
			want: Response{Status: 504, Flag: FlagUpstreamTimeout}, outcome: FailedByVersion,
		},
		"no pod": {
			want: Response{Status: 503, Flag: FlagNoHealthyUpstream}, outcome: FailedByRollout,
		},
		"no route": {
			handler: ok, rule: `http: [{match: [{uri: {exact: /x}}], route: [{destination: {host: shop}}]}]`,
			want: Response{Status: 404, Flag: FlagNoRoute}, outcome: FailedByRollout,
		},
		"no Service": {
			handler: ok, rule: `http: [{route: [{destination: {host: nowhere}}]}]`,
			want: Response{Status: 503, Flag: FlagNoCluster}, outcome: FailedByRollout,
		},
		"a rule answers": {
			handler: ok, rule: `http: [{directResponse: {status: 204}}]`, want: Response{Status: 204}, outcome: Served,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			var pods []*testPod
			if test.handler != nil {
				pods = append(pods, startPod(t, "shop", "v1", "10.244.250.1", test.handler))
			}
			objects := objectsOf(pods, "shop")
			if test.rule != "" {
				objects.VirtualServices = []*networkingv1.VirtualService{
					virtualService(t, "prod", "shop", 0, "spec: {hosts: [shop], "+test.rule+"}"),
				}
			}
			m := testMesh(t, objects)
			if test.stopped {
				pods[0].server.Close()
			}
			got := call(t, m, "shop", "/cart?id=1")
			assert.Equal(t, test.outcome, got.Outcome(), got.Reason)
			compared := Response{Status: got.Status, Flag: got.Flag, Version: got.Version, Injected: got.Injected}
			assert.Equal(t, test.want, compared, got.Reason)
			assert.Equal(t, test.outcome != Served, got.Reason != "" && got.Reason != "direct response")
			assert.Positive(t, got.Latency)
		})
	}
}

func TestDoSendsWhatTheClientSent(t *testing.T) {
	var seen http.Header
	pod := startPod(t, "shop", "v1", "10.244.250.2", func(w http.ResponseWriter, r *http.Request) {
		seen = r.Header.Clone()
		ok(w, r)
	})
	m := testMesh(t, objectsOf([]*testPod{pod}, "shop"))
	response, err := m.Do(t.Context(), "prod", "shop.prod:80", "/cart?id=1", http.Header{"x-user": {"ann", "bob"}})
	require.NoError(t, err)
	assert.Equal(t, "hello shop.prod:80/cart?id=1", string(response.Body))
	assert.Equal(t, []string{"ann", "bob"}, seen.Values("X-User"))
	assert.Equal(t, "shop.prod.svc.cluster.local", response.Service)
	assert.Equal(t, pod.name(), response.Pod)
}

func TestDirectDoKnowsNoVirtualService(t *testing.T) {
	pods := []*testPod{startPod(t, "shop", "v1", "10.244.250.3", ok), startPod(t, "shop-canary", "v2", "10.244.250.4", ok)}
	objects := objectsOf(pods, "shop", "shop-canary")
	objects.VirtualServices = []*networkingv1.VirtualService{toShop(t, "prod", "shop", 0, "shop", "shop-canary")}
	m := testMesh(t, objects)
	assert.Equal(t, "v2", call(t, m, "shop", "/").Version)
	direct, err := m.DirectDo(t.Context(), "prod", "shop", "/", nil)
	require.NoError(t, err)
	assert.Equal(t, "v1", direct.Version)
}

func TestDoEndsWithItsContextAndTheMesh(t *testing.T) {
	for sentence, end := range map[string]func(cancel func(), m *Mesh){
		"the call's context": func(cancel func(), _ *Mesh) { cancel() },
		"the mesh":           func(_ func(), m *Mesh) { m.Stop() },
	} {
		t.Run(sentence, func(t *testing.T) {
			reached := make(chan struct{})
			m := testMesh(t, objectsOf([]*testPod{startPod(t, "shop", "v1", "10.244.250.5", hangIn(reached))}, "shop"))
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			result := make(chan error)
			go func() {
				_, err := m.Do(ctx, "prod", "shop", "/", nil)
				result <- err
			}()
			<-reached
			end(cancel, m)
			require.Error(t, <-result)
		})
	}
}

func TestDoRefusesAPathThatIsNone(t *testing.T) {
	m := testMesh(t, objectsOf([]*testPod{startPod(t, "shop", "v1", "10.244.250.6", ok)}, "shop"))
	_, err := m.Do(t.Context(), "prod", "shop", "/\x00", nil)
	require.Error(t, err)
}

func TestConnectionsAreKept(t *testing.T) {
	connections := map[string]bool{}
	pod := startPod(t, "shop", "v1", "10.244.250.7", func(w http.ResponseWriter, r *http.Request) {
		connections[r.RemoteAddr] = true
		ok(w, r)
	})
	m := testMesh(t, objectsOf([]*testPod{pod}, "shop"))
	for range 10 {
		call(t, m, "shop", "/")
	}
	assert.Len(t, connections, 1)
}

func TestAwait(t *testing.T) {
	request := Request{Namespace: "prod", Host: "shop", Path: "/"}
	waiting := make(chan struct{}, 10)
	ready := func(table *Table) bool {
		waiting <- struct{}{}
		return table.Shares(request)[0].Ready == 1
	}
	m := testMesh(t, objectsOf(nil, "shop"))
	pod := startPod(t, "shop", "v1", "10.244.250.8", ok)

	result := make(chan error)
	go func() { result <- m.Await(t.Context(), ready) }()
	<-waiting
	m.apply(Objects{})
	<-waiting
	m.apply(objectsOf([]*testPod{pod}, "shop"))
	require.NoError(t, <-result)

	never := func(*Table) bool { return false }
	ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	require.ErrorIs(t, m.Await(ctx, never), context.DeadlineExceeded)
	m.Stop()
	require.ErrorIs(t, m.Await(t.Context(), never), errStopped)
}
