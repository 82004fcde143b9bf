package traffic

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/judged"
)

func service() Service {
	return Service{
		Rate: 100, Steps: []Step{{Weight: 10}, {From: 5 * time.Minute, Weight: 50}}, Canary: Always(.05), Stable: Always(.01),
		CanaryPods: 2, StablePods: 3, Length: 10 * time.Minute,
	}
}

func plus(a, b analysis.Counts) analysis.Counts {
	return analysis.Counts{Requests: a.Requests + b.Requests, Bad: a.Bad + b.Bad}
}

func TestMinutesAndIntervalsAreTheSameRequests(t *testing.T) {
	s := service()
	for n := range 20 {
		r := s.Draw(dice.Source(1, t.Name(), n))
		minutes, looks := r.Minutes(false), r.Looks()
		require.Len(t, minutes, 10)
		require.Equal(t, 40, looks.Len())
		var whole analysis.Counts
		for _, m := range minutes {
			whole = plus(whole, m.Canary)
		}
		assert.Equal(t, whole, r.Until(s.Length, false))
		// The samples of the last interval were taken up to two slots before its end: what is missing there is in the next.
		var seen analysis.Counts
		for _, in := range looks.Errors {
			seen = plus(seen, in.Canary)
		}
		last := r.interval(40, false).Canary
		assert.LessOrEqual(t, seen.Requests, whole.Requests)
		assert.GreaterOrEqual(t, seen.Requests+last.Requests, whole.Requests)
		assert.Equal(t, looks.Errors[7].Stable, looks.ErrorsSince[6], "what stable has counted beyond the end is in the next interval")
	}
}

func TestTrafficFollowsItsSettings(t *testing.T) {
	s := service()
	s.Load = From(8*time.Minute, 1, 3)
	r := s.Draw(dice.Source(2, t.Name(), 0))
	minutes := r.Minutes(false)
	assert.InDelta(t, 600, minutes[0].Canary.Requests, 150)
	assert.InDelta(t, 5400, minutes[0].Stable.Requests, 400)
	assert.InDelta(t, 3000, minutes[6].Canary.Requests, 300)
	assert.InDelta(t, 9000, minutes[9].Canary.Requests, 500)
	assert.InDelta(t, .05, minutes[9].Canary.Share(), .015)
	assert.InDelta(t, .01, minutes[9].Stable.Share(), .006)
	looks := r.Looks()
	require.Len(t, looks.ErrorsBefore, before)
	assert.Equal(t, judged.Start, looks.ErrorsBefore[before-1].Start.Add(Scrape))
	assert.InDelta(t, 1500, looks.ErrorsBefore[0].Stable.Requests, 200, "before the run stable has all requests")
	assert.Equal(t, 10, looks.Weight[0])
	assert.Equal(t, 50, looks.Weight[39])
	assert.Equal(t, judged.Start.Add(5*time.Minute), looks.StepSince[39])
}

func TestShares(t *testing.T) {
	outage := Outage(.005, 30, time.Minute, 2*time.Minute)
	assert.InDelta(t, .005, outage(59*time.Second), 1e-12)
	assert.InDelta(t, .15, outage(time.Minute), 1e-12)
	assert.InDelta(t, .005, outage(2*time.Minute), 1e-12)
	waves := Waves(1, 3, 40*time.Minute)
	assert.InDelta(t, 2, waves(0), 1e-9)
	assert.InDelta(t, 3, waves(10*time.Minute), 1e-9)
	assert.InDelta(t, 1, waves(30*time.Minute), 1e-9)
}

func TestLatePodsAreNotSeenBeforeTheyStart(t *testing.T) {
	s := service()
	s.Late, s.CanaryPods = 5*time.Minute, 3
	for n := range 20 {
		r := s.Draw(dice.Source(3, t.Name(), n))
		first := r.canary[0].starts
		for i := range r.canary {
			first = min(first, r.canary[i].starts)
		}
		assert.Zero(t, r.Until(time.Duration(first)*Slot, false).Requests)
		looks := r.Looks()
		for i, in := range looks.Errors {
			end := (i + 1) * slotsPerScrape
			if end <= first {
				assert.False(t, in.CanaryReported)
				assert.True(t, looks.CanarySeen[i].IsZero())
			}
			if in.Canary.Requests > 0 {
				assert.False(t, in.From.Before(judged.Start.Add(time.Duration(first)*Slot)), "nothing was made before the first pod")
			}
		}
		assert.True(t, looks.Errors[39].CanaryReported)
	}
}

func TestBurstsHaveTheSameShareInFewerPieces(t *testing.T) {
	s := service()
	s.Burst, s.Length = 10, 2*time.Hour
	r := s.Draw(dice.Source(4, t.Name(), 0))
	assert.InDelta(t, .05, r.Until(s.Length, false).Share(), .004)
	// The variance of a sum of bursts is the mean times E[b²]/E[b] = 38.5/5.5.
	var mean, squares, n float64
	for _, m := range r.Minutes(false)[10:] {
		mean, squares, n = mean+m.Canary.Bad, squares+m.Canary.Bad*m.Canary.Bad, n+1
	}
	mean /= n
	assert.InDelta(t, 7, (squares/n-mean*mean)/mean, 3)
}

func TestAnOddPodAndSlowRequests(t *testing.T) {
	s := service()
	s.CanaryPods, s.OddPod, s.Canary = 10, Always(.5), Always(0)
	s.CanarySlow, s.StableSlow = Always(.2), Always(.1)
	r := s.Draw(dice.Source(5, t.Name(), 0))
	assert.InDelta(t, .05, r.Until(s.Length, false).Share(), .01)
	assert.InDelta(t, .2, r.Until(s.Length, true).Share(), .02)
	assert.Zero(t, sum(r.canary[1:], 0, 100, false).Bad)
	looks := r.Looks()
	assert.Len(t, looks.Slow, looks.Len())
	assert.InDelta(t, .1, looks.Slow[39].Stable.Share(), .05)
}

func TestADrawIsItsSourceAlone(t *testing.T) {
	s := service()
	first, second := s.Draw(dice.Source(6, "x", 1)), s.Draw(dice.Source(6, "x", 1))
	assert.Equal(t, first, second)
	assert.NotEqual(t, first, s.Draw(dice.Source(6, "x", 2)))
}
