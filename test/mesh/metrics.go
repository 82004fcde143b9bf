package mesh

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	corev1 "k8s.io/api/core/v1"
)

// How long the series of a pod outlive it, and those of a client's namespace the last of its pods and requests: long enough for
// the last scrape to see them.
const seriesRetention = 30 * time.Second

// The client of every request, as a workload.
const (
	clientWorkload = "load-generator"
	clientPod      = "load-generator-0"
	unknown        = "unknown" // Istio's word for a label without value
)

// labelNames are those of Istio 1.31's standard metrics, and namespace and pod of the proxy that reports.
var labelNames = []string{
	"reporter", "namespace", "pod",
	"source_workload", "source_workload_namespace", "source_app", "source_version",
	"destination_workload", "destination_workload_namespace", "destination_app", "destination_version",
	"destination_service", "destination_service_name", "destination_service_namespace",
	"request_protocol", "response_code", "response_flags", "connection_security_policy",
}

// exporter counts requests as the sidecars of both ends would.
type exporter struct {
	registry *prometheus.Registry
	requests *prometheus.CounterVec
	duration *prometheus.HistogramVec

	mu      sync.Mutex
	present map[podKey]bool      // pods that exist
	pods    map[podKey]time.Time // pods with series: when it vanished, zero while it is present
	clients map[string]time.Time // namespaces of clients: when the last request was
}

type podKey struct{ namespace, name string }

// exchange is one finished request.
type exchange struct {
	request  Request
	decision Decision
	response Response
	inMesh   bool // the client has a sidecar, too
	shadow   bool // a copy, which that sidecar doesn't count
	at       time.Time
}

func newExporter() *exporter {
	registry := prometheus.NewRegistry()
	factory := promauto.With(registry)
	return &exporter{
		registry: registry,
		requests: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "istio_requests_total",
			Help: "Requests, as counted by the proxy of the client (reporter=source) and of the pod (reporter=destination).",
		}, labelNames),
		duration: factory.NewHistogramVec(prometheus.HistogramOpts{
			Name: "istio_request_duration_milliseconds",
			Help: "Duration of requests in milliseconds.",
			Buckets: []float64{
				0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 30000, 60000, 300000, 600000, 1800000, 3600000,
			},
		}, labelNames),
		pods: map[podKey]time.Time{}, clients: map[string]time.Time{},
	}
}

// observe counts a request at each proxy that saw it.
func (e *exporter) observe(x exchange) {
	if x.inMesh && !x.shadow {
		e.mu.Lock()
		e.clients[x.request.Namespace] = x.at
		e.count(x, e.source(x))
		e.mu.Unlock()
	}
	// A pod that lost the connection is gone together with its sidecar: nobody is left to report.
	if !x.response.reached || x.response.Flag == FlagConnectionLost {
		return
	}
	pod := x.decision.Endpoint.Pod
	key := podKey{pod.Namespace, pod.Name}
	e.mu.Lock()
	defer e.mu.Unlock()
	if _, known := e.pods[key]; !known {
		e.pods[key] = time.Time{}
		if !e.present[key] {
			e.pods[key] = x.at // the last answer of a pod that is gone already
		}
	}
	e.count(x, e.destination(x))
}

func (e *exporter) count(x exchange, labels prometheus.Labels) {
	e.requests.With(labels).Inc()
	e.duration.With(labels).Observe(float64(x.response.Latency) / float64(time.Millisecond))
}

func (e *exporter) source(x exchange) prometheus.Labels {
	labels := common(x)
	labels["reporter"], labels["namespace"], labels["pod"] = "source", x.request.Namespace, clientPod
	labels["source_workload"], labels["source_workload_namespace"] = clientWorkload, x.request.Namespace
	labels["source_app"] = clientWorkload
	labels["response_code"], labels["response_flags"] = strconv.Itoa(x.response.Status), flagLabel(x.response.Flag)
	labels["connection_security_policy"] = unknown // what Istio's source reporter always says
	return labels
}

func (e *exporter) destination(x exchange) prometheus.Labels {
	labels := common(x)
	labels["reporter"], labels["namespace"], labels["pod"] = "destination", x.decision.Endpoint.Pod.Namespace, x.decision.Endpoint.Pod.Name
	labels["connection_security_policy"] = "none"
	if x.inMesh {
		labels["source_workload"], labels["source_workload_namespace"] = clientWorkload, x.request.Namespace
		labels["source_app"] = clientWorkload
		labels["connection_security_policy"] = "mutual_tls"
	}
	labels["response_code"], labels["response_flags"] = strconv.Itoa(x.response.Status), flagLabel(x.response.Flag)
	if x.response.Flag == FlagUpstreamTimeout {
		// The client's proxy gave up; the pod's sees a client that went away without an answer.
		labels["response_code"], labels["response_flags"] = "0", string(flagDownstreamCanceled)
	}
	return labels
}

// common are the labels that both reporters agree on. Where a request had no cluster Istio falls back to the host it was called by.
func common(x exchange) prometheus.Labels {
	labels := prometheus.Labels{}
	for _, name := range labelNames {
		labels[name] = unknown
	}
	labels["request_protocol"] = "http"
	labels["destination_service"], _ = splitHostPort(x.request.Host)
	labels["destination_service_name"], _, _ = strings.Cut(labels["destination_service"], ".")
	if x.decision.Service != "" {
		labels["destination_service"], labels["destination_service_name"] = x.decision.Host, x.decision.Service
		labels["destination_service_namespace"] = x.decision.Namespace
	}
	if pod := x.decision.Endpoint.Pod; pod.Name != "" {
		labels["destination_workload"], labels["destination_workload_namespace"] = pod.Workload, pod.Namespace
		labels["destination_app"], labels["destination_version"] = cmp.Or(pod.App, unknown), cmp.Or(pod.Version, unknown)
	}
	return labels
}

func flagLabel(f Flag) string { return cmp.Or(string(f), "-") }

// setPods tells which pods exist at the moment.
func (e *exporter) setPods(objects []*corev1.Pod, now time.Time) {
	present := make(map[podKey]bool, len(objects))
	for _, object := range objects {
		present[podKey{object.Namespace, object.Name}] = true
	}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.present = present
	for key, gone := range e.pods {
		switch {
		case present[key]:
			e.pods[key] = time.Time{}
		case gone.IsZero():
			e.pods[key] = now
		}
	}
}

// run drops the series of vanished pods until the context ends.
func (e *exporter) run(ctx context.Context) {
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case now := <-ticker.C:
			e.expire(now)
		}
	}
}

// expire drops the series of pods that vanished longer ago than the retention, and those of clients in namespaces that are deserted:
// where many short tests share a mesh, every scrape would be longer than the last.
func (e *exporter) expire(now time.Time) {
	e.mu.Lock()
	defer e.mu.Unlock()
	inhabited := map[string]bool{}
	for key := range e.present {
		inhabited[key.namespace] = true
	}
	for namespace, last := range e.clients {
		if inhabited[namespace] || now.Sub(last) < seriesRetention {
			continue
		}
		own := prometheus.Labels{"reporter": "source", "namespace": namespace}
		e.requests.DeletePartialMatch(own)
		e.duration.DeletePartialMatch(own)
		delete(e.clients, namespace)
	}
	for key, gone := range e.pods {
		if gone.IsZero() || now.Sub(gone) < seriesRetention {
			continue
		}
		own := prometheus.Labels{"reporter": "destination", "namespace": key.namespace, "pod": key.name}
		e.requests.DeletePartialMatch(own)
		e.duration.DeletePartialMatch(own)
		delete(e.pods, key)
	}
}
