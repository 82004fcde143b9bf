package prometheus

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// family is what is counted: the requests of one metric, and which of them are bad. Families with the same key count the same.
type family struct {
	key    string
	metric string
	// matchers are added to the scope. user says that a person wrote them, so that they may be wrong.
	matchers []spec.Matcher
	user     bool
	// bad are the matchers of bad requests. Without any it is read from the first of the status labels that is there.
	bad    []spec.Matcher
	status []string
	// unit is what a bucket's bound of 1 means, threshold the longest time that is not bad, in this unit. Only histograms have them.
	unit      time.Duration
	threshold float64
	grouping  grouping
	// reach, if it is set, is about the requests that callers of these Services saw, not about those that pods answered.
	reach *analysis.Reach
}

// destination is Istio's view from the pod that serves, origin that from its caller. Both report each request: never add them up.
var (
	destination = []spec.Matcher{{Label: "reporter", Op: spec.MatchEqual, Value: "destination"}}
	origin      = []spec.Matcher{{Label: "reporter", Op: spec.MatchEqual, Value: "source"}}
)

const (
	meshRequests = "istio_requests_total"
	meshStatus   = "response_code"
)

// anyStatus are the labels that the status of a metric unknown to us may be in.
var anyStatus = []string{"status", "code", meshStatus}

// errorFamilies are what the error rate may be counted by, in the order of preference: what the user says, or else what the
// application says itself before the mesh, since a proxy also sees what is not its own.
func errorFamilies(g *analysis.Gates) []*family {
	switch own := g.Metrics.Requests; {
	case g.MaxErrorRate == 0:
		return nil
	case own.Metric != "":
		return []*family{named(family{metric: own.Metric, matchers: own.Matchers, user: true, bad: g.Metrics.Bad, status: anyStatus})}
	}
	return []*family{
		named(family{metric: "http_requests_total", status: []string{"status", "code"}}),
		named(family{metric: meshRequests, status: []string{meshStatus}, matchers: destination}),
	}
}

// latencyFamilies are what the latency may be measured by, in the order of preference.
func latencyFamilies(g *analysis.Gates) []*family {
	in := func(unit time.Duration) float64 { return float64(g.LatencyThreshold) / float64(unit) }
	switch own := g.Metrics.Latency; {
	case g.LatencyThreshold == 0:
		return nil
	case own.Metric != "":
		unit := time.Second
		if g.Metrics.Milliseconds {
			unit = time.Millisecond
		}
		return []*family{named(family{metric: own.Metric, matchers: own.Matchers, user: true, unit: unit, threshold: in(unit)})}
	}
	return []*family{
		named(family{metric: "http_request_duration_seconds_bucket", unit: time.Second, threshold: in(time.Second)}),
		named(family{
			metric: "istio_request_duration_milliseconds_bucket", matchers: destination, unit: time.Millisecond,
			threshold: in(time.Millisecond),
		}),
	}
}

// liftedFamily is what a lifted rule is about.
func liftedFamily(r *analysis.LiftedRule) *family {
	f := family{
		metric: r.Requests.Metric, matchers: r.Requests.Matchers, user: len(r.Requests.Matchers) > 0,
		grouping: grouping{labels: r.Groups, without: r.Without},
	}
	if !r.Latency {
		f.bad, f.status = r.Bad, anyStatus
		return named(f)
	}
	f.unit, f.threshold = time.Second, r.Threshold
	if strings.HasSuffix(f.metric, "_milliseconds_bucket") {
		f.unit = time.Millisecond
	}
	return named(f)
}

// reachFamily is what callers saw of two Services. Bad is what their proxies had to answer themselves, which Envoy marks with a
// response flag (https://www.envoyproxy.io/docs/envoy/latest/configuration/observability/access_log/usage#command-operators): an error
// that the application answered with has none, and is the error rate's business.
func reachFamily(r *analysis.Reach) *family {
	return named(family{metric: meshRequests, matchers: origin, bad: []spec.Matcher{
		{Label: meshStatus, Op: spec.MatchRegexp, Value: "5.."}, {Label: "response_flags", Op: spec.MatchNotRegexp, Value: "-|"},
	}, reach: r})
}

// named gives a family its key.
func named(f family) *family {
	parts := []string{
		f.shared(), spec.JoinMatchers(f.bad), strings.Join(f.status, ","), f.unit.String(),
		strconv.FormatFloat(f.threshold, 'g', -1, 64), strconv.FormatBool(f.grouping.without), strings.Join(f.grouping.labels, ","),
	}
	if f.reach != nil {
		parts = append(parts, f.reach.Canary, f.reach.Stable)
	}
	f.key = strings.Join(parts, "\x00")
	return &f
}

// histogram says whether the metric is one's buckets.
func (f *family) histogram() bool { return f.unit != 0 }

// requests are what the family selects, but for the scope.
func (f *family) requests() spec.Selector {
	return spec.Selector{Metric: f.metric, Matchers: f.matchers}
}

// shared is the same for families whose samples one query can ask for.
func (f *family) shared() string {
	shared := f.requests().String()
	if f.reach != nil {
		shared += " of callers"
	}
	return shared
}

// title is how messages call the family.
func (f *family) title() string {
	if f.user {
		return f.requests().String()
	}
	return f.metric
}

// role is what a series of a counter counts, and the HTTP status that says so. A request is bad if all witnesses fit it.
func (f *family) role(labels map[string]string, bad []*witness) (analysis.Role, string) {
	if len(f.bad) > 0 {
		if slices.ContainsFunc(bad, func(w *witness) bool { return !w.fits(labels[w.matcher.Label]) }) {
			return analysis.RoleGood, ""
		}
		return analysis.RoleBad, ""
	}
	for _, label := range f.status {
		if status, ok := labels[label]; ok {
			return analysis.RoleOfStatus(status), status
		}
	}
	return analysis.RoleUnknown, ""
}
