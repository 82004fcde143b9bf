package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"
)

// Kind is the type of a metric, as Prometheus names it.
type Kind string

// The kinds.
const (
	Gauge     Kind = "gauge"
	Counter   Kind = "counter"
	Histogram Kind = "histogram"
)

// Metric is one entry of the catalogue.
type Metric struct {
	Name string
	Kind Kind
	// Help says what the value is, with its unit.
	Help string
	// Labels in the order in which values are given.
	Labels []Label
	// Buckets are a histogram's upper bounds.
	Buckets []float64
	// When says when there is a series.
	When When
}

// Label is a label and the values that it can have.
type Label struct{ Name, Values string }

// When says when there is a series of a metric.
type When string

// The times.
const (
	Always     When = "always"
	Managed    When = "while the Deployment is managed"
	InRun      When = "in a run and after an abort"
	Remembered When = "in a run, and afterwards as long as the record remembers one"
	Told       When = "with `--webhook-url`"
	Queried    When = "with `--prometheus-address`"
)

func (m Metric) names() []string {
	names := make([]string, 0, len(m.Labels))
	for _, l := range m.Labels {
		names = append(names, l.Name)
	}
	return names
}

func (m Metric) desc() *prometheus.Desc { return prometheus.NewDesc(m.Name, m.Help, m.names(), nil) }

// Catalogue lists every metric that Sluice has, in the order of the documentation.
func Catalogue() []Metric {
	return slices.Concat(ofRollouts(), ofGates(), ofRuns(), ofProcess(), ofQueries(), ofWebhook())
}

// of finds a metric of the catalogue. An unknown name has no help, and promlint refuses it in the tests.
func of(name string) Metric {
	for _, m := range Catalogue() {
		if m.Name == name {
			return m
		}
	}
	return Metric{Name: name}
}
