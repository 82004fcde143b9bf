package prometheus

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// withRules gives a subject rules of each kind and callers, with a history that depends on nothing but the time.
func withRules(rng *rand.Rand, f *fake, sub *analysis.Subject) {
	sub.Gates.Reach = &analysis.Reach{Canary: sub.Deployment + "-canary", Stable: sub.Deployment}
	for _, service := range []string{sub.Gates.Reach.Canary, sub.Gates.Reach.Stable} {
		for _, code := range []string{"200", "503"} {
			f.put(called("users", "front-1", service, code, steady(-200+rng.IntN(15), 80, float64(rng.IntN(50)), float64(rng.IntN(9)))))
		}
	}
	query := `max by (path) (rate(http_requests_total{namespace="shop",pod=~"__sluice_pods__",status="500"}[1m])) > 0`
	for _, prefix := range []string{podPrefix(sub.Canary), podPrefix(sub.Stable)} {
		seed := rng.Uint64()
		f.evaluates(scoped(query, prefix), func(at time.Time) map[string]float64 {
			then := rand.New(rand.NewPCG(seed, uint64(at.UnixMilli())))
			result := map[string]float64{}
			for _, labels := range []string{`{"path":"/a"}`, `{"path":"/b"}`} {
				if then.IntN(3) > 0 {
					result[labels] = then.Float64()
				}
			}
			return result
		})
	}
	f.evaluates("up == 0", during(rng.IntN(600), 600+rng.IntN(600)))
	byPod := &analysis.LiftedRule{
		Limit: .1, Requests: spec.Selector{Metric: "http_requests_total"}, Bad: []spec.Matcher{equal("status", "500")}, Groups: []string{"pod"},
	}
	slow := &analysis.LiftedRule{
		Limit: .1, Requests: spec.Selector{Metric: "http_request_duration_seconds_bucket", Matchers: []spec.Matcher{equal("instance", "nobody")}},
		Latency: true, Threshold: 1, Without: true,
	}
	sub.Gates.Alerts = []analysis.Alert{
		{Name: "ByPod", Lifted: byPod},
		{Name: "Mistyped", Lifted: slow},
		{Name: "Scoped", Scoped: &analysis.ScopedRule{
			Query: query, For: time.Minute,
			Controls: []analysis.Control{{Selector: spec.Selector{Metric: "http_requests_total", Matchers: byPod.Bad}}},
		}},
		{Name: "Global", Scoped: &analysis.ScopedRule{Query: "up == 0", For: 20 * time.Second, Global: true}},
	}
}

func TestStableIsCountedBeforeTheRunAsWell(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-1000, 80, 1000, 10)))
	f.put(requests(stablePod, "500", steady(-1000, 80, 100, 1)))
	ev := collect(t, source(t, f, func(o *Options) { o.History = 5 * time.Minute }), second(110), subject())[0]
	var before analysis.Counts
	for _, in := range ev.Errors.Before {
		assert.True(t, in.Start.Before(start))
		before.Requests, before.Bad = before.Requests+in.Stable.Requests, before.Bad+in.Stable.Bad
	}
	assert.Equal(t, analysis.Counts{Requests: 19 * 11, Bad: 19}, before)
	_, stable := sum(ev.Errors)
	assert.Equal(t, analysis.Counts{Requests: 6 * 11, Bad: 6}, stable)
}
