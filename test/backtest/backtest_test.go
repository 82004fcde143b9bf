package backtest

import (
	"context"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	"github.com/sluice-dev/sluice/pkg/backtest"
	"github.com/sluice-dev/sluice/pkg/backtest/history"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// Hashes of the versions, in the order of their first appearance.
const (
	v1 = "6d4cf56db6"
	v2 = "7c8b9d5f4c"
	v3 = "5b5d8f7c9d"
	v4 = "8f6c7d9b54"
	v5 = "9c4d5b8f7"
	v6 = "66bcd98f4"
	v7 = "74f5b9c8d"
	v8 = "58d7c6b9f4"
	v9 = "86b7d4f9cc"
	va = "7f5d9c8b68"
)

// threeDays is the history.
func threeDays() *script {
	s := newScript(time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC), 72*time.Hour)
	s.start(v1, s.begin, well())
	s.rollout(v1, v2, s.at(0, "06:00:00"), well())
	// One in five requests fails, until it is rolled back.
	s.rollout(v2, v3, s.at(0, "18:00:00"), health{failed: .2, slow: usualSlow})
	s.rollout(v3, v2, s.at(0, "18:12:00"), well())
	// Three in ten are slow, until there is a fix.
	s.rollout(v2, v4, s.at(1, "06:00:00"), health{failed: usualFailed, slow: .3})
	s.rollout(v4, v5, s.at(1, "06:40:00"), well())
	s.down = [][2]time.Time{{s.at(1, "20:00:00"), s.at(1, "20:40:00")}}
	// No pods at all, then two versions at once.
	s.end(v5, s.at(2, "04:00:00"))
	s.start(v6, s.at(2, "05:00:00"), well())
	s.rollout(v6, v7, s.at(2, "12:00:00"), well())
	s.start(v8, s.at(2, "12:00:00"), well())
	s.end(v8, s.at(2, "12:10:00"))
	// Slow for the first minute and a half, and well from then on.
	s.rollout(v7, v9, s.at(2, "15:00:00"), health{failed: usualFailed, slow: .3, until: 90 * time.Second})
	// Well for 40 minutes.
	s.rollout(v9, va, s.at(2, "22:00:00"), health{failed: .3, slow: usualSlow, from: 40 * time.Minute, until: time.Hour})
	s.rollout(va, v9, s.at(2, "22:50:00"), well())
	s.play()
	return s
}

func options(url string, s *script) history.Options {
	return history.Options{
		Address: url, Namespace: namespace, Deployment: deployment, From: s.begin, Until: s.until, Spec: spec.Default(),
		Settings: backtest.Settings{
			MaxErrorRate: "5%", MaxLatency: "p95<2s", Compare: "on", Steps: "10@1m,50@1m,100@1m", OnInconclusive: "hold", MaxHold: "30m",
			Alerts: []backtest.AlertState{},
		},
	}
}

// within says that a time after the start is at least what evidence takes to be there, and at most so many intervals more.
func within(t *testing.T, result *backtest.Result, outcome backtest.Outcome, from, until time.Duration) {
	t.Helper()
	assert.Equal(t, outcome, result.Outcome)
	assert.GreaterOrEqual(t, result.AfterSeconds, from.Seconds())
	assert.LessOrEqual(t, result.AfterSeconds, until.Seconds())
}

func TestThreeDays(t *testing.T) {
	t.Logf("seed %d", seed)
	s := threeDays()
	url := startPrometheus(t, s.openMetrics())
	report, err := history.Replay(t.Context(), options(url, s))
	require.NoError(t, err)
	text := report.Text()
	t.Log("\n" + text)
	for line := range strings.Lines(text) {
		assert.LessOrEqual(t, utf8.RuneCountInString(strings.TrimSuffix(line, "\n")), 80, line)
	}
	whole, err := json.Marshal(report)
	require.NoError(t, err)
	assert.NotContains(t, string(whole), "null")

	require.Len(t, report.Rollouts, 11)
	rows := report.Rollouts
	var news []string
	for i := range rows {
		news = append(news, rows[i].New)
	}
	assert.Equal(t, []string{v2, v3, v2, v4, v5, v6, v8, v7, v9, va, v9}, news)
	assert.InDelta(t, 15, report.ScrapeSeconds, 0, "found out")

	t.Run("a good one is promoted when its steps are over", func(t *testing.T) {
		for i, old := range map[int]string{0: v1, 2: v3, 4: v4, 10: va} {
			assert.Equal(t, old, rows[i].Old)
			within(t, rows[i].WithSteps, backtest.OutcomePromoted, 3*time.Minute, 4*time.Minute)
			assert.Equal(t, backtest.OutcomeNone, rows[i].AsItHappened.Outcome)
			assert.Equal(t, backtest.Agreed, rows[i].Assessment)
			assert.Zero(t, rows[i].Failed.Excess)
		}
		assert.True(t, rows[2].Again)
		assert.WithinDuration(t, s.at(0, "06:00:00"), rows[0].Start, scrape)
	})
	t.Run("one that fails every fifth request is aborted at the first step", func(t *testing.T) {
		row := &rows[1]
		assert.Equal(t, backtest.EndingRolledBack, row.Ending)
		assert.WithinDuration(t, s.at(0, "18:12:50"), row.End, scrape)
		within(t, row.WithSteps, backtest.OutcomeAborted, 15*time.Second, 75*time.Second)
		within(t, row.AsItHappened, backtest.OutcomeAborted, 15*time.Second, 75*time.Second)
		assert.Equal(t, 1, row.WithSteps.Step)
		assert.Contains(t, row.WithSteps.Message, "error-rate")
		assert.Equal(t, backtest.Caught, row.Assessment)
		s.bears(t, row, row.Failed, s.failures, func(p *pod) float64 { return p.seen.bad }, usualFailed)
	})
	t.Run("a slow one as well, and its harm is counted in slow requests", func(t *testing.T) {
		row := &rows[3]
		assert.Equal(t, backtest.EndingReplaced, row.Ending)
		within(t, row.WithSteps, backtest.OutcomeAborted, 15*time.Second, 90*time.Second)
		assert.Contains(t, row.WithSteps.Message, "latency")
		assert.Zero(t, row.Failed.Excess)
		s.bears(t, row, row.Slow, s.slows, func(p *pod) float64 { return p.seen.slow }, usualSlow)
	})
	t.Run("a gap, no pods and two at once are said and not judged", func(t *testing.T) {
		require.Len(t, report.Gaps, 2)
		assert.False(t, report.Gaps[0].Recording)
		assert.WithinDuration(t, s.down[0][0], report.Gaps[0].From, 5*time.Minute)
		assert.WithinDuration(t, s.down[0][1], report.Gaps[0].Until, 5*time.Minute)
		assert.True(t, report.Gaps[1].Recording)
		assert.Contains(t, rows[5].Skipped, "no version was there before it")
		assert.Contains(t, rows[6].Skipped, "together with "+v7)
		assert.Contains(t, rows[7].Skipped, "together with "+v8)
	})
	t.Run("a false alarm is called one", func(t *testing.T) {
		assert.Equal(t, backtest.OutcomeAborted, rows[8].WithSteps.Outcome)
		assert.Equal(t, backtest.FalseAlarm, rows[8].Assessment)
		assert.True(t, rows[8].Slow.Partial)
		assert.Contains(t, text, "FALSE ALARM")
	})
	t.Run("one that turns bad after its promotion is called missed", func(t *testing.T) {
		within(t, rows[9].WithSteps, backtest.OutcomePromoted, 3*time.Minute, 4*time.Minute)
		assert.Equal(t, backtest.Missed, rows[9].Assessment)
		assert.InDelta(t, s.sum(s.failures, va, s.begin, s.until), rows[9].Failed.Bad, 3*15*40*.3)
		assert.Zero(t, rows[9].Failed.SavedWithSteps)
	})
	t.Run("a lifted alert rule alone would have found the bad one", func(t *testing.T) { s.byRule(t, url) })
	t.Run("without the metric that a gate needs nothing is promoted", func(t *testing.T) { s.unseen(t, url) })
	t.Run("when the time is over the newest are there", func(t *testing.T) { s.hurried(t, url) })
	assert.Equal(t, 3, report.Summary.Skipped)
	assert.Equal(t, 1, report.Summary.FalseAlarms)
	assert.Equal(t, 1, report.Summary.Missed)
	assert.Equal(t, 2, report.Summary.Caught)
}

// byRule replays the bad roll-out and the roll-back with both gates off and a rule instead.
func (s *script) byRule(t *testing.T, url string) {
	t.Helper()
	compiled := rules.Compile(rules.Rule{
		Name: "HighErrorRate", Labels: map[string]string{"severity": "critical"},
		Expr: `sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05`,
	}, nil, rules.Scope{Namespace: namespace, Deployment: deployment})
	require.Equal(t, rules.Lifted, compiled.Mode, compiled.Why)
	o := options(url, s)
	o.From, o.Until = s.at(0, "17:00:00"), s.at(0, "19:00:00")
	o.Spec.MaxErrorRate, o.Spec.MaxLatency.Threshold = 0, 0
	o.Alerts = []analysis.Alert{compiled.Alert}
	report, err := history.Replay(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, report.Rollouts, 2)
	within(t, report.Rollouts[0].WithSteps, backtest.OutcomeAborted, 15*time.Second, 75*time.Second)
	assert.Contains(t, report.Rollouts[0].WithSteps.Message, "HighErrorRate")
	s.bears(t, &report.Rollouts[0], report.Rollouts[0].Failed, s.failures, func(p *pod) float64 { return p.seen.bad }, usualFailed)
	within(t, report.Rollouts[1].WithSteps, backtest.OutcomePromoted, 3*time.Minute, 4*time.Minute)
}

// unseen replays the same with a latency gate whose histogram is on no pod.
func (s *script) unseen(t *testing.T, url string) {
	t.Helper()
	o := options(url, s)
	o.From, o.Until = s.at(0, "05:00:00"), s.at(0, "08:00:00")
	o.Spec.Metrics.Latency = spec.Selector{Metric: "rpc_seconds_bucket"}
	report, err := history.Replay(t.Context(), o)
	require.NoError(t, err)
	require.Len(t, report.Rollouts, 1)
	row := &report.Rollouts[0]
	assert.Equal(t, backtest.OutcomeHeld, row.WithSteps.Outcome)
	assert.Equal(t, string(analysis.ReasonPositiveControl), row.WithSteps.Reason)
	assert.Contains(t, row.WithSteps.Message, "rpc_seconds_bucket has no series of stable's pods")
	assert.Equal(t, backtest.Open, row.Assessment)
	assert.Nil(t, row.Slow)
}

// hurried replays it all, but the time is over when the second roll-out, from the end, is due.
func (s *script) hurried(t *testing.T, url string) {
	t.Helper()
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	o := options(url, s)
	o.Progress = func(what string) {
		if strings.HasPrefix(what, "roll-out 10 ") {
			cancel(errors.New("no more time"))
		}
	}
	report, err := history.Replay(ctx, o)
	require.NoError(t, err)
	require.Len(t, report.Rollouts, 1)
	assert.Equal(t, 11, report.Rollouts[0].Number)
	assert.Equal(t, []string{"10 older roll-outs are left out: no more time"}, report.Notes)

	o = options(url, s)
	o.MaxRollouts = 2
	report, err = history.Replay(t.Context(), o)
	require.NoError(t, err)
	assert.Len(t, report.Rollouts, 2)
	assert.Equal(t, va, report.Rollouts[0].New)
	assert.Equal(t, []string{"9 older roll-outs are left out; the newest 2 are judged"}, report.Notes)
}

// bears compares a damage with what the script knows.
func (s *script) bears(t *testing.T, row *backtest.Row, d *backtest.Damage, events map[string]map[int]int, seen func(*pod) float64, usual float64) {
	t.Helper()
	require.NotNil(t, d)
	var all, bad float64
	for _, p := range s.pods {
		if p.hash == row.New {
			all, bad = all+p.seen.all, bad+seen(p)
		}
	}
	assert.Equal(t, all, d.Requests, "every request that was scraped is counted once")
	assert.Equal(t, bad, d.Bad)
	assert.InDelta(t, bad-all*usual, d.Excess, .02*bad)

	// Saved is what happened after the traffic would have been back; never more than that.
	after := func(r *backtest.Result) float64 {
		return s.sum(events, row.New, r.At.Add(backtest.Effect), row.End.Add(scrape))
	}
	assert.LessOrEqual(t, d.SavedAsItHappened, after(row.AsItHappened))
	assert.GreaterOrEqual(t, d.SavedAsItHappened, .94*(1-usual)*after(row.AsItHappened))

	// With steps: all but a tenth of what would have failed until then, at the full rate of requests.
	window := row.WithSteps.At.Add(backtest.Effect).Sub(row.Start).Seconds()
	share := bad / all
	assert.LessOrEqual(t, d.SavedWithSteps, d.Excess)
	assert.InDelta(t, window*perSecond*share*.1, d.Excess-d.SavedWithSteps, 20*perSecond*share*.1+1)
}
