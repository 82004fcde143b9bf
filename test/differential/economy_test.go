package differential

import (
	"fmt"
	"strings"
	"testing"
	"time"

	promclient "github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/prometheus"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// meshed is the limit of those applications that are counted by the mesh alone.
const meshed = .02

// fleet makes up so many applications in the middle of their run, among pods of others, and says what to judge.
func fleet(h *history, n int) []analysis.Subject {
	put := func(namespace, pod, metric string, growth float64, labels ...string) {
		all := map[string]string{"__name__": metric, "namespace": namespace, "pod": pod, "instance": pod + ":80", "job": "pods"}
		for i := 0; i < len(labels); i += 2 {
			all[labels[i]] = labels[i+1]
		}
		s := h.add(all)
		for at := -2 * time.Minute; at < 4*time.Minute; at += scrape {
			s.points = append(s.points, point{base.Add(at + time.Second), 1000 + growth*float64(at/scrape)})
		}
	}
	var subjects []analysis.Subject
	for i := range n {
		namespace, app := fmt.Sprintf("team-%d", i%20), fmt.Sprintf("application-%d", i)
		sub := analysis.Subject{
			Namespace: namespace, Deployment: app, Run: app, Canary: app + "-7d9f8b6c5d", Stable: app + "-5b84c7f9d8",
			Since: base, StepSince: base, Weight: 10,
			Gates: analysis.Gates{
				MaxErrorRate: .01, LatencyQuantile: .95, LatencyThreshold: 500 * time.Millisecond, Compare: true,
				Reach: &analysis.Reach{Canary: app + "-canary", Stable: app},
			},
		}
		if i%2 == 1 {
			sub.Gates.MaxErrorRate = meshed
		}
		subjects = append(subjects, sub)
		for _, pod := range []string{sub.Canary + "-aaaaa", sub.Stable + "-bbbbb", sub.Stable + "-ccccc", "another-" + app + "-ddddd"} {
			// Half of the applications are counted by the mesh alone.
			requests, status, duration, les, more := "http_requests_total", "status", "http_request_duration_seconds_bucket",
				[]string{"0.5", "1", "+Inf"}, []string{"container", "app"}
			if i%2 == 1 {
				requests, status, duration = "istio_requests_total", "response_code", "istio_request_duration_milliseconds_bucket"
				les, more = []string{"500", "1000", "+Inf"}, []string{"reporter", "destination"}
			}
			put(namespace, pod, requests, 20, append(more, status, "200")...)
			put(namespace, pod, requests, 1, append(more, status, "500")...)
			for n, le := range les {
				put(namespace, pod, duration, float64(18+n), append(more, "le", le)...)
			}
		}
	}
	return subjects
}

// sent is how many queries a Source has sent.
func sent(t *testing.T, registry *promclient.Registry) float64 {
	t.Helper()
	families, err := registry.Gather()
	require.NoError(t, err)
	var sum float64
	for _, f := range families {
		if f.GetName() == "sluice_prometheus_queries_total" {
			for _, m := range f.GetMetric() {
				sum += m.GetCounter().GetValue()
			}
		}
	}
	return sum
}

func TestQueriesPerRound(t *testing.T) {
	h := &history{}
	all := fleet(h, 200)
	address := h.serve(t)
	for _, test := range []struct {
		runs  int
		rules bool
		most  float64
	}{
		// One query for each of http_requests_total, callers, the buckets' bounds and the buckets; as many again for the mesh's metrics.
		{1, false, 4},
		{10, false, 7},
		{200, false, 8},
		// With a lifted and a scoped rule each. Expressions are too long for all to fit into one query.
		{1, true, 6},
		{10, true, 11},
		{200, true, 16},
	} {
		t.Run(fmt.Sprintf("%d runs, with rules: %t", test.runs, test.rules), func(t *testing.T) {
			registry := promclient.NewRegistry()
			s, err := prometheus.New(prometheus.Options{Address: address, Registerer: registry})
			require.NoError(t, err)
			subjects := append([]analysis.Subject{}, all[:test.runs]...)
			if test.rules {
				for i := range subjects {
					subjects[i].Gates.Alerts = ruled(t, &subjects[i])
				}
			}
			var before float64
			for round := range 3 {
				began := time.Now()
				results := s.Collect(t.Context(), subjects, base.Add(2*time.Minute+time.Duration(round)*scrape))
				took := time.Since(began)
				for i := range results {
					ev := &results[i].Evidence
					require.Nil(t, ev.Errors.Problem)
					require.Nil(t, ev.Latency.Problem)
					require.False(t, ev.Latency.CanarySeen.IsZero())
					for n := range ev.Alerts {
						require.Nil(t, ev.Alerts[n].Family.Problem)
						require.Nil(t, ev.Alerts[n].Firing.Problem, "%v", ev.Alerts[n].Firing.Problem)
					}
				}
				queries := sent(t, registry) - before
				before += queries
				t.Logf("round %d: %.0f queries in %s", round, queries, took.Round(time.Millisecond))
				assert.LessOrEqual(t, queries, test.most, "round %d", round)
			}
		})
	}
}

// ruled are a lifted and a scoped rule for a subject.
func ruled(t *testing.T, sub *analysis.Subject) []analysis.Alert {
	t.Helper()
	all, bad := "http_requests_total", `{status=~"5.."}`
	if sub.Gates.MaxErrorRate == meshed {
		all, bad = `istio_requests_total{reporter="destination"}`, `{reporter="destination",response_code=~"5.."}`
	}
	metric, _, _ := strings.Cut(all, "{")
	var alerts []analysis.Alert
	for _, rule := range []rules.Rule{
		{Name: "Share", Expr: fmt.Sprintf(`sum(rate(%s%s[5m])) / sum(rate(%s[5m])) > 0.1`, metric, bad, all)},
		{Name: "Rate", Expr: fmt.Sprintf(`sum by (pod) (rate(%s%s[1m])) > 5`, metric, bad), For: 2 * time.Minute},
	} {
		compiled := rules.Compile(rule, nil, rules.Scope{Namespace: sub.Namespace, Deployment: sub.Deployment})
		require.NotEqual(t, rules.Refused, compiled.Mode, compiled.Why)
		alerts = append(alerts, compiled.Alert)
	}
	return alerts
}
