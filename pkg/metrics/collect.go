package metrics

import (
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// labelled says whether a metric has a label.
func (m Metric) labelled(label string) bool { return slices.Contains(m.names(), label) }

// Describe sends the descriptions of everything that Collect can send.
func (m *Rollouts) Describe(descs chan<- *prometheus.Desc) {
	for _, metric := range m.described {
		descs <- m.descs[metric.Name]
	}
}

// Collect sends the series of every managed Deployment.
func (m *Rollouts) Collect(out chan<- prometheus.Metric) {
	m.mu.Lock()
	series := make([]*series, 0, len(m.known))
	for key, k := range m.known {
		series = append(series, k.series(m, key))
	}
	m.mu.Unlock()
	out <- prometheus.MustNewConstMetric(m.descs["sluice_managed_deployments"], prometheus.GaugeValue, float64(len(series)))
	for _, s := range series {
		for _, metric := range s.all {
			out <- metric
		}
	}
}

// series are those of one Deployment.
type series struct {
	descs map[string]*prometheus.Desc
	key   strategy.Key
	all   []prometheus.Metric
}

func (s *series) gauge(name string, value float64, labels ...string) {
	s.add(name, prometheus.GaugeValue, value, labels)
}

func (s *series) counter(name string, value float64, labels ...string) {
	s.add(name, prometheus.CounterValue, value, labels)
}

func (s *series) add(name string, kind prometheus.ValueType, value float64, labels []string) {
	s.all = append(s.all, prometheus.MustNewConstMetric(s.descs[name], kind, value, append([]string{s.key.Namespace, s.key.Name}, labels...)...))
}

// series makes all of a Deployment's.
func (k *known) series(m *Rollouts, key strategy.Key) *series {
	s := &series{descs: m.descs, key: key}
	k.state(s)
	if k.seen.Run != nil {
		k.running(s)
		k.gates(s)
	}
	if k.ran {
		k.events(s)
		k.counted(s)
	}
	return s
}

const (
	stable = "stable"
	canary = "canary"
)

func (k *known) state(s *series) {
	r := k.seen
	rests := r.Status.Phase == strategy.PhaseAtRest
	for _, phase := range strategy.Phases() {
		switch {
		case phase == r.Status.Phase:
			s.gauge("sluice_rollout_phase", 1, string(phase))
		case !rests && phase != strategy.PhaseUnmanaged:
			s.gauge("sluice_rollout_phase", 0, string(phase))
		}
	}
	if !rests {
		s.gauge("sluice_rollout_reason", 1, string(r.Status.Reason))
	}
	if r.Status.Stable != "" {
		s.gauge("sluice_rollout_version_info", 1, stable, r.Status.Stable)
	}
	s.gauge("sluice_rollout_ready_pods", float64(r.StableReady), stable)
}

func (k *known) running(s *series) {
	r := k.seen
	if r.Status.Canary != "" {
		s.gauge("sluice_rollout_version_info", 1, canary, r.Status.Canary)
	}
	s.gauge("sluice_rollout_ready_pods", float64(r.Status.CanaryReady), canary)
	s.gauge("sluice_rollout_desired_pods", float64(r.Status.CanaryWanted), canary)
	s.gauge("sluice_rollout_desired_pods", float64(r.StableWanted), stable)
	s.gauge("sluice_rollout_step", float64(r.Status.Step))
	s.gauge("sluice_rollout_steps", float64(r.Status.Steps))
	s.gauge("sluice_rollout_weight_ratio", float64(r.Status.Weight)/100)
	braked := 0.0
	if r.Braked {
		braked = 1
	}
	s.gauge("sluice_rollout_braked", braked)
	s.gauge("sluice_run_start_timestamp_seconds", unix(r.Run.StartedAt))
	s.gauge("sluice_step_start_timestamp_seconds", unix(r.Run.Since))
}

func (k *known) gates(s *series) {
	for i := range k.seen.Status.Gates {
		g := &k.seen.Status.Gates[i]
		s.gauge("sluice_gate_value", g.Value, g.Name, canary)
		s.gauge("sluice_gate_value", g.StableValue, g.Name, stable)
		if counts(g) {
			s.gauge("sluice_gate_threshold", g.Threshold, g.Name)
		}
		if g.Bound > 0 {
			s.gauge("sluice_gate_bound_seconds", g.Bound.Seconds(), g.Name)
		}
		s.gauge("sluice_gate_requests", g.Canary.Requests, g.Name, canary)
		s.gauge("sluice_gate_requests", g.Stable.Requests, g.Name, stable)
		for _, side := range []struct {
			name string
			analysis.Weighed
		}{{"abort", g.Abort}, {"promote", g.Promote}} {
			s.gauge("sluice_gate_evidence_log10", side.Log10E, g.Name, side.name)
			s.gauge("sluice_gate_evidence_limit_log10", side.Log10Limit, g.Name, side.name)
		}
		for _, outcome := range analysis.Outcomes() {
			is := 0.0
			if outcome == g.Outcome {
				is = 1
			}
			s.gauge("sluice_gate_verdict", is, g.Name, string(outcome))
		}
	}
}

// counts says whether a gate counts requests, so that it has a threshold.
func counts(g *analysis.Gate) bool { return g.Mode == "" || g.Mode == analysis.ModeLifted }

func (k *known) counted(s *series) {
	for _, result := range strategy.Results() {
		s.counter("sluice_rollout_runs_total", float64(k.ended[result]), string(result))
	}
	s.counter("sluice_requests_judged_total", k.judgedCanary, canary)
	s.counter("sluice_requests_judged_total", k.judgedBase, stable)
	s.counter("sluice_traffic_writes_total", float64(k.written))
	s.counter("sluice_contested_writes_total", float64(k.contested))
}
