package rules

import (
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

var shop = Scope{Namespace: "shop", Deployment: "shop"}

func TestTheRulesThatATeamHasAreLiftedUnchanged(t *testing.T) {
	data, err := os.ReadFile("testdata/app-alerts.yaml")
	require.NoError(t, err)
	set, err := ParseFile(data, "app-alerts.yaml")
	require.NoError(t, err)
	require.Len(t, set.Alerts, 2)
	assert.Equal(t, 5*time.Minute, set.Alerts[0].For)
	assert.Equal(t, "High p95 latency detected", set.Alerts[1].Annotations["summary"])

	assert.Equal(t, Compiled{
		Mode: Lifted,
		Alert: analysis.Alert{Name: "HighErrorRate", Severity: analysis.SeverityAbort, Lifted: &analysis.LiftedRule{
			Limit:    0.05,
			Requests: spec.Selector{Metric: "http_requests_total"},
			Bad:      []spec.Matcher{{Label: "status", Op: spec.MatchRegexp, Value: "5.."}},
		}},
		Why: `a test that at most 5 % of the requests in http_requests_total have status=~"5.."`,
	}, Compile(set.Alerts[0], nil, shop))
	assert.Equal(t, Compiled{
		Mode: Lifted,
		Alert: analysis.Alert{Name: "HighLatency", Severity: analysis.SeverityHold, Lifted: &analysis.LiftedRule{
			Limit:    0.05,
			Requests: spec.Selector{Metric: "http_request_duration_seconds_bucket"},
			Latency:  true, Threshold: 2, Without: true,
		}},
		Why: `a test that at most 5 % of the requests in http_request_duration_seconds_bucket take longer than 2, each set of labels apart`,
	}, Compile(set.Alerts[1], nil, shop))
}

func TestScopedRule(t *testing.T) {
	c := Compile(Rule{
		Name: "Saturated", For: time.Hour, Labels: map[string]string{"severity": "Page"},
		Expr: `max by (queue) (queue_length{namespace="shop",kind="in"}) / on (queue) queue_limit > 0.9 and rate(queue_length_total{kind="in"}[1h]) > 1`,
	}, nil, shop)
	assert.Equal(t, Compiled{
		Mode: Scoped,
		Alert: analysis.Alert{Name: "Saturated", Severity: analysis.SeverityAbort, Scoped: &analysis.ScopedRule{
			Query: `max by (queue) (queue_length{kind="in",namespace="shop",pod=~"__sluice_pods__"}) / on (queue) ` +
				`queue_limit{namespace="shop",pod=~"__sluice_pods__"} > 0.9 and ` +
				`rate(queue_length_total{kind="in",namespace="shop",pod=~"__sluice_pods__"}[1h]) > 1`,
			For: 2 * time.Minute,
			Controls: []analysis.Control{
				{Selector: spec.Selector{Metric: "queue_length_total", Matchers: []spec.Matcher{{Label: "kind", Op: "=", Value: "in"}}}},
				{Selector: spec.Selector{Metric: "queue_length", Matchers: []spec.Matcher{{Label: "kind", Op: "=", Value: "in"}}}},
				{Selector: spec.Selector{Metric: "queue_limit"}},
			},
		}},
		Why: "evaluated by Prometheus over each version's pods (no test of requests: it is no comparison of a share of requests with a limit); its limit is an amount, " +
			"which counts for each version by itself: a canary with little traffic reaches it later; it looks back 1h, so it takes long to show what is new",
	}, c)
}

func TestForAndSeverity(t *testing.T) {
	for name, test := range map[string]struct {
		labels map[string]string
		want   analysis.Severity
	}{
		"critical aborts":              {map[string]string{"severity": "critical"}, analysis.SeverityAbort},
		"page aborts, however written": {map[string]string{"severity": " PAGE "}, analysis.SeverityAbort},
		"warning holds":                {map[string]string{"severity": "warning"}, analysis.SeverityHold},
		"a template holds":             {map[string]string{"severity": "{{ $labels.severity }}"}, analysis.SeverityHold},
		"none holds":                   {nil, analysis.SeverityHold},
	} {
		t.Run(name, func(t *testing.T) {
			c := Compile(Rule{Name: "X", Expr: "up == 0", For: 30 * time.Second, Labels: test.labels}, nil, shop)
			require.Equal(t, Scoped, c.Mode, c.Why)
			assert.Equal(t, test.want, c.Alert.Severity)
			assert.Equal(t, 30*time.Second, c.Alert.Scoped.For, "a short for stays")
		})
	}
}

func TestGlobal(t *testing.T) {
	c := CompileGlobal(Rule{Name: "DatabaseDown", Expr: `absent(up{job="db"})`, For: time.Hour, Labels: map[string]string{"severity": "critical"}})
	assert.Equal(t, Compiled{
		Mode: Global,
		Alert: analysis.Alert{Name: "DatabaseDown", Severity: analysis.SeverityHold, Scoped: &analysis.ScopedRule{
			Query: `absent(up{job="db"})`, For: 2 * time.Minute, Global: true,
		}},
		Why: "taken as it stands, whoever it is about: it holds the run while it fires, and never aborts it",
	}, c)
	assert.Equal(t, "vector(1 > bool 0)", CompileGlobal(Rule{Name: "Scalar", Expr: "1 > bool 0"}).Alert.Scoped.Query, "a subquery takes no scalar")
	for _, expr := range []string{"", "sum(", `"text"`, "up[5m]"} {
		refused := CompileGlobal(Rule{Name: "X", Expr: expr})
		assert.Equal(t, Refused, refused.Mode, expr)
		assert.NotEmpty(t, refused.Why)
		assert.NotEmpty(t, refused.Mend)
	}
	assert.Equal(t, Refused, CompileGlobal(Rule{Name: "X", Expr: "up", Problem: "for: not a duration"}).Mode)
}
