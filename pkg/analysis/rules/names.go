package rules

import (
	"regexp"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// The labels that tell the versions apart, together with the names that a ReplicaSet gives its pods.
const (
	labelNamespace = "namespace"
	labelPod       = "pod"
)

func isScopeLabel(name string) bool { return name == labelNamespace || name == labelPod }

// metricOf is the metric that a selector names; empty if it names none, or several.
func metricOf(vs *parser.VectorSelector) string {
	if vs.Name != "" {
		return vs.Name
	}
	name := ""
	for _, m := range vs.LabelMatchers {
		if m.Name == model.MetricNameLabel {
			if m.Type != labels.MatchEqual || (name != "" && name != m.Value) {
				return ""
			}
			name = m.Value
		}
	}
	return name
}

// fits says whether a user's matcher lets the scope's pods through.
func (s Scope) fits(m *labels.Matcher) bool {
	if m.Name == labelNamespace {
		return m.Matches(s.Namespace)
	}
	// Hashes of the length and the letters that the controller manager makes, and pods of each: a pattern that knows one version's hash
	// fits some of them at most.
	for _, pod := range []string{"6f7d8c9b54-x2k4p", "5b8f4c7d99-zw6vn", "7c6bb96d8f-4kq8d", "cf89d4f-2bgtr", "849dd5b6cc-mm7hj"} {
		if !m.Matches(s.Deployment + "-" + pod) {
			return false
		}
	}
	return true
}

// implied says whether a user's matcher, which fits, says nothing that the scope does not say as well, whatever the pod is called.
func (s Scope) implied(m *labels.Matcher) bool {
	if m.Name == labelNamespace {
		return true
	}
	switch m.Type {
	case labels.MatchNotEqual:
		return m.Value == ""
	case labels.MatchRegexp:
		rest, ours := strings.CutPrefix(m.Value, s.Deployment)
		if quoted := regexp.QuoteMeta(s.Deployment); !ours {
			rest, ours = strings.CutPrefix(m.Value, quoted)
		}
		return slices.Contains([]string{".*", ".+"}, m.Value) ||
			ours && slices.Contains([]string{
				".*", ".+", "-.*", "-.+", "-.*-.*", "-.+-.+", "-[a-z0-9]+-[a-z0-9]+", "-[a-z0-9]+-[a-z0-9]{5}", "-[0-9a-z]+-[0-9a-z]+", "-[0-9a-f]+-.*",
			}, rest)
	case labels.MatchEqual, labels.MatchNotRegexp:
	}
	return false
}

// foreign knows metrics whose pod, if they have one, is that of who reports them, never of what they are about.
func foreign(metric string) (whose string, ok bool) {
	for _, f := range []struct{ prefix, except, whose string }{
		{"node_", "", "the node exporter's, about a node"},
		{"kube_", "kube_pod_", "kube-state-metrics', about another object than a pod"},
		{"kubelet_", "", "the kubelet's, about a node"},
		{"machine_", "", "cAdvisor's, about a machine"},
		{"probe_", "", "the blackbox exporter's, about an address"},
	} {
		if strings.HasPrefix(metric, f.prefix) && (f.except == "" || !strings.HasPrefix(metric, f.except)) {
			return f.whose, true
		}
	}
	return "", false
}

// uncounted knows, by its unit, a counter of something else than events that are good or bad one by one: a share of seconds or bytes is
// no share of requests.
var units = regexp.MustCompile(`(^|_)(seconds?|milliseconds?|microseconds?|nanoseconds?|minutes|hours|msecs?|usecs?|nsecs?|ms|us|ns|time|duration|` +
	`bytes?|bits|octets|kilobytes|megabytes|tokens|joules|watts|meters|celsius|volts|amperes|percent|ratio|cores|load|info|created)(_total)?$|_(sum|bucket)$`)

// countsEvents says whether a counter's name allows that it counts requests or other events.
func countsEvents(metric string) bool { return !units.MatchString(metric) }

var times = regexp.MustCompile(`(^|_)(seconds?|milliseconds?|msecs?|ms|duration|latency|time)(_|$)`)

// measuresTime says whether a histogram's buckets are of response times, by its name.
func measuresTime(metric string) bool {
	base, ok := strings.CutSuffix(metric, "_bucket")
	return ok && times.MatchString(base)
}
