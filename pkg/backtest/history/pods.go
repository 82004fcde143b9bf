package history

import (
	"regexp"
	"strconv"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// labelHash is where our queries put the pod-template-hash. No metric has a label of this name.
const labelHash = "sluice_hash"

// Names of pods: a hash is a number in the alphabet that makes no words (k8s.io/apimachinery, pkg/util/rand: no vowels, no 0, 1, 3),
// with up to 10 characters; behind it the API server puts five more.
const (
	hashes = "([bcdfghjklmnpqrstvwxz2456789]{1,10})"
	random = "[a-z0-9]{5}"
)

// pods asks about the pods of a Deployment by one metric.
type pods struct{ metric, matchers, regexp string }

func newPods(namespace, deployment string, family spec.Selector) pods {
	re := regexp.QuoteMeta(deployment) + "-" + hashes + "-" + random
	matchers := "namespace=" + strconv.Quote(namespace) + ",pod=~" + strconv.Quote(re)
	if len(family.Matchers) > 0 {
		matchers += "," + spec.JoinMatchers(family.Matchers)
	}
	return pods{metric: family.Metric, matchers: matchers, regexp: re}
}

// over is the range selector of the pods' series.
func (p *pods) over(window time.Duration) string {
	return p.metric + "{" + p.matchers + "}[" + strconv.FormatInt(window.Milliseconds(), 10) + "ms]"
}

// byHash sums something up per ReplicaSet: first per pod, so that the labels of few series have to be rewritten.
func (p *pods) byHash(aggregate, expr string) string {
	return aggregate + " by (" + labelHash + ") (label_replace(" + aggregate + " by (pod) (" + expr + "), " +
		strconv.Quote(labelHash) + `, "$1", "pod", ` + strconv.Quote(p.regexp) + "))"
}

// present is which ReplicaSets had samples in a window of time.
func (p *pods) present(window time.Duration) string {
	return p.byHash("group", "present_over_time("+p.over(window)+")")
}

// requests is how many requests each ReplicaSet counted in a window of time.
func (p *pods) requests(window time.Duration) string {
	return p.byHash("sum", "increase("+p.over(window)+")")
}

// candidates are the metrics by which pods may be found, in the order of preference.
func candidates(s *spec.Spec) []spec.Selector {
	matcher := func(label, value string) []spec.Matcher {
		return []spec.Matcher{{Label: label, Op: spec.MatchEqual, Value: value}}
	}
	all := []spec.Selector{
		{Metric: "http_requests_total"},
		{Metric: "istio_requests_total", Matchers: matcher("reporter", "destination")},
		{Metric: "http_request_duration_seconds_bucket", Matchers: matcher("le", "+Inf")},
		{Metric: "istio_request_duration_milliseconds_bucket", Matchers: append(matcher("reporter", "destination"), matcher("le", "+Inf")...)},
	}
	if m := s.Metrics.Latency; m.Metric != "" {
		m.Matchers = append(matcher("le", "+Inf"), m.Matchers...)
		all = append([]spec.Selector{m}, all...)
	}
	if m := s.Metrics.Requests; m.Metric != "" {
		all = append([]spec.Selector{m}, all...)
	}
	return all
}
