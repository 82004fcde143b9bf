package podrunner

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// Response headers by which a caller tells who answered and why a request failed.
const (
	HeaderVersion  = "X-Version"  // VERSION of the pod
	HeaderPod      = "X-Pod"      // name of the pod
	HeaderInjected = "X-Injected" // "true" on a failure that the version itself is at fault for
)

// app is one run of a container's application: new counters and a new sequence of errors, as after any restart.
type app struct {
	pod       string
	behaviour *atomic.Pointer[Behaviour]
	metrics   http.Handler
	requests  *prometheus.CounterVec
	durations *prometheus.HistogramVec

	mu     sync.Mutex // guards what follows
	served int
	errors *spread
	slow   *spread
	hangup *spread
}

// newApp starts a run of the application of the named pod.
func newApp(pod string, behaviour *atomic.Pointer[Behaviour]) *app {
	registry := prometheus.NewRegistry()
	factory := promauto.With(registry)
	return &app{
		pod:       pod,
		behaviour: behaviour,
		metrics:   promhttp.HandlerFor(registry, promhttp.HandlerOpts{DisableCompression: true}), // loopback is fast
		// Names and labels are those of the HTTP middleware that most Go and Python services use.
		requests: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by method, endpoint and status.",
		}, []string{"method", "endpoint", "status"}),
		durations: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 2.5, 5, 10},
		}, []string{"method", "endpoint"}),
		errors: newSpread(pod, "errors"),
		slow:   newSpread(pod, "slow"),
		hangup: newSpread(pod, "hangup"),
	}
}

// ServeHTTP answers /metrics, and every other path as the behaviour says. Scrapes are not counted as requests.
func (a *app) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/metrics" {
		a.metrics.ServeHTTP(w, r)
		return
	}
	start := time.Now()
	b := a.behaviour.Load()
	if a.hangsUp(b) {
		hangUp(w)
		return
	}
	status, latency := a.next(b)
	work(r, latency)

	// Counted before the answer leaves: whoever has the answer finds it in the metrics.
	endpoint := endpointOf(r.URL.Path)
	a.requests.WithLabelValues(r.Method, endpoint, strconv.Itoa(status)).Inc()
	a.durations.WithLabelValues(r.Method, endpoint).Observe(time.Since(start).Seconds())

	w.Header().Set(HeaderVersion, b.Version)
	w.Header().Set(HeaderPod, a.pod)
	if status != http.StatusOK {
		w.Header().Set(HeaderInjected, "true")
	}
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "%s %s\n", b.Version, a.pod) // the caller may have left
}

// hangUp closes the connection, as an application that dies of a request does: the caller sees it lost, and nobody here has counted it.
func hangUp(w http.ResponseWriter) {
	if conn, _, err := http.NewResponseController(w).Hijack(); err == nil {
		_ = conn.Close() // that is what it is for
	}
}

// hangsUp decides whether one request is not answered at all.
func (a *app) hangsUp(b *Behaviour) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.hangup.next(b.HangupRate)
}

// next decides the fate of one request.
func (a *app) next(b *Behaviour) (status int, latency time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.served++
	status, latency = http.StatusOK, b.Latency
	if a.served > b.ErrorAfterRequests && a.errors.next(b.ErrorRate) {
		status = http.StatusInternalServerError
	}
	if a.slow.next(b.SlowShare) {
		latency = b.SlowLatency
	}
	return status, latency
}

// work takes the time that real work would, or less if the caller leaves.
func work(r *http.Request, d time.Duration) {
	if d <= 0 {
		return
	}
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done():
	}
}

// endpointOf is the first segment of a path: label values must stay few, whatever a caller asks for.
func endpointOf(path string) string {
	first, _, _ := strings.Cut(strings.TrimPrefix(path, "/"), "/")
	return "/" + first
}
