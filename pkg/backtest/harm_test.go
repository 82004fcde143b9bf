package backtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

func TestHarm(t *testing.T) {
	// 600 requests in 15 s, of which the old version fails 0.5 %, the new one 20 %, for ten minutes; the old one is gone at once.
	all := life(40, 0, 40, .005, .2)
	at := func(n int) time.Time { return minute(0).Add(time.Duration(n) * tick) }
	ev := evidence(all...)
	decided := func(n int) Decision { return Decision{Outcome: OutcomeAborted, At: at(n)} }
	each := 600 * (.2 - .005)
	for sentence, c := range map[string]struct {
		asWas, steps Decision
		until        int
		excess       float64
		saved, with  float64
	}{
		// A decision at 44, traffic back 12 s later, and what was counted up to one scrape later may have been made before.
		"both abort after a minute":   {decided(44), decided(44), 80, 40 * each, (80 - 46) * each, (40 - .1*6) * each},
		"only the steps abort":        {Decision{Outcome: OutcomeNone}, decided(44), 80, 40 * each, 0, (40 - .1*6) * each},
		"nobody aborts":               {Decision{Outcome: OutcomeNone}, Decision{Outcome: OutcomePromoted}, 80, 40 * each, 0, 0},
		"too late to save anything":   {decided(79), decided(80), 80, 40 * each, 0, (40 - .1*40) * each},
		"counted for a part of it":    {decided(44), decided(44), 60, 20 * each, (60 - 46) * each, (20 - .1*6) * each},
		"held, which is no abort":     {Decision{Outcome: OutcomeNone}, Decision{Outcome: OutcomeHeld, At: at(44)}, 80, 40 * each, 0, 0},
		"gone before it was counted":  {decided(44), decided(44), 40, 0, 0, 0},
		"aborted after it was gone":   {decided(90), decided(90), 80, 40 * each, 0, (40 - .1*40) * each},
		"aborted at the very start":   {decided(40), decided(40), 80, 40 * each, (80 - 42) * each, (40 - .1*2) * each},
		"as it happened aborts alone": {decided(44), Decision{Outcome: OutcomeNone}, 80, 40 * each, (80 - 46) * each, 0},
	} {
		t.Run(sentence, func(t *testing.T) {
			j := Judged{AsItHappened: c.asWas, WithSteps: c.steps, Stages: []Stage{{Weight: 10, From: at(40)}}}
			h, slow := j.Harms(subject(40), ev, at(c.until))
			require.NotNil(t, h)
			assert.Nil(t, slow, "that gate is off")
			assert.InDelta(t, .005, h.Expected, 1e-12)
			assert.InDelta(t, c.excess, h.Excess, 1e-6)
			assert.InDelta(t, c.saved, h.SavedAsItHappened, 1e-6)
			assert.InDelta(t, c.with, h.SavedWithSteps, 1e-6)
			assert.InDelta(t, float64(600*max(0, c.until-40)), h.Requests, 1e-6)
			assert.Equal(t, counts(24000, 120), h.Before)
		})
	}
}

func TestWhatChanceMakesIsNoHarm(t *testing.T) {
	j := Judged{AsItHappened: Decision{Outcome: OutcomeAborted, At: minute(10)}, WithSteps: Decision{Outcome: OutcomeAborted, At: minute(10)}}
	harmOf := func(share float64) *Harm {
		ev := evidence(life(40, 0, 40, .01, share)...)
		h, _ := j.Harms(subject(40), ev, ev.End)
		return h
	}
	// 24,000 requests: 240 expected, with a standard deviation of 15.
	assert.Zero(t, harmOf(.0115).Excess)
	assert.Zero(t, harmOf(.0115).SavedAsItHappened)
	assert.InDelta(t, 72, harmOf(.013).Excess, 1e-6)
	assert.Zero(t, harmOf(.001).Excess, "better is no harm")
}

func TestAnOutageOfBothIsNotPutDownToTheNewVersion(t *testing.T) {
	all := append(life(40, 0, 0, .005, 0), life(0, 40, 0, .3, .3)...)
	for i := range all {
		all[i].Start = minute(0).Add(time.Duration(i) * tick)
	}
	ev := evidence(all...)
	j, _ := judged(spec.Default(), all...)
	h, _ := j.Harms(subject(40), ev, ev.End)
	assert.InDelta(t, .3, h.Expected, 1e-9)
	assert.Zero(t, h.Excess)
}

func TestTheLastRequestsOfAPodThatEndsCountForNothing(t *testing.T) {
	all := life(40, 0, 40, .005, .2)
	all[40].Stable = counts(3, 2)
	ev := evidence(all...)
	j, _ := judged(spec.Default(), all...)
	h, _ := j.Harms(subject(40), ev, ev.End)
	assert.InDelta(t, .005, h.Expected, 1e-9)
}

func TestExcludedIntervalsAreNotCounted(t *testing.T) {
	all := life(40, 0, 40, .005, .2)
	all[50].Excluded, all[10].Excluded = true, true
	ev := evidence(all...)
	j := Judged{}
	h, _ := j.Harms(subject(40), ev, ev.End)
	assert.InDelta(t, 39*600, h.Requests, 1e-9)
	assert.InDelta(t, 39*600, h.Before.Requests, 1e-9)
}

func TestAFamilyThatNobodyHasDoesNoHarm(t *testing.T) {
	ev := evidence(life(40, 0, 40, .005, .2)...)
	ev.Errors.Problem = &analysis.Problem{Reason: analysis.ReasonUnreachable}
	h, _ := (&Judged{}).Harms(subject(40), ev, ev.End)
	assert.Nil(t, h)
}

func TestWithoutAGateItsLiftedRuleCounts(t *testing.T) {
	all := life(40, 0, 40, .005, .2)
	ev := evidence(all...)
	ev.Alerts = []analysis.AlertEvidence{{}, {Family: ev.Errors}, {Family: ev.Errors}}
	ev.Errors = analysis.Family{}
	sub := subject(40)
	sub.Gates.MaxErrorRate = 0
	sub.Gates.Alerts = []analysis.Alert{
		{Name: "Scoped", Scoped: &analysis.ScopedRule{}},
		{Name: "Errors", Lifted: &analysis.LiftedRule{Limit: .03}},
		{Name: "Slow", Lifted: &analysis.LiftedRule{Limit: .1, Latency: true}},
	}
	failed, slow := (&Judged{}).Harms(sub, ev, ev.End)
	require.NotNil(t, failed)
	require.NotNil(t, slow)
	assert.InDelta(t, .03, failed.Limit, 0)
	assert.InDelta(t, .1, slow.Limit, 0)
	assert.InDelta(t, 40*600*.2, failed.Bad, 1e-6)
}
