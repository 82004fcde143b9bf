package mesh

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// testPod is a real server behind a Service, as the pod runner would start it.
type testPod struct {
	service, version, address string
	server                    *httptest.Server
}

// startPod serves on a pod address of its own, which test packages that run beside this one don't use.
func startPod(t *testing.T, service, version, address string, handler http.HandlerFunc) *testPod {
	t.Helper()
	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", dialAddress(address)+":0")
	require.NoError(t, err)
	p := &testPod{service: service, version: version, address: address}
	p.server = httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Version", version)
		w.Header().Set("X-Pod", p.name())
		handler(w, r)
	}))
	require.NoError(t, p.server.Listener.Close())
	p.server.Listener = listener
	p.server.Start()
	t.Cleanup(p.server.Close)
	return p
}

func (p *testPod) name() string { return p.service + "-" + p.version + "-" + p.address }

func (p *testPod) port() int32 {
	if address, ok := p.server.Listener.Addr().(*net.TCPAddr); ok {
		return int32(address.Port)
	}
	return 0
}

// objectsOf are the pods with their slices in namespace prod, and a Service for each name.
func objectsOf(pods []*testPod, services ...string) Objects {
	var o Objects
	for _, name := range services {
		o.Services = append(o.Services, kubeService("prod", name, 80))
	}
	for _, p := range pods {
		slice := endpoints("prod", p.service, 80, p.port(), p.address)
		slice.Endpoints[0].TargetRef.Name = p.name()
		o.EndpointSlices = append(o.EndpointSlices, slice)
		o.Pods = append(o.Pods, &corev1.Pod{ObjectMeta: metav1.ObjectMeta{
			Namespace: "prod", Name: p.name(), Labels: map[string]string{"app": "shop", "pod-template-hash": p.version},
			OwnerReferences: []metav1.OwnerReference{{Kind: "ReplicaSet", Name: "shop-" + p.version, Controller: new(true)}},
		}})
	}
	return o
}

// testMesh is a mesh that knows these objects.
func testMesh(t *testing.T, o Objects) *Mesh {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	m, err := newMesh(ctx, cancel, 1)
	require.NoError(t, err)
	t.Cleanup(m.Stop)
	m.apply(o)
	return m
}

func call(t *testing.T, m *Mesh, host, path string) Response {
	t.Helper()
	response, err := m.Do(t.Context(), "prod", host, path, nil)
	require.NoError(t, err)
	return response
}

func ok(w http.ResponseWriter, r *http.Request) { _, _ = fmt.Fprint(w, "hello "+r.Host+r.RequestURI) }

func injected(w http.ResponseWriter, _ *http.Request) {
	w.Header().Set("X-Injected", "true")
	w.WriteHeader(http.StatusInternalServerError)
}

func broken(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusInternalServerError) }

// hangUp closes the connection without an answer, as a pod that dies at once.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close() // the client sees it
	}
}

// hang answers only when the client has gone.
func hang(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() }

// hangIn is hang that says when it is reached.
func hangIn(reached chan<- struct{}) http.HandlerFunc {
	return func(_ http.ResponseWriter, r *http.Request) {
		select {
		case reached <- struct{}{}:
		case <-r.Context().Done():
		}
		<-r.Context().Done()
	}
}
