package controller

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// source answers with what it is told.
type source struct {
	rounds atomic.Int64
	sizes  chan int
	answer func(ctx context.Context, s analysis.Subject) analysis.Evidence
}

func (s *source) Collect(ctx context.Context, subjects []analysis.Subject, _ time.Time) []analysis.Result {
	s.rounds.Add(1)
	if s.sizes != nil {
		s.sizes <- len(subjects)
	}
	var results []analysis.Result
	for _, subject := range subjects {
		results = append(results, analysis.Result{Subject: subject, Evidence: s.answer(ctx, subject)})
	}
	return results
}

func (*source) Rules(context.Context) (rules.Set, error) { return rules.Set{}, nil }

func startJudging(ctx context.Context, s *source, enqueue func(strategy.Key)) *judging {
	j := newJudging(Options{Source: s, Interval: 15 * time.Second, Now: time.Now}, newMetrics(prometheus.NewPedanticRegistry()), enqueue)
	go j.run(ctx)
	return j
}

func TestJudgingAsksForAllRunsInOneRound(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{sizes: make(chan int, 10), answer: func(_ context.Context, sub analysis.Subject) analysis.Evidence {
			return analysis.Evidence{Run: sub.Run}
		}}
		planned := make(chan strategy.Key, 10)
		j := startJudging(t.Context(), s, func(key strategy.Key) { planned <- key })
		a, b := strategy.Key{Namespace: "ns", Name: "a"}, strategy.Key{Namespace: "ns", Name: "b"}
		j.watch(a, analysis.Subject{Run: "a-1"})
		j.watch(b, analysis.Subject{Run: "b-1"})
		synctest.Wait()
		assert.Equal(t, a, <-planned, "a new subject doesn't wait for the next interval")
		time.Sleep(15 * time.Second)
		synctest.Wait()
		last := 0
		for len(s.sizes) > 0 {
			last = <-s.sizes
		}
		assert.Equal(t, 2, last)
		require.NotNil(t, j.verdict(b))
		assert.Equal(t, "b-1", j.verdict(b).Run)
		j.forget(b)
		assert.Nil(t, j.verdict(b))
	})
}

func TestJudgingThatHangsKeepsNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		s := &source{answer: func(ctx context.Context, _ analysis.Subject) analysis.Evidence {
			<-ctx.Done()
			return analysis.Evidence{}
		}}
		j := startJudging(t.Context(), s, func(strategy.Key) {})
		key := strategy.Key{Namespace: "ns", Name: "a"}
		j.watch(key, analysis.Subject{Run: "a-1"})
		synctest.Wait()
		assert.EqualValues(t, 1, s.rounds.Load())
		// All of these return although the round has not.
		j.watch(key, analysis.Subject{Run: "a-2"})
		assert.Nil(t, j.verdict(key))
		j.forget(key)
	})
}

func TestMetricsOfAGoneDeploymentEnd(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	m := newMetrics(registry)
	key := strategy.Key{Namespace: "ns", Name: "shop"}
	m.show(key, strategy.Status{Phase: strategy.PhaseShifting, Weight: 10})
	m.verdict(key, analysis.Verdict{Gates: []analysis.Gate{{Name: analysis.GateErrorRate, Value: .01, Threshold: .05}}})
	m.recorded(nil, strategy.Record{History: []strategy.Summary{{ID: "a-1", Result: strategy.ResultAborted, Reason: spec.ReasonGateFailed}}})
	m.reconciled(time.Millisecond, nil)
	m.transition(strategy.Emit{Reason: spec.ReasonStarted})
	m.wrote("services")

	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	assert.Empty(t, problems)
	assert.InDelta(t, .1, testutil.ToFloat64(m.weight.WithLabelValues("ns", "shop")), 1e-9)

	m.forgetGates(key)
	count, err := testutil.GatherAndCount(registry, "sluice_gate_value_ratio", "sluice_gate_threshold_ratio", "sluice_gate_evidence_log10")
	require.NoError(t, err)
	assert.Zero(t, count, "the gates of a run that has ended")
	assert.InDelta(t, .1, testutil.ToFloat64(m.weight.WithLabelValues("ns", "shop")), 1e-9)

	m.forget(key)
	count, err = testutil.GatherAndCount(registry, "sluice_rollout_phase", "sluice_rollout_weight_ratio", "sluice_gate_value_ratio")
	require.NoError(t, err)
	assert.Zero(t, count)
	assert.InDelta(t, 1, testutil.ToFloat64(m.runs.WithLabelValues("aborted", "GateFailed")), 0, "what has happened stays counted")
}
