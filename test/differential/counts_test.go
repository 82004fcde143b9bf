package differential

import (
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/prometheus"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// source asks a Prometheus.
func source(t *testing.T, address string) *prometheus.Source {
	t.Helper()
	s, err := prometheus.New(prometheus.Options{Address: address})
	require.NoError(t, err)
	return s
}

// collect is the evidence of one subject.
func collect(t *testing.T, s *prometheus.Source, sub analysis.Subject, now time.Time) analysis.Evidence {
	t.Helper()
	return s.Collect(t.Context(), []analysis.Subject{sub}, now)[0].Evidence
}

func (s *service) subject() analysis.Subject {
	return analysis.Subject{
		Namespace: s.namespace, Deployment: "shop", Run: "run", Canary: s.canary, Stable: s.stable, Since: base, StepSince: base, Weight: 10,
		Gates: analysis.Gates{MaxErrorRate: .05, Compare: true},
	}
}

// counted is a family as the truth is written.
func counted(f analysis.Family) truth {
	t := newTruth()
	for _, in := range f.Intervals {
		if in.CanaryReported {
			t[analysis.Canary][in.Start] = in.Canary
		}
		if in.StableReported {
			t[analysis.Stable][in.Start] = in.Stable
		}
	}
	return t
}

// differs lists where a family is not the truth up to the end of the evidence.
func (t truth) differs(f analysis.Family, end time.Time) []string {
	ours := counted(f)
	var all []string
	for side := range t {
		for at := base; at.Before(end); at = at.Add(scrape) {
			want, known := t[side][at]
			got, reported := ours[side][at]
			if want != got || known != reported {
				all = append(all, fmt.Sprintf("%s at %s: %+v (%t) instead of %+v (%t)", analysis.Side(side), at.Sub(base), got, reported, want, known))
			}
		}
	}
	return all
}

func (t truth) sum(side analysis.Side) analysis.Counts {
	var sum analysis.Counts
	for c := range maps.Values(t[side]) {
		sum = analysis.Counts{Requests: sum.Requests + c.Requests, Bad: sum.Bad + c.Bad}
	}
	return sum
}

func TestCountsAreTheTruthUpToTheLastScrape(t *testing.T) {
	h := &history{}
	services := map[uint64]*service{}
	for seed := range uint64(25) {
		services[seed] = newService(seed, h)
		services[seed].live()
	}
	address := h.serve(t)
	for seed, s := range services {
		fresh, followed := source(t, address), source(t, address)
		var ev analysis.Evidence
		for at := time.Duration(0); at < length; at += scrape + time.Duration(s.Int64N(int64(2*time.Minute))) {
			now := base.Add(at)
			ev = collect(t, followed, s.subject(), now)
			require.Nil(t, ev.Errors.Problem, "seed %d", seed)
			assert.Empty(t, ev.Errors.Faults, "seed %d", seed)
			require.Empty(t, s.truth.differs(ev.Errors, ev.End), "seed %d at %s", seed, at)
			if at > length/2 {
				assert.Equal(t, ev, collect(t, source(t, address), s.subject(), now), "seed %d: as a fresh source counts", seed)
			}
		}
		ev = collect(t, fresh, s.subject(), base.Add(length+time.Minute))
		assert.Empty(t, s.truth.differs(ev.Errors, ev.End), "seed %d", seed)
		assert.Positive(t, s.truth.sum(analysis.Canary).Bad, "seed %d", seed)
	}
}

func TestDuplicatesOfAReplicatedPrometheusAreFoundOut(t *testing.T) {
	h := &history{}
	s := newService(1, h)
	s.live()
	for _, one := range h.series {
		twin := maps.Clone(one.labels)
		twin["prometheus_replica"] = "b"
		points := make([]point, len(one.points))
		for i, p := range one.points {
			points[i] = point{p.at.Add(2 * time.Second), p.value}
		}
		h.add(twin, points...)
		one.labels["prometheus_replica"] = "a"
	}
	now := base.Add(5 * time.Minute)
	ev := collect(t, source(t, h.serve(t)), s.subject(), now)
	assert.Equal(t, analysis.ReasonDuplicates, analysis.Judge(s.subject(), ev, now).Reason)
	for _, in := range ev.Errors.Intervals {
		assert.True(t, in.Excluded, in.Start)
	}
}

// steady makes up pods that are scraped without a fault.
func steady(h *history, namespace, replicaSet string, errors float64) {
	for i, pod := range []string{replicaSet + "-aaaaa", replicaSet + "-bbbbb"} {
		for status, growth := range map[string]float64{"200": 30, "500": errors, "503": errors / 2} {
			s := h.add(map[string]string{
				"__name__": "http_requests_total", "namespace": namespace, "pod": pod, "instance": pod + ":80", "status": status,
			})
			for n := range 80 {
				s.points = append(s.points, point{base.Add(time.Duration(n-20)*scrape + time.Second), 5000 + float64(n*(i+1))*growth})
			}
		}
	}
}

func TestLiftedCountsAreTheRatioThatPrometheusComputes(t *testing.T) {
	h := &history{}
	steady(h, "shop", "shop-old", 1)
	steady(h, "shop", "shop-new", 4)
	address := h.serve(t)
	compiled := rules.Compile(rules.Rule{
		Name: "ErrorShare", Expr: `sum(rate(http_requests_total{status=~"5.."}[10m])) / sum(rate(http_requests_total[10m])) > 0.05`,
	}, nil, rules.Scope{Namespace: "shop", Deployment: "shop"})
	require.Equal(t, rules.Lifted, compiled.Mode, compiled.Why)
	sub := newService(0, h).subject()
	sub.Namespace, sub.Gates = "shop", analysis.Gates{Alerts: []analysis.Alert{compiled.Alert}}
	ev := collect(t, source(t, address), sub, base.Add(10*time.Minute+scrape))
	require.Nil(t, ev.Alerts[0].Family.Problem)
	ours := counted(ev.Alerts[0].Family)
	for side, replicaSet := range []string{"shop-new", "shop-old"} {
		counts := ours.sum(analysis.Side(side))
		pods := `{namespace="shop",pod=~"` + replicaSet + `-.*"`
		bad := pods + `,status=~"5.."`
		assert.InDelta(t, counts.Share(), ask(t, address, ev.End,
			"sum(rate(http_requests_total"+bad+"}[10m])) / sum(rate(http_requests_total"+pods+"}[10m]))"), 1e-12, replicaSet)
		// The increase without extrapolation, which is new in Prometheus 3.
		assert.Equal(t, counts.Requests, ask(t, address, ev.End, "sum(increase(http_requests_total"+pods+"}[10m] anchored))"), replicaSet)
		assert.Equal(t, counts.Bad, ask(t, address, ev.End, "sum(increase(http_requests_total"+bad+"}[10m] anchored))"), replicaSet)
	}
}
