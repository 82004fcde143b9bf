package prometheus

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// lifted is a rule about the share of requests of http_requests_total that these matchers fit.
func lifted(bad ...spec.Matcher) analysis.Alert {
	return analysis.Alert{Name: "ErrorShare", Severity: analysis.SeverityAbort, Lifted: &analysis.LiftedRule{
		Limit: .05, Requests: spec.Selector{Metric: "http_requests_total"}, Bad: bad,
	}}
}

// calls is a counter as a program of its own kind has it.
func calls(f *fake, metric, pod string, growth float64, labels ...string) {
	all, points := requests(pod, "", steady(-70, 20, 100, growth))
	delete(all, "status")
	all["__name__"] = metric
	for i := 0; i < len(labels); i += 2 {
		all[labels[i]] = labels[i+1]
	}
	f.put(all, points)
}

func TestTheUsersOwnMetrics(t *testing.T) {
	rpc := spec.Selector{Metric: "rpc_total", Matchers: []spec.Matcher{equal("side", "server")}}
	notOK := spec.Matcher{Label: "result", Op: spec.MatchNotEqual, Value: "OK"}
	ours := func(f *fake) {
		for _, pod := range []string{stablePod, canaryPod} {
			calls(f, "rpc_total", pod, 10, "side", "server", "result", "OK")
			calls(f, "rpc_total", pod, 2, "side", "server", "result", "LOST")
			calls(f, "rpc_total", pod, 99, "side", "client", "result", "LOST")
			calls(f, "http_requests_total", pod, 50, "code", "500")
		}
	}
	tests := map[string]struct {
		put     func(*fake)
		metrics spec.Metrics
		want    analysis.Counts
		problem string
	}{
		"are counted instead of those that are found": {ours, spec.Metrics{Requests: rpc, Bad: []spec.Matcher{notOK}}, analysis.Counts{Requests: 72, Bad: 12}, ""},
		"without a word on what is bad tell it by the status": {
			func(f *fake) {
				for _, pod := range []string{stablePod, canaryPod} {
					calls(f, "rpc_total", pod, 10, "side", "server", "response_code", "200")
					calls(f, "rpc_total", pod, 1, "side", "server", "response_code", "503")
				}
			}, spec.Metrics{Requests: rpc}, analysis.Counts{Requests: 66, Bad: 6}, "",
		},
		"with a mistyped label":                           {ours, spec.Metrics{Requests: rpc, Bad: []spec.Matcher{equal("resullt", "LOST")}}, analysis.Counts{}, `no series of stable's rpc_total has the label "resullt", which resullt="LOST" asks for`},
		"with a mistyped label that everything goes past": {ours, spec.Metrics{Requests: rpc, Bad: []spec.Matcher{{Label: "res", Op: spec.MatchNotEqual, Value: "OK"}}}, analysis.Counts{}, `no series of stable's rpc_total has the label "res", by which`},
		"with a mistyped label of all requests":           {ours, spec.Metrics{Requests: spec.Selector{Metric: "rpc_total", Matchers: []spec.Matcher{equal("sde", "server")}}}, analysis.Counts{}, `no series of stable's rpc_total has the label "sde"`},
		"that only stable's series fit": {
			func(f *fake) {
				calls(f, "rpc_total", stablePod, 10, "version", "v1", "code", "200")
				calls(f, "rpc_total", canaryPod, 10, "version", "v2", "code", "200")
			},
			spec.Metrics{Requests: spec.Selector{Metric: "rpc_total", Matchers: []spec.Matcher{equal("version", "v1")}}},
			analysis.Counts{},
			`version="v1" fits all of stable's series of rpc_total and none of the canary's`,
		},
		"by which only stable's requests are bad": {
			func(f *fake) {
				calls(f, "rpc_total", stablePod, 10, "side", "server", "version", "v1", "result", "OK")
				calls(f, "rpc_total", canaryPod, 10, "side", "server", "version", "v2", "result", "OK")
			}, spec.Metrics{Requests: rpc, Bad: []spec.Matcher{notOK, equal("version", "v1")}}, analysis.Counts{}, `version="v1" fits all of stable's`,
		},
		"with a pattern that is none": {ours, spec.Metrics{Requests: rpc, Bad: []spec.Matcher{{Label: "result", Op: spec.MatchRegexp, Value: "("}}}, analysis.Counts{}, "error parsing regexp"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			test.put(f)
			sub := subject()
			sub.Gates.Metrics = test.metrics
			ev := collect(t, source(t, f), second(110), sub)[0]
			if test.problem != "" {
				require.NotNil(t, ev.Errors.Problem)
				assert.Contains(t, ev.Errors.Problem.Detail, test.problem)
				return
			}
			require.Nil(t, ev.Errors.Problem)
			assert.Equal(t, `rpc_total{side="server"}`, ev.Errors.Metric)
			canary, stable := sum(ev.Errors)
			assert.Equal(t, test.want, stable)
			assert.Equal(t, test.want, canary)
			assert.Len(t, f.asked(), 1, "what has been seen needs no control")
		})
	}
}

func TestTheUsersOwnHistogram(t *testing.T) {
	f := newFake(t)
	for _, pod := range []string{stablePod, canaryPod} {
		for i, le := range []string{"250", "500", "+Inf"} {
			calls(f, "took_bucket", pod, float64(i+1), "le", le)
		}
	}
	sub := subject()
	sub.Gates = analysis.Gates{LatencyQuantile: .9, LatencyThreshold: 300 * time.Millisecond, Metrics: spec.Metrics{
		Latency: spec.Selector{Metric: "took_bucket"}, Milliseconds: true,
	}}
	ev := collect(t, source(t, f), second(110), sub)[0]
	require.Nil(t, ev.Latency.Problem)
	assert.Equal(t, "took_bucket", ev.Latency.Metric)
	assert.Equal(t, 500*time.Millisecond, ev.Latency.Bound)
	_, stable := sum(ev.Latency)
	assert.Equal(t, analysis.Counts{Requests: 18, Bad: 6}, stable)
}

func TestSourcesThatAreEqualAreAskedForOnce(t *testing.T) {
	f := newFake(t)
	bothServe(f)
	f.put(requests(canaryPod, "500", steady(5, 10, 1, 0)))
	for _, pod := range []string{stablePod, canaryPod} {
		for i, le := range []string{"0.5", "1", "2", "+Inf"} {
			f.put(bucket(pod, le, steady(-70, 20, 100, float64(i+1))))
		}
	}
	slow := func(threshold float64) analysis.Alert {
		return analysis.Alert{Name: "Slow", Lifted: &analysis.LiftedRule{
			Limit: .05, Requests: spec.Selector{Metric: "http_request_duration_seconds_bucket"}, Latency: true, Threshold: threshold,
		}}
	}
	sub := subject()
	sub.Gates.LatencyQuantile, sub.Gates.LatencyThreshold = .95, time.Second
	sub.Gates.Alerts = []analysis.Alert{lifted(equal("status", "500")), lifted(equal("status", "500")), slow(1), slow(2)}
	s := source(t, f)
	ev := collect(t, s, second(110), sub)[0]
	assert.Equal(t, []string{
		`http_requests_total{namespace=~"shop",pod=~"(shop-new-|shop-old-)[a-z0-9]{5}"}[185000ms]`,
		`group by (namespace,pod,le) (count_over_time(http_request_duration_seconds_bucket{namespace=~"shop",` +
			`pod=~"(shop-new-|shop-old-)[a-z0-9]{5}"}[165000ms]))`,
		`http_request_duration_seconds_bucket{namespace=~"shop",pod=~"(shop-new-|shop-old-)[a-z0-9]{5}",le=~"\\+Inf|1|2"}[185000ms]`,
	}, f.asked(), "rules and gates about the same share their queries")
	assert.Len(t, s.runs[identify(&sub)].books, 4, "one per family")
	canary, _ := sum(ev.Alerts[0].Family)
	assert.Equal(t, analysis.Counts{Requests: 61, Bad: 1}, canary)
	assert.Equal(t, ev.Alerts[0], ev.Alerts[1])
	assert.Equal(t, ev.Latency, ev.Alerts[2].Family)
	_, at1 := sum(ev.Alerts[2].Family)
	_, at2 := sum(ev.Alerts[3].Family)
	assert.Equal(t, analysis.Counts{Requests: 24, Bad: 12}, at1)
	assert.Equal(t, analysis.Counts{Requests: 24, Bad: 6}, at2, "each counts by its own bound")

	sub.Gates.Alerts = nil
	collect(t, s, second(125), sub)
	assert.Len(t, s.runs[identify(&sub)].books, 2, "what nobody wants any more is forgotten")
}

func TestARuleOfTheMeshIsInItsUnit(t *testing.T) {
	rule := &analysis.LiftedRule{Requests: spec.Selector{Metric: "istio_request_duration_milliseconds_bucket"}, Latency: true, Threshold: 1500}
	assert.Equal(t, 1500*time.Millisecond, liftedFamily(rule).duration(1500))
	rule.Requests.Metric = "http_request_duration_seconds_bucket"
	assert.Equal(t, 2*time.Second, liftedFamily(rule).duration(2))
}

func TestGroups(t *testing.T) {
	labels := map[string]string{"path": "/pay", "method": "GET", "le": "1", "job": "pods", "instance": "10.0.0.1:80", "code": "200"}
	tests := map[string]struct {
		grouping grouping
		want     string
	}{
		"one group":                           {grouping{}, ""},
		"by some labels, in the rule's order": {grouping{labels: []string{"path", "method"}}, `path="/pay",method="GET"`},
		"by a label that isn't there":         {grouping{labels: []string{"zone", "path"}}, `zone="",path="/pay"`},
		"by pod":                              {grouping{labels: []string{"pod"}}, `pod="shop-new-aaaaa"`},
		"by nothing that could differ":        {grouping{labels: []string{"namespace", "le"}}, "{}"},
		"of a rule that doesn't aggregate":    {grouping{without: true}, `code="200",method="GET",path="/pay",pod="shop-new-aaaaa"`},
		"without some labels":                 {grouping{labels: []string{"code", "path"}, without: true}, `method="GET",pod="shop-new-aaaaa"`},
		"without the pod":                     {grouping{labels: []string{"code", "pod"}, without: true}, `instance="10.0.0.1:80",job="pods",method="GET",path="/pay"`},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, test.want, test.grouping.key(labels, canaryPod))
		})
	}
	assert.Equal(t, "{}", (&grouping{labels: []string{"pod"}, without: true}).key(nil, canaryPod))
}

func TestRoles(t *testing.T) {
	gates := &analysis.Gates{MaxErrorRate: .1}
	own, mesh := errorFamilies(gates)[0], errorFamilies(gates)[1]
	tests := map[string]struct {
		family *family
		labels map[string]string
		role   analysis.Role
		status string
	}{
		"the status":               {own, map[string]string{"status": "503", "code": "200"}, analysis.RoleBad, "503"},
		"the code":                 {own, map[string]string{"code": "200"}, analysis.RoleGood, "200"},
		"neither":                  {own, map[string]string{"le": "1"}, analysis.RoleUnknown, ""},
		"a word":                   {own, map[string]string{"status": "error"}, analysis.RoleUnknown, "error"},
		"the mesh's":               {mesh, map[string]string{"response_code": "500", "status": "200"}, analysis.RoleBad, "500"},
		"no label at all, counted": {mesh, nil, analysis.RoleUnknown, ""},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			role, status := test.family.role(test.labels, nil)
			assert.Equal(t, test.role, role)
			assert.Equal(t, test.status, status)
		})
	}
}
