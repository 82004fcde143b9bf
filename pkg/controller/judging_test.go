package controller

import (
	"context"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
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
	j := newJudging(Options{Source: s, Interval: 15 * time.Second, Now: time.Now}, func(time.Duration) {}, enqueue)
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
