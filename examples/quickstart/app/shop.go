package main

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// headerVersion tells the load who answered.
const headerVersion = "X-Version"

// behaviour is how a version behaves.
type behaviour struct {
	version   string        // VERSION
	errorRate float64       // ERROR_RATE: share of the requests that fail, from 0 to 1
	latency   time.Duration // LATENCY: how long a request takes, 250ms for example
	listen    string        // LISTEN: address; :8080
}

// behaviourOf reads the environment.
func behaviourOf(env func(string) string) (behaviour, error) {
	b := behaviour{version: cmp.Or(env("VERSION"), "unknown"), listen: cmp.Or(env("LISTEN"), ":8080")}
	var err error
	if b.errorRate, err = strconv.ParseFloat(cmp.Or(env("ERROR_RATE"), "0"), 64); err != nil || !(b.errorRate >= 0 && b.errorRate <= 1) {
		return behaviour{}, fmt.Errorf("ERROR_RATE is %q; want a share between 0 and 1", env("ERROR_RATE"))
	}
	if b.latency, err = time.ParseDuration(cmp.Or(env("LATENCY"), "0s")); err != nil || b.latency < 0 {
		return behaviour{}, fmt.Errorf("LATENCY is %q; want a duration such as 250ms", env("LATENCY"))
	}
	return b, nil
}

// shop answers requests, well or not.
type shop struct {
	behaviour
	metrics   http.Handler
	requests  *prometheus.CounterVec
	durations prometheus.Histogram
	asked     atomic.Uint64
}

func newShop(b behaviour) *shop {
	registry := prometheus.NewRegistry()
	factory := promauto.With(registry)
	return &shop{
		behaviour: b,
		metrics:   promhttp.HandlerFor(registry, promhttp.HandlerOpts{}),
		// The names that most libraries use: Sluice finds them by itself.
		requests: factory.NewCounterVec(prometheus.CounterOpts{
			Name: "http_requests_total", Help: "Requests answered, by status.",
		}, []string{"status"}),
		durations: factory.NewHistogram(prometheus.HistogramOpts{
			Name: "http_request_duration_seconds", Help: "Time to answer a request.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2, 5},
		}),
	}
}

// ServeHTTP answers users. Probes and scrapes are not counted as requests.
func (s *shop) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/metrics":
		s.metrics.ServeHTTP(w, r)
	case "/healthz":
		w.WriteHeader(http.StatusOK)
	default:
		s.answer(w, r)
	}
}

func (s *shop) answer(w http.ResponseWriter, r *http.Request) {
	start := time.Now()
	timer := time.NewTimer(s.latency)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.Context().Done(): // the user has left
	}
	status := http.StatusOK
	if fails(s.asked.Add(1), s.errorRate) {
		status = http.StatusInternalServerError
	}
	s.requests.WithLabelValues(strconv.Itoa(status)).Inc()
	s.durations.Observe(time.Since(start).Seconds())
	w.Header().Set(headerVersion, s.version)
	w.WriteHeader(status)
	_, _ = fmt.Fprintf(w, "shop %s\n", s.version) //nolint:gosec // whoever deploys it says the version; the user may have left
}

// fails says whether the n-th request does: evenly spread, so that every try of the quickstart ends alike.
func fails(n uint64, rate float64) bool {
	return math.Floor(float64(n)*rate) > math.Floor(float64(n-1)*rate)
}
