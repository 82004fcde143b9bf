package metrics

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"
)

// Webhook are the metrics of the notifications.
type Webhook struct {
	deliveries *prometheus.CounterVec
	dropped    prometheus.Counter
	depth      prometheus.Gauge
	took       prometheus.Histogram
}

// NewWebhook registers them.
func NewWebhook(r prometheus.Registerer) *Webhook {
	b := builder{promauto.With(r)}
	return &Webhook{
		deliveries: b.counters("sluice_webhook_deliveries_total", "delivered", "retried", "failed"),
		dropped:    b.counter("sluice_webhook_dropped_total"),
		depth:      b.gauge("sluice_webhook_queue_depth"),
		took:       b.histogram("sluice_webhook_duration_seconds"),
	}
}

// Delivered counts an attempt by its result: delivered, retried or failed.
func (w *Webhook) Delivered(took time.Duration, result string) {
	w.deliveries.WithLabelValues(result).Inc()
	w.took.Observe(took.Seconds())
}

// Dropped counts a notification that was not sent.
func (w *Webhook) Dropped() { w.dropped.Inc() }

// Queued sets how many notifications wait.
func (w *Webhook) Queued(n int) { w.depth.Set(float64(n)) }
