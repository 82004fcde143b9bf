package judged

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

func counts(requests, bad float64) analysis.Counts {
	return analysis.Counts{Requests: requests, Bad: bad}
}

func TestEveryLookSeesWhatHasHappenedUntilThen(t *testing.T) {
	pairs := []Pair{{counts(10, 0), counts(90, 1)}, {counts(20, 9), counts(80, 0)}, {counts(30, 0), counts(70, 0)}}
	gates := analysis.Gates{MaxErrorRate: .01}
	var seen []float64
	judge := func(sub analysis.Subject, ev analysis.Evidence, now time.Time) analysis.Verdict {
		assert.Equal(t, sub.Run, ev.Run)
		assert.Equal(t, 10, sub.Weight)
		assert.False(t, now.Before(ev.End))
		v := analysis.Judge(sub, ev, now)
		require.Len(t, v.Gates, 1)
		seen = append(seen, v.Gates[0].Canary.Requests)
		return v
	}
	look, ok := Stream(pairs, 10).First(judge, gates, analysis.Fail)
	assert.True(t, ok)
	assert.Equal(t, 1, look, "the second look finds it")
	assert.Equal(t, []float64{10, 30}, seen)
	_, ok = Stream(pairs[:1], 10).First(judge, gates, analysis.Fail)
	assert.False(t, ok)
}

func TestLatencyHasItsFamily(t *testing.T) {
	slow := Stream([]Pair{{counts(100, 60), counts(900, 0)}}, 10)
	gates := analysis.Gates{LatencyQuantile: .95, LatencyThreshold: time.Second}
	assert.Equal(t, analysis.ReasonLatency, slow.Verdict(analysis.Judge, gates, 0).Reason, "alone, being bad is being slow")
	slow.Slow = Stream([]Pair{{counts(100, 0), counts(900, 0)}}, 10).Errors
	gates.MaxErrorRate = .01
	v := slow.Verdict(analysis.Judge, gates, 0)
	assert.Equal(t, analysis.ReasonErrorRate, v.Reason)
	assert.Zero(t, v.Gates[1].Canary.Bad)
}

func TestWhatIsKnownOfStableBeyondTheEndIsPassedOn(t *testing.T) {
	l := StreamEvery([]Pair{{counts(1500, 100), counts(13500, 65)}}, 10, 15*time.Second)
	gates := analysis.Gates{MaxErrorRate: .01, Compare: true}
	assert.Equal(t, analysis.Fail, l.Verdict(analysis.Judge, gates, 0).Outcome)
	l.ErrorsSince = []analysis.Counts{counts(9000, 700)}
	assert.Equal(t, analysis.ReasonEnvironment, l.Verdict(analysis.Judge, gates, 0).Reason)
	assert.Equal(t, 15*time.Second, l.At(0))
	l.Lag = 20 * time.Second
	assert.Equal(t, 35*time.Second, l.At(0))
}
