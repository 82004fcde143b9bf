package power

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/test/validate/dice"
)

func TestCasesAreWhatTheySay(t *testing.T) {
	names, references := map[string]bool{}, 0
	for _, c := range Cases() {
		assert.False(t, names[c.Name], "%s: the draws would be the same", c.Name)
		names[c.Name] = true
		assert.GreaterOrEqual(t, c.Runs, 600, c.Name)
		if !math.IsNaN(c.Reference) {
			references++
			assert.Positive(t, c.Short, "%s: the short validation has all that have a reference", c.Name)
		}
		run := c.Draw(dice.Source(1, c.Name, 0))
		assert.Len(t, run.Minutes, 60, c.Name)
		var all float64
		for _, m := range run.Minutes {
			all += m.Canary.Requests
		}
		assert.InDelta(t, all, run.Until(time.Hour).Requests, 0, "%s: minutes and looks are of the same requests", c.Name)
		assert.Equal(t, c.Promote, c.Limit == 0, c.Name)
	}
	assert.Equal(t, 8, references)
}

// What a rule is given points for is counted by hand here: a canary whose every request is bad.
func TestRequestsAreCountedUntilTheDecision(t *testing.T) {
	c := Case{
		Name: "all bad", Gates: analysis.Gates{MaxErrorRate: .01}, Draw: regular(1, 0, 1), Limit: .01,
		Ideal: Cases()[0].Ideal, Reference: 2, Runs: 10,
	}
	p := c.Run(analysis.Judge, 1)
	assert.InDelta(t, 2, float64(p.MedianRequests), 0, "E = (1/3 + mean of squares/2 …) ≥ 100 with the second request")
	assert.InDelta(t, 2, float64(p.FailedRequests), 0)
	assert.InDelta(t, 3, float64(p.IdealMedian), 0, "5 · 5 · 5 ≥ 100")
	assert.InDelta(t, 60, float64(p.Peers["argoFailureLimit0"].MedianRequests), 0)
	assert.InDelta(t, 240, float64(p.Peers["argoFailureLimit3"].FailedRequests), 0)
	assert.InDelta(t, 300, float64(p.Peers["flaggerThreshold5"].P90Requests), 0)
	assert.InDelta(t, 3600, float64(p.Peers["kayentaMannWhitney"].MedianRequests), 0)
	assert.InDelta(t, 1, p.Aborted, 0)
	never := func(analysis.Subject, analysis.Evidence, time.Time) analysis.Verdict { return analysis.Verdict{} }
	p = c.Run(never, 1)
	assert.False(t, p.MedianRequests.Known())
	assert.InDelta(t, 3600, float64(p.FailedRequests), 0, "what is never aborted fails until the end")
	assert.Zero(t, p.Aborted)
}

func TestLateOnsetsAreCountedFromThenOn(t *testing.T) {
	var late *Case
	for _, c := range Cases() {
		if c.Onset > 0 {
			late = &c
		}
	}
	require.NotNil(t, late)
	early := func(analysis.Subject, analysis.Evidence, time.Time) analysis.Verdict {
		return analysis.Verdict{Outcome: analysis.Fail}
	}
	late.Runs = 40
	p := late.Run(early, 1)
	assert.InDelta(t, 1, p.Early, 0)
	assert.False(t, p.MedianRequests.Known(), "an abort before the onset is no find")
	p = late.Run(analysis.Judge, 1)
	assert.Greater(t, p.MedianRequests, p.IdealMedian)
	assert.Less(t, float64(p.MedianRequests), 600.)
	e := Example(analysis.Judge, Cases(), 1)
	require.NotNil(t, e)
	assert.InDelta(t, 10, e.Onset, 0)
	assert.Len(t, e.Log10E, 240)
	assert.Nil(t, Example(analysis.Judge, nil, 1))
}
