package prometheus

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// metrics are the health of the Source itself.
type metrics struct {
	queries *prometheus.CounterVec
	errors  *prometheus.CounterVec
	seconds prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	m := &metrics{
		queries: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_prometheus_queries_total",
			Help: "Queries sent to Prometheus, by what was asked for.",
		}, []string{"kind"}),
		errors: f.NewCounterVec(prometheus.CounterOpts{
			Name: "sluice_prometheus_query_errors_total",
			Help: "Queries without a usable answer, by reason.",
		}, []string{"reason"}),
		seconds: f.NewHistogram(prometheus.HistogramOpts{
			Name:    "sluice_prometheus_query_duration_seconds",
			Help:    "How long queries took, also those that failed.",
			Buckets: []float64{.005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5, 10, 30},
		}),
	}
	for _, k := range kinds {
		m.queries.WithLabelValues(string(k))
	}
	for _, reason := range []analysis.Reason{analysis.ReasonUnreachable, analysis.ReasonRefused} {
		m.errors.WithLabelValues(string(reason))
	}
	return m
}
