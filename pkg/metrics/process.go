package metrics

import (
	"runtime"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Process are the metrics of the controller as a whole.
type Process struct {
	leader                      prometheus.Gauge
	reconciles, writes          *prometheus.CounterVec
	reconcileTime, evidenceTime prometheus.Histogram
}

// The results of a reconcile.
const (
	ResultOK       = "ok"
	ResultConflict = "conflict"
	ResultError    = "error"
)

// NewProcess registers them. Version is the controller's.
func NewProcess(r prometheus.Registerer, version string) *Process {
	b := builder{promauto.With(r)}
	info := of("sluice_build_info")
	b.NewGaugeVec(prometheus.GaugeOpts{Name: info.Name, Help: info.Help}, info.names()).WithLabelValues(version, runtime.Version()).Set(1)
	return &Process{
		leader:        b.gauge("sluice_leader"),
		reconciles:    b.counters("sluice_reconciles_total", ResultOK, ResultConflict, ResultError),
		writes:        b.counters("sluice_writes_total"),
		reconcileTime: b.histogram("sluice_reconcile_duration_seconds"),
		evidenceTime:  b.histogram("sluice_evidence_duration_seconds"),
	}
}

// Leads says whether this replica reconciles.
func (p *Process) Leads(leads bool) {
	p.leader.Set(0)
	if leads {
		p.leader.Set(1)
	}
}

// Reconciled counts a look at a Deployment.
func (p *Process) Reconciled(took time.Duration, result string) {
	p.reconciles.WithLabelValues(result).Inc()
	p.reconcileTime.Observe(took.Seconds())
}

// Judged times a collection of evidence.
func (p *Process) Judged(took time.Duration) { p.evidenceTime.Observe(took.Seconds()) }

// Wrote counts a write to the API server.
func (p *Process) Wrote(resource string) { p.writes.WithLabelValues(resource).Inc() }
