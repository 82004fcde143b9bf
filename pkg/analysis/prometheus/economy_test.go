package prometheus

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// fleet puts so many runs into a fake, all with the default gates and some with rules, of a lifted and a scoped kind each.
func fleet(f *fake, n int, rules bool) []analysis.Subject {
	var subjects []analysis.Subject
	for i := range n {
		sub := subject()
		sub.Namespace, sub.Deployment, sub.Run = fmt.Sprintf("team-%d", i%20), fmt.Sprintf("application-%d", i), fmt.Sprint(i)
		sub.Canary, sub.Stable = sub.Deployment+"-7d9f8b6c5d", sub.Deployment+"-5b84c7f9d8"
		sub.Gates.LatencyQuantile, sub.Gates.LatencyThreshold = .95, time.Second
		sub.Gates.Reach = &analysis.Reach{Canary: sub.Deployment + "-canary", Stable: sub.Deployment}
		for _, pod := range []string{sub.Canary + "-aaaaa", sub.Stable + "-bbbbb"} {
			in := func(labels map[string]string, points []point) {
				f.put(with(labels, "namespace", sub.Namespace), points)
			}
			in(requests(pod, "200", steady(-70, 40, 100, 10)))
			in(bucket(pod, "1", steady(-70, 40, 100, 9)))
			in(bucket(pod, "+Inf", steady(-70, 40, 100, 10)))
		}
		if rules {
			query := fmt.Sprintf(`sum by (pod) (rate(http_requests_total{namespace=%q,pod=~"__sluice_pods__",status=~"5.."}[1m])) > 5`, sub.Namespace)
			f.evaluates(scoped(query, podPrefix(sub.Canary)), never)
			f.evaluates(scoped(query, podPrefix(sub.Stable)), never)
			matcher := spec.Matcher{Label: "status", Op: spec.MatchRegexp, Value: "5.."}
			sub.Gates.Alerts = []analysis.Alert{lifted(matcher), {Name: "Rate", Scoped: &analysis.ScopedRule{
				Query: query, For: 2 * time.Minute,
				Controls: []analysis.Control{{Selector: spec.Selector{Metric: "http_requests_total", Matchers: []spec.Matcher{matcher}}}},
			}}}
		}
		subjects = append(subjects, sub)
	}
	return subjects
}

// One query each for requests, callers, buckets' bounds and buckets, shared by all; then one for what the rules read, and so many for the
// rules as their expressions are long.
func TestQueriesPerRound(t *testing.T) {
	for _, test := range []struct {
		runs  int
		rules bool
		most  int
	}{{1, false, 4}, {10, false, 4}, {200, false, 8}, {1, true, 6}, {10, true, 6}, {200, true, 16}} {
		t.Run(fmt.Sprintf("%d runs, with rules: %t", test.runs, test.rules), func(t *testing.T) {
			f := newFake(t)
			subjects := fleet(f, test.runs, test.rules)
			s := source(t, f)
			for round := range 3 {
				for _, ev := range collect(t, s, second(110+15*round), subjects...) {
					require.Nil(t, ev.Errors.Problem)
					require.Nil(t, ev.Latency.Problem)
					for _, alert := range ev.Alerts {
						require.Nil(t, alert.Family.Problem)
						require.Nil(t, alert.Firing.Problem)
					}
				}
				queries := f.asked()
				t.Logf("round %d: %d queries", round, len(queries))
				assert.LessOrEqual(t, len(queries), test.most)
			}
		})
	}
}
