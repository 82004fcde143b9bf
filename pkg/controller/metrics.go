package controller

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// metrics are the controller's own. Series of a Deployment end when it is no longer Sluice's.
type metrics struct {
	phase, step, weight, pods              *prometheus.GaugeVec
	value, threshold, evidence, limit      *prometheus.GaugeVec
	runs, transitions, writes              *prometheus.CounterVec
	reconciles, reconcileErrors, staleness prometheus.Counter
	reconcileSeconds, judgeSeconds         prometheus.Histogram
}

func newMetrics(r prometheus.Registerer) *metrics {
	f := promauto.With(r)
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		return f.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, append([]string{"namespace", "deployment"}, labels...))
	}
	counter := func(name, help string, labels ...string) *prometheus.CounterVec {
		return f.NewCounterVec(prometheus.CounterOpts{Name: name, Help: help}, labels)
	}
	return &metrics{
		phase:     gauge("sluice_rollout_phase", "1 for the phase that the Deployment is in, 0 for the others.", "phase"),
		step:      gauge("sluice_rollout_step", "Step of the run, from 1; 0 at rest."),
		weight:    gauge("sluice_rollout_weight_ratio", "Share of the traffic that the canary has, 0 to 1."),
		pods:      gauge("sluice_rollout_canary_available_pods", "Available pods of the canary."),
		value:     gauge("sluice_gate_value_ratio", "Share of bad requests over the run, 0 to 1.", "gate", "version"),
		threshold: gauge("sluice_gate_threshold_ratio", "Largest share of bad requests that the gate allows, 0 to 1.", "gate"),
		evidence:  gauge("sluice_gate_evidence_log10", "Decadic logarithm of the evidence to abort or to promote.", "gate", "for"),
		limit:     gauge("sluice_gate_evidence_limit_log10", "Decadic logarithm of the evidence that it takes to abort or to promote.", "gate", "for"),
		runs:      counter("sluice_runs_total", "Runs that ended, by result and reason.", "result", "reason"),
		transitions: counter("sluice_transitions_total",
			"Transitions of all Deployments, by the reason that their events carry.", "reason"),
		writes:           counter("sluice_writes_total", "Writes to the API server, by resource.", "resource"),
		reconciles:       f.NewCounter(prometheus.CounterOpts{Name: "sluice_reconciles_total", Help: "Deployments planned."}),
		reconcileErrors:  f.NewCounter(prometheus.CounterOpts{Name: "sluice_reconcile_errors_total", Help: "Reconciles that ended with an error."}),
		staleness:        f.NewCounter(prometheus.CounterOpts{Name: "sluice_reconcile_conflicts_total", Help: "Reconciles that were planned again because an object had changed."}),
		reconcileSeconds: f.NewHistogram(prometheus.HistogramOpts{Name: "sluice_reconcile_duration_seconds", Help: "Time to plan and execute.", Buckets: prometheus.ExponentialBuckets(.0005, 4, 8)}),
		judgeSeconds:     f.NewHistogram(prometheus.HistogramOpts{Name: "sluice_evidence_duration_seconds", Help: "Time to collect the evidence of all runs.", Buckets: prometheus.ExponentialBuckets(.005, 4, 8)}),
	}
}

func (m *metrics) reconciled(took time.Duration, err error) {
	m.reconciles.Inc()
	m.reconcileSeconds.Observe(took.Seconds())
	switch {
	case err == nil:
	case isStale(err):
		m.staleness.Inc()
	default:
		m.reconcileErrors.Inc()
	}
}

func (m *metrics) judged(took time.Duration)  { m.judgeSeconds.Observe(took.Seconds()) }
func (m *metrics) wrote(resource string)      { m.writes.WithLabelValues(resource).Inc() }
func (m *metrics) transition(a strategy.Emit) { m.transitions.WithLabelValues(string(a.Reason)).Inc() }

// show brings the gauges of a Deployment up to date.
func (m *metrics) show(key strategy.Key, s strategy.Status) {
	for _, phase := range strategy.Phases() {
		value := 0.0
		if phase == s.Phase {
			value = 1
		}
		m.phase.WithLabelValues(key.Namespace, key.Name, string(phase)).Set(value)
	}
	m.step.WithLabelValues(key.Namespace, key.Name).Set(float64(s.Step))
	m.weight.WithLabelValues(key.Namespace, key.Name).Set(float64(s.Weight) / 100)
	m.pods.WithLabelValues(key.Namespace, key.Name).Set(float64(s.CanaryReady))
}

// verdict shows what the gates have measured.
func (m *metrics) verdict(key strategy.Key, v analysis.Verdict) {
	for _, g := range v.Gates {
		m.value.WithLabelValues(key.Namespace, key.Name, g.Name, "canary").Set(g.Value)
		m.value.WithLabelValues(key.Namespace, key.Name, g.Name, "stable").Set(g.StableValue)
		m.threshold.WithLabelValues(key.Namespace, key.Name, g.Name).Set(g.Threshold)
		for name, weighed := range map[string]analysis.Weighed{"abort": g.Abort, "promote": g.Promote} {
			m.evidence.WithLabelValues(key.Namespace, key.Name, g.Name, name).Set(weighed.Log10E)
			m.limit.WithLabelValues(key.Namespace, key.Name, g.Name, name).Set(weighed.Log10Limit)
		}
	}
}

// recorded counts a run that the record says has ended.
func (m *metrics) recorded(before *strategy.Record, now strategy.Record) {
	if len(now.History) == 0 {
		return
	}
	last := now.History[0]
	if before != nil && len(before.History) > 0 && before.History[0].ID == last.ID {
		return
	}
	m.runs.WithLabelValues(string(last.Result), string(last.Reason)).Inc()
}

// forgetGates ends the series of a Deployment's gates: what one run has measured must not be taken for the next one's.
func (m *metrics) forgetGates(key strategy.Key) {
	forget(key, m.value, m.threshold, m.evidence, m.limit)
}

// forget ends all series of a Deployment.
func (m *metrics) forget(key strategy.Key) {
	m.forgetGates(key)
	forget(key, m.phase, m.step, m.weight, m.pods)
}

func forget(key strategy.Key, vecs ...*prometheus.GaugeVec) {
	for _, vec := range vecs {
		vec.DeletePartialMatch(prometheus.Labels{"namespace": key.Namespace, "deployment": key.Name})
	}
}
