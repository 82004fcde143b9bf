package differential

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// A quantile that is taken of each series by itself is over the limit when any one of them is: each is a group of its own.
func TestLiftedQuantilesAreCountedPerSeries(t *testing.T) {
	h := &history{}
	growth := map[string]map[string]float64{}
	for i, pod := range []string{"shop-old-aaaaa", "shop-old-bbbbb", "shop-new-aaaaa", "shop-new-bbbbb"} {
		for _, path := range []string{"/", "/pay"} {
			group := fmt.Sprintf("path=%q,pod=%q", path, pod)
			growth[group] = map[string]float64{"0.5": float64(5 + i), "2.0": float64(20 + i), "+Inf": float64(20 + 2*i + len(path))}
			for le, n := range growth[group] {
				s := h.add(map[string]string{
					"__name__": "http_request_duration_seconds_bucket", "namespace": "shop", "pod": pod, "instance": pod + ":80", "job": "pods",
					"path": path, "le": le,
				})
				for k := range 60 {
					s.points = append(s.points, point{base.Add(time.Duration(k-20)*scrape + time.Second), 5000 + float64(k)*n})
				}
			}
		}
	}
	address := h.serve(t)
	compiled := rules.Compile(rules.Rule{
		Name: "HighLatency", Expr: "histogram_quantile(0.95,\n  rate(http_request_duration_seconds_bucket[5m])\n) > 2",
	}, nil, rules.Scope{Namespace: "shop", Deployment: "shop"})
	require.Equal(t, rules.Lifted, compiled.Mode, compiled.Why)
	sub := newService(0, h).subject()
	sub.Namespace, sub.Gates = "shop", analysis.Gates{Alerts: []analysis.Alert{compiled.Alert}}
	ev := collect(t, source(t, address), sub, base.Add(5*time.Minute+scrape))
	family := ev.Alerts[0].Family
	require.Nil(t, family.Problem)
	assert.Equal(t, 2*time.Second, family.Bound)
	require.Len(t, family.Groups, len(growth))
	for _, group := range family.Groups {
		require.Contains(t, growth, group.Key)
		all := counted(analysis.Family{Intervals: group.Intervals})
		counts := all.sum(analysis.Canary)
		if counts.Requests == 0 {
			counts = all.sum(analysis.Stable)
		}
		increase := func(le string) float64 {
			return ask(t, address, ev.End, fmt.Sprintf(`sum(increase(http_request_duration_seconds_bucket{%s,le=%q}[5m] anchored))`, group.Key, le))
		}
		assert.Equal(t, analysis.Counts{Requests: increase("+Inf"), Bad: increase("+Inf") - increase("2.0")}, counts, group.Key)
	}
}
