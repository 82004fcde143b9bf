package metrics

import (
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
	"k8s.io/client-go/util/workqueue"
)

// Queue gives a work queue its metrics. There is one queue, so its name is not a label.
type Queue struct {
	depth, unfinished, longest prometheus.Gauge
	adds, retries              prometheus.Counter
	wait, work                 prometheus.Histogram
}

var _ workqueue.MetricsProvider = (*Queue)(nil)

// NewQueue registers them.
func NewQueue(r prometheus.Registerer) *Queue {
	b := builder{promauto.With(r)}
	return &Queue{
		depth:      b.gauge("sluice_queue_depth"),
		unfinished: b.gauge("sluice_queue_unfinished_seconds"),
		longest:    b.gauge("sluice_queue_longest_running_seconds"),
		adds:       b.counter("sluice_queue_adds_total"),
		retries:    b.counter("sluice_queue_retries_total"),
		wait:       b.histogram("sluice_queue_wait_seconds"),
		work:       b.histogram("sluice_queue_work_seconds"),
	}
}

// NewDepthMetric is sluice_queue_depth.
func (q *Queue) NewDepthMetric(string) workqueue.GaugeMetric { return q.depth }

// NewAddsMetric is sluice_queue_adds_total.
func (q *Queue) NewAddsMetric(string) workqueue.CounterMetric { return q.adds }

// NewLatencyMetric is sluice_queue_wait_seconds.
func (q *Queue) NewLatencyMetric(string) workqueue.HistogramMetric { return q.wait }

// NewWorkDurationMetric is sluice_queue_work_seconds.
func (q *Queue) NewWorkDurationMetric(string) workqueue.HistogramMetric { return q.work }

// NewUnfinishedWorkSecondsMetric is sluice_queue_unfinished_seconds.
func (q *Queue) NewUnfinishedWorkSecondsMetric(string) workqueue.SettableGaugeMetric {
	return q.unfinished
}

// NewLongestRunningProcessorSecondsMetric is sluice_queue_longest_running_seconds.
func (q *Queue) NewLongestRunningProcessorSecondsMetric(string) workqueue.SettableGaugeMetric {
	return q.longest
}

// NewRetriesMetric is sluice_queue_retries_total.
func (q *Queue) NewRetriesMetric(string) workqueue.CounterMetric { return q.retries }
