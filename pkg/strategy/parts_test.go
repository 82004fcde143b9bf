package strategy_test

import (
	"encoding/json"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// counted is the slow and obvious memory of a count: all that was ever seen.
type counted []strategy.Level

func (c counted) atLeast(n int) (time.Time, bool) {
	since, found := time.Time{}, false
	for i := len(c) - 1; i >= 0 && c[i].Count >= n; i-- {
		since, found = c[i].Since, true
	}
	return since, found
}

func TestLevelsAnswerLikeACompleteMemory(t *testing.T) {
	for seed := range uint64(500) {
		r := rand.New(rand.NewPCG(seed, 3))
		var levels strategy.Levels
		var all counted
		now := epoch
		for range r.IntN(30) {
			now = now.Add(time.Duration(r.IntN(3)) * time.Second)
			count := r.IntN(5)
			before := slices.Clone(levels)
			next := levels.Observe(count, now)
			require.Equal(t, before, levels, "seed %d: the receiver has changed", seed)
			levels, all = next, append(all, strategy.Level{Count: count, Since: now})
			for n := 1; n <= 5; n++ {
				want, ok := all.atLeast(n)
				got, has := levels.AtLeast(n)
				require.Equal(t, ok, has, "seed %d: %d of %v", seed, n, all)
				require.Equal(t, want, got, "seed %d: %d of %v", seed, n, all)
			}
			require.Equal(t, count, levels.Count(), "seed %d", seed)
			_, absent := levels.Absent()
			require.Equal(t, count == 0, absent, "seed %d", seed)
			require.LessOrEqual(t, len(levels), 5, "seed %d: one level for every count", seed)
		}
	}
}

func TestLevelsKnowSinceWhenACountIsZero(t *testing.T) {
	at := func(s int) time.Time { return epoch.Add(time.Duration(s) * time.Second) }
	l := strategy.Levels{}.Observe(2, at(0)).Observe(0, at(5)).Observe(0, at(9))
	since, absent := l.Absent()
	assert.True(t, absent)
	assert.Equal(t, at(5), since)
	l = l.Observe(1, at(10))
	_, absent = l.Absent()
	assert.False(t, absent)
	since, ok := l.AtLeast(1)
	assert.True(t, ok)
	assert.Equal(t, at(10), since)
	assert.Zero(t, strategy.Levels{}.Count())
}

func TestRecordSaysWhatIsWrongWithIt(t *testing.T) {
	good := func() strategy.Record {
		return strategy.Record{Run: &strategy.Run{
			ID: "a-1-1", Canary: strategy.Ref{Name: "shop-a", Hash: "a"}, Stable: strategy.Ref{Name: "shop-b", Hash: "b"}, Service: app,
			Phase: strategy.RunShifting,
		}}
	}
	assert.Empty(t, strategy.Record{}.Check(), "no run is in order")
	assert.Empty(t, good().Check())
	for name, spoil := range map[string]func(*strategy.Run){
		"unknown phase":    func(r *strategy.Run) { r.Phase = "Dancing" },
		"without its id":   func(r *strategy.Run) { r.ID = "" },
		"its service":      func(r *strategy.Run) { r.Service = "" },
		"told apart":       func(r *strategy.Run) { r.Canary = r.Stable },
		"a canary":         func(r *strategy.Run) { r.Canary.Hash = "" },
		"a stable version": func(r *strategy.Run) { r.Stable.Name = "" },
		"step -1":          func(r *strategy.Run) { r.Step = -1 },
		"weight 101":       func(r *strategy.Run) { r.Weight = 101 },
		"weight -1":        func(r *strategy.Run) { r.Weight = -1 },
	} {
		record := good()
		spoil(record.Run)
		assert.Contains(t, record.Check(), name)
	}
}

func TestRecordSurvivesItsStorage(t *testing.T) {
	s := holding(t)
	text, err := json.Marshal(s.o.Record)
	require.NoError(t, err)
	var back strategy.Record
	require.NoError(t, json.Unmarshal(text, &back))
	back.UID, back.ResourceVersion = s.o.Record.UID, s.o.Record.ResourceVersion
	assert.Equal(t, *s.o.Record, back)
	assert.NotContains(t, string(text), s.o.Record.UID, "the object's own identity isn't part of its contents")
}

func TestRecordKeepsTheLastTenRuns(t *testing.T) {
	w := running(t, 2)
	w.settings.Settle, w.settings.Drain = 0, 0
	w.mode = "fail"
	for i := range 12 {
		w.push([]string{"v2", "v3"}[i%2])
		w.advance(t, time.Minute)
	}
	history := w.read().History
	assert.Len(t, history, 10)
	assert.Equal(t, 12, history[0].Number, "newest first")
	assert.Equal(t, 3, history[9].Number)
	assert.Equal(t, 12, w.read().Runs)
}
