package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// builder makes collectors of catalogue entries and registers them.
type builder struct{ promauto.Factory }

func (b builder) gauge(name string) prometheus.Gauge {
	m := of(name)
	return b.NewGauge(prometheus.GaugeOpts{Name: m.Name, Help: m.Help})
}

func (b builder) counter(name string) prometheus.Counter {
	m := of(name)
	return b.NewCounter(prometheus.CounterOpts{Name: m.Name, Help: m.Help})
}

// counters have a series from the start for each of the values of their one label that are known: what first appears at 1 is an increase
// that nobody sees.
func (b builder) counters(name string, values ...string) *prometheus.CounterVec {
	m := of(name)
	vec := b.NewCounterVec(prometheus.CounterOpts{Name: m.Name, Help: m.Help}, m.names())
	for _, value := range values {
		vec.WithLabelValues(value)
	}
	return vec
}

func (b builder) histogram(name string) prometheus.Histogram {
	m := of(name)
	return b.NewHistogram(prometheus.HistogramOpts{Name: m.Name, Help: m.Help, Buckets: m.Buckets})
}

func (b builder) histograms(name string, values ...string) *prometheus.HistogramVec {
	m := of(name)
	vec := b.NewHistogramVec(prometheus.HistogramOpts{Name: m.Name, Help: m.Help, Buckets: m.Buckets}, m.names())
	for _, value := range values {
		vec.WithLabelValues(value)
	}
	return vec
}
