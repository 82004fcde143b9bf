package prometheus

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// found is one series of an answer, as far as one run is concerned.
type found struct {
	labels  model.Metric
	samples []model.SamplePair
	pod     string
	side    analysis.Side
}

// series is what was found, for a ledger.
func (f *found) series() analysis.Series {
	labels := make(map[string]string, len(f.labels))
	for name, value := range f.labels {
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
	return analysis.Series{Side: f.side, Pod: f.pod, Labels: labels, Samples: samples}
}

// label is the value of a label; empty if there is none.
func (f *found) label(name string) string { return string(f.labels[model.LabelName(name)]) }

// describe are the labels that tell a rule's results apart, for messages.
func (f *found) describe() string {
	names := make([]string, 0, len(f.labels))
	for name := range f.labels {
		if name != model.MetricNameLabel && name != labelRule && name != labelNamespace {
			names = append(names, string(name))
		}
	}
	slices.Sort(names)
	for i, name := range names {
		names[i] = name + "=" + strconv.Quote(f.label(name))
	}
	return strings.Join(names, ",")
}

const (
	labelNamespace = "namespace"
	labelPod       = "pod"
	// What Istio calls the Service that a request was sent to.
	labelService          = "destination_service_name"
	labelServiceNamespace = "destination_service_namespace"
)

// place is whose pods have a prefix, or which Service was called.
type place struct{ namespace, name string }

// places are those of an ask's two sides.
func (a *ask) places() map[place]analysis.Side {
	all := map[place]analysis.Side{}
	if r := a.reach(); r != nil {
		all[place{a.run.namespace, r.Canary}] = analysis.Canary
		all[place{a.run.namespace, r.Stable}] = analysis.Stable
		return all
	}
	for _, side := range a.run.sides() {
		all[place{a.run.namespace, a.run.prefix(side)}] = side
	}
	return all
}

// locate says where a series belongs, and which pod counted it. False if it can't be told.
func (f *found) locate(reach bool) (place, string, bool) {
	namespace, pod := f.label(labelNamespace), f.label(labelPod)
	if reach {
		// The pod is the caller's, of whichever namespace.
		return place{f.label(labelServiceNamespace), f.label(labelService)}, namespace + "/" + pod, true
	}
	prefix, ok := prefixOf(pod)
	return place{namespace, prefix}, pod, ok
}

type owner struct {
	ask  *ask
	side analysis.Side
}

// hand cuts an answer up and hands each ask its part. The selector of a batch also finds pods that only look as if they belonged
// to it: of one run's name in another run's namespace.
func (b batch) hand(a *answer, k kind, until time.Time) {
	parts := map[*ask][]found{}
	if k == kindRule {
		b.handRules(a, parts)
	} else {
		b.handPods(a, parts)
	}
	for _, ask := range b {
		ask.take(until, parts[ask])
		ask.state.note(a.notes)
		ask.state.slow = 0
	}
}

func (b batch) handPods(a *answer, parts map[*ask][]found) {
	owners := map[place][]owner{}
	for _, ask := range b {
		for place, side := range ask.places() {
			owners[place] = append(owners[place], owner{ask, side})
		}
	}
	reach := b[0].reach() != nil
	for _, f := range a.found {
		place, pod, ok := f.locate(reach)
		if !ok {
			continue
		}
		for _, o := range owners[place] {
			f.pod, f.side = pod, o.side
			parts[o.ask] = append(parts[o.ask], f)
		}
	}
}
