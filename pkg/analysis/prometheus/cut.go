package prometheus

import (
	"slices"
	"time"

	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// found is one series of an answer, as far as one run is concerned.
type found struct {
	metric  model.Metric
	samples []model.SamplePair
	pod     string
	side    analysis.Side
}

// series is what was found, for a ledger.
func (f *found) series(of *family) analysis.Series {
	labels := make(map[string]string, len(f.metric))
	for name, value := range f.metric {
		switch name {
		case model.MetricNameLabel, labelNamespace, labelPod:
		default:
			labels[string(name)] = string(value)
		}
	}
	samples := make([]analysis.Sample, len(f.samples))
	for i, s := range f.samples {
		samples[i] = analysis.Sample{At: int64(s.Timestamp), Value: float64(s.Value)}
	}
	role, status := of.role(labels)
	return analysis.Series{Side: f.side, Pod: f.pod, Labels: labels, Role: role, Status: status, Samples: samples}
}

const (
	labelNamespace = "namespace"
	labelPod       = "pod"
)

// place is whose pods have a prefix.
type place struct{ namespace, prefix string }

type owner struct {
	ask  *ask
	side analysis.Side
}

// hand cuts an answer up and hands each ask its part. The selector of a batch also finds pods that only look as if they belonged
// to it: of one run's name in another run's namespace.
func (a *answer) hand(batch []*ask, until time.Time) {
	owners := map[place][]owner{}
	for _, ask := range batch {
		canary := place{ask.run.namespace, podPrefix(ask.run.canary)}
		stable := place{ask.run.namespace, podPrefix(ask.run.stable)}
		owners[canary] = append(owners[canary], owner{ask, analysis.Canary})
		owners[stable] = append(owners[stable], owner{ask, analysis.Stable})
	}
	parts := map[*ask][]found{}
	for _, f := range a.found {
		f.pod = string(f.metric[labelPod])
		prefix, ok := prefixOf(f.pod)
		if !ok {
			continue
		}
		for _, o := range owners[place{string(f.metric[labelNamespace]), prefix}] {
			f.side = o.side
			parts[o.ask] = append(parts[o.ask], f)
		}
	}
	for _, ask := range batch {
		ask.take(until, parts[ask])
		ask.book.note(a.notes)
		ask.book.slow = 0
	}
}

// few is how many notes are kept.
const few = 5

// note keeps what Prometheus remarked, once.
func (b *book) note(notes []string) {
	for _, n := range notes {
		if len(b.notes) < few && !slices.Contains(b.notes, n) {
			b.notes = append(b.notes, n)
		}
	}
}
