package metrics

import (
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// Rollouts are the metrics of the managed Deployments and of their runs. The series of a Deployment are made of its newest state whenever
// Prometheus asks, so none is left behind by a Deployment, a run or a gate that is no more.
type Rollouts struct {
	runs, transitions *prometheus.CounterVec
	runTime           *prometheus.HistogramVec
	stepTime          prometheus.Histogram
	described         []Metric
	descs             map[string]*prometheus.Desc

	mu    sync.Mutex // guards what follows
	known map[strategy.Key]*known
}

var (
	_ watch.Watcher        = (*Rollouts)(nil)
	_ prometheus.Collector = (*Rollouts)(nil)
)

// known is what is kept of a Deployment.
type known struct {
	seen watch.Rollout
	// ran says that it has had a run: from then on the counters below are shown.
	ran                      bool
	ended                    map[strategy.Result]int
	written, contested       int
	judgedCanary, judgedBase float64
	// run, canary and base are what was judged of the present run so far.
	run          string
	canary, base float64
}

// NewRollouts registers them.
func NewRollouts(r prometheus.Registerer) *Rollouts {
	b := builder{promauto.With(r)}
	m := &Rollouts{
		runs: b.counters("sluice_runs_total"), transitions: b.counters("sluice_transitions_total"),
		runTime: b.histograms("sluice_run_duration_seconds", resultNames()...), stepTime: b.histogram("sluice_step_duration_seconds"),
		descs: map[string]*prometheus.Desc{}, known: map[strategy.Key]*known{},
	}
	for _, end := range spec.Endings() {
		m.runs.WithLabelValues(string(strategy.ResultOf(end)), string(end))
	}
	for _, metric := range Catalogue() {
		if metric.labelled("deployment") || metric.Name == "sluice_managed_deployments" {
			m.described = append(m.described, metric)
			m.descs[metric.Name] = metric.desc()
		}
	}
	r.MustRegister(m)
	return m
}

// Seen keeps the newest state.
func (m *Rollouts) Seen(r watch.Rollout) {
	m.mu.Lock()
	defer m.mu.Unlock()
	k := m.get(r.Key)
	k.seen = r
	k.ran = k.ran || r.Run != nil || len(r.Past) > 0
	k.judged(r)
}

// Happened counts a transition.
func (m *Rollouts) Happened(t watch.Transition) {
	m.transitions.WithLabelValues(string(t.Reason)).Inc()
	if t.Reason == spec.ReasonReverted || t.Reason == spec.ReasonContested {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.get(t.Key).contested++
	}
}

// Gone ends the series of a Deployment.
func (m *Rollouts) Gone(key strategy.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	delete(m.known, key)
}

// Led counts a write that leads traffic. One for a Deployment that is not managed any more is not counted.
func (m *Rollouts) Led(key strategy.Key) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if k, ok := m.known[key]; ok {
		k.written++
	}
}

// Recorded counts what a write of the record says has ended: a step, a run.
func (m *Rollouts) Recorded(key strategy.Key, before *strategy.Record, now strategy.Record, at time.Time) {
	if before != nil && before.Run != nil && passed(*before.Run, now) {
		m.stepTime.Observe(at.Sub(before.Run.Since).Seconds())
	}
	if len(now.History) == 0 {
		return
	}
	last := now.History[0]
	if before != nil && len(before.History) > 0 && before.History[0].ID == last.ID {
		return
	}
	m.runs.WithLabelValues(string(last.Result), string(last.Reason)).Inc()
	m.runTime.WithLabelValues(string(last.Result)).Observe(last.EndedAt.Sub(last.StartedAt).Seconds())
	m.mu.Lock()
	defer m.mu.Unlock()
	m.get(key).ended[last.Result]++
}

// passed says whether a step of a run has been passed.
func passed(before strategy.Run, now strategy.Record) bool {
	return now.Run != nil && now.Run.ID == before.ID && before.Phase == strategy.RunShifting &&
		(now.Run.Step > before.Step || now.Run.Phase == strategy.RunPromoting)
}

// get is what is known of a Deployment. The caller holds the lock.
func (m *Rollouts) get(key strategy.Key) *known {
	k, ok := m.known[key]
	if !ok {
		k = &known{ended: map[strategy.Result]int{}}
		m.known[key] = k
	}
	return k
}

// judged adds the requests that were judged since the last look. Counts of one run only grow; those of a step that was restarted, or that
// Prometheus has lost, don't count twice.
func (k *known) judged(r watch.Rollout) {
	if r.Run == nil {
		return
	}
	if k.run != r.Run.ID {
		k.run, k.canary, k.base = r.Run.ID, 0, 0
	}
	for _, g := range r.Status.Gates {
		if g.Canary.Requests > k.canary {
			k.judgedCanary += g.Canary.Requests - k.canary
			k.canary = g.Canary.Requests
		}
		if g.Stable.Requests > k.base {
			k.judgedBase += g.Stable.Requests - k.base
			k.base = g.Stable.Requests
		}
	}
}

func resultNames() []string {
	var names []string
	for _, r := range strategy.Results() {
		names = append(names, string(r))
	}
	return names
}
