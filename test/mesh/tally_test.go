package mesh

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestSince(t *testing.T) {
	var counts tally
	at := func(second int64) time.Time { return time.Unix(1000+second, 0) }
	counts.add(Response{Status: 200, Version: "v1", Latency: time.Millisecond}, at(1))
	counts.add(Response{Status: 500, Version: "v1", Injected: true, Latency: time.Millisecond}, at(2))
	before := counts.snapshot(at(3))
	for range 3 {
		counts.add(Response{Status: 200, Version: "v2", Latency: time.Second}, at(4))
	}
	counts.add(Response{Status: 503, Flag: FlagNoHealthyUpstream, Reason: "nobody"}, at(5))
	counts.add(Response{Status: 200, Version: "v1", Latency: time.Second}, at(6))
	counts.skip()
	window := counts.snapshot(at(7)).Since(before)

	assert.EqualValues(t, 5, window.Requests)
	assert.EqualValues(t, 4, window.Served)
	assert.EqualValues(t, 0, window.FailedByVersion)
	assert.EqualValues(t, 1, window.FailedByRollout)
	assert.EqualValues(t, 1, window.Skipped)
	assert.InDelta(t, 0.75, window.Share("v2"), 1e-9)
	assert.Greater(t, window.Versions["v1"].Latency.Quantile(0.5), 900*time.Millisecond, "the old fast ones are not in it")
	assert.Len(t, window.Failures, 1)
	assert.Equal(t, "nobody", window.Failures[0].Reason)
	assert.EqualValues(t, 1, before.Versions["v1"].Failed, "a snapshot stays as it was")
	assert.EqualValues(t, 2, before.Requests)
	assert.Zero(t, Snapshot{}.Share("v1"))
}

func TestQuantile(t *testing.T) {
	var l Latency
	assert.Zero(t, l.Quantile(0.5))
	for i := range 100 {
		l.add(time.Duration(i+1) * time.Millisecond)
	}
	for q, exact := range map[float64]time.Duration{0: time.Millisecond, 0.5: 50 * time.Millisecond, 0.95: 95 * time.Millisecond, 1: 100 * time.Millisecond} {
		got := l.Quantile(q)
		assert.GreaterOrEqual(t, got, exact)
		assert.LessOrEqual(t, float64(got), 1.15*float64(exact))
	}
	var extremes Latency
	extremes.add(0)
	extremes.add(1000 * time.Hour)
	assert.Equal(t, latencyFloor, extremes.Quantile(0.5))
	assert.Greater(t, extremes.Quantile(1), time.Hour)
}
