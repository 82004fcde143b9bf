package backtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	source "github.com/sluice-dev/sluice/pkg/analysis/prometheus"
	"github.com/sluice-dev/sluice/pkg/backtest"
)

// What is cut from the evidence of a whole roll-out is what would have been gathered at the time: the same counts, the same verdict.
func TestCutEvidenceIsWhatWasGatheredThen(t *testing.T) {
	t.Logf("seed %d", seed)
	s := newScript(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), time.Hour)
	s.start(v1, s.begin, well())
	// Prometheus is down for a while, a pod is replaced, and the new version errs more and more.
	s.rollout(v1, v2, s.at(0, "00:20:00"), health{failed: .03, slow: .04})
	s.down = [][2]time.Time{{s.at(0, "00:24:00"), s.at(0, "00:26:10")}}
	s.rollout(v2, v1, s.at(0, "00:30:00"), well())
	s.play()
	url := startPrometheus(t, s.openMetrics())

	collect := func(now time.Time) (analysis.Subject, analysis.Evidence) {
		from, err := source.New(source.Options{Address: url})
		require.NoError(t, err)
		sub := analysis.Subject{
			Namespace: namespace, Deployment: deployment, Run: "run", Canary: deployment + "-" + v2, Stable: deployment + "-" + v1,
			Since: s.at(0, "00:10:00"), StepSince: s.at(0, "00:20:00"), Weight: 50,
			Gates: analysis.Gates{MaxErrorRate: .05, LatencyQuantile: .95, LatencyThreshold: 2 * time.Second, Compare: true},
		}
		return sub, from.Collect(t.Context(), []analysis.Subject{sub}, now)[0].Evidence
	}
	_, whole := collect(s.at(0, "00:35:00").Add(scrape))
	verdicts := map[analysis.Outcome]int{}
	for end := s.at(0, "00:19:00"); end.Before(s.at(0, "00:35:00")); end = end.Add(scrape) {
		now := end.Add(scrape)
		sub, then := collect(now)
		cut := backtest.Until(whole, end)
		assert.Equal(t, then.End, cut.End)
		for _, pair := range [][2]*analysis.Family{{&then.Errors, &cut.Errors}, {&then.Latency, &cut.Latency}} {
			want, got := pair[0], pair[1]
			assert.Equal(t, want.Intervals, got.Intervals, "at %s", end)
			assert.Equal(t, want.StableSince, got.StableSince, "at %s", end)
			assert.Equal(t, want.Metric, got.Metric)
			assert.Equal(t, want.Bound, got.Bound)
			for _, seen := range [][2]time.Time{{want.CanarySeen, got.CanarySeen}, {want.StableSeen, got.StableSeen}} {
				assert.Equal(t, seen[0].IsZero(), seen[1].IsZero(), "at %s", end)
				assert.WithinDuration(t, seen[0], seen[1], whole.Interval)
				assert.False(t, seen[1].Before(seen[0]))
			}
		}
		want, got := analysis.Judge(sub, then, now), analysis.Judge(sub, cut, now)
		verdicts[want.Outcome]++
		if want.Reason == analysis.ReasonStale || got.Reason == analysis.ReasonStale {
			// How old a sample is, to the second, is the one thing that may differ.
			continue
		}
		assert.Equal(t, want, got, "at %s", end)
	}
	assert.NotZero(t, verdicts[analysis.Hold], verdicts)
	assert.Greater(t, len(verdicts), 1, verdicts)
}
