package backtest

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

func TestRedistribution(t *testing.T) {
	before := counts(600, 6)
	for sentence, c := range map[string]struct {
		weight         int
		canary, stable analysis.Counts // as they were
		wantC, wantS   analysis.Counts
	}{
		"the new version gets less than it had": {10, counts(500, 50), counts(500, 5), counts(100, 10), counts(900, 5+4)},
		"it gets no more evidence than it had":  {50, counts(100, 10), counts(900, 9), counts(100, 10), counts(500, 5)},
		"the old version's pods were gone":      {10, counts(600, 60), counts(0, 0), counts(60, 6), counts(540, 5.4)},
		"at 100 % the old version has nothing":  {100, counts(600, 60), counts(300, 3), counts(600, 60), counts(0, 0)},
		"the new version had none":              {10, counts(0, 0), counts(600, 6), counts(0, 0), counts(540, 5.4)},
		"nobody had any":                        {10, counts(0, 0), counts(0, 0), counts(0, 0), counts(0, 0)},
	} {
		t.Run(sentence, func(t *testing.T) {
			in := interval(1, c.canary, c.stable)
			in.CanaryReported = true
			ev := evidence(interval(0, counts(0, 0), before), in)
			s := split{&ev}
			got := s.evidence([]Stage{{Weight: c.weight, From: in.Start}}, ev.End)
			require.Len(t, got.Errors.Intervals, 1)
			assert.InDelta(t, c.wantC.Requests, got.Errors.Intervals[0].Canary.Requests, 1e-9)
			assert.InDelta(t, c.wantC.Bad, got.Errors.Intervals[0].Canary.Bad, 1e-9)
			assert.InDelta(t, c.wantS.Requests, got.Errors.Intervals[0].Stable.Requests, 1e-9)
			assert.InDelta(t, c.wantS.Bad, got.Errors.Intervals[0].Stable.Bad, 1e-9)
			assert.True(t, got.Errors.Intervals[0].StableReported)
			assert.Equal(t, in, ev.Errors.Intervals[1], "what there was is left as it was")
		})
	}
}

func TestGroupsAreRedistributedLikeTheirFamily(t *testing.T) {
	all := []analysis.Interval{interval(0, counts(0, 0), counts(600, 6)), interval(1, counts(600, 60), counts(0, 0))}
	part := []analysis.Interval{interval(0, counts(0, 0), counts(200, 2)), interval(1, counts(300, 60), counts(0, 0))}
	ev := evidence(all...)
	ev.Errors.Groups = []analysis.Group{{Key: "/", Intervals: part}}
	s := split{&ev}
	got := s.evidence([]Stage{{Weight: 10, From: all[1].Start}}, ev.End).Errors.Groups[0].Intervals
	require.Len(t, got, 1)
	assert.InDelta(t, 30, got[0].Canary.Requests, 1e-9)
	assert.InDelta(t, 6, got[0].Canary.Bad, 1e-9)
	assert.InDelta(t, 180, got[0].Stable.Requests, 1e-9, "its part of what the old version had before")
}

func TestTheOldVersionsRequestsAreRepeatedWithTheirBursts(t *testing.T) {
	u := newUsual([]analysis.Interval{
		interval(0, counts(0, 0), counts(100, 0)), interval(1, counts(0, 0), counts(0, 0)), interval(2, counts(0, 0), counts(100, 40)),
		interval(3, counts(50, 0), counts(50, 50)),
	}, minute(.75))
	first, second := minute(0), minute(.5)
	assert.Equal(t, []part{{first, 1}, {second, .5}}, u.take(150))
	assert.Equal(t, []part{{second, .5}, {first, .25}}, u.take(75), "from the beginning again")
	assert.Empty(t, u.take(0))

	assert.Empty(t, newUsual(nil, minute(1)).take(10), "nothing to repeat")
	only := newUsual([]analysis.Interval{interval(3, counts(50, 0), counts(50, 50))}, minute(.75))
	assert.Equal(t, []part{{minute(.75), .2}}, only.take(10), "what there was later, if there was nothing before")
	idle := newUsual([]analysis.Interval{interval(0, counts(0, 0), counts(1, 0))}, minute(1))
	assert.Len(t, idle.take(1e9), longest)
}

func TestAWeightCountsFromTheNextIntervalOn(t *testing.T) {
	stages := []Stage{{10, minute(0)}, {50, minute(1.1)}}
	assert.InDelta(t, 10, weightAt(stages, minute(-1)), 0)
	assert.InDelta(t, 10, weightAt(stages, minute(1)), 0)
	assert.InDelta(t, 50, weightAt(stages, minute(1.25)), 0)
}
