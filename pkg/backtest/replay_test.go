package backtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// judged replays a roll-out that starts with the 40th interval.
func judged(s spec.Spec, all ...analysis.Interval) (Judged, analysis.Evidence) {
	ev := evidence(all...)
	return Judge(subject(40), ev, &s, ev.End), ev
}

func TestReplays(t *testing.T) {
	onInconclusive := func(i spec.Inconclusive) spec.Spec {
		s := spec.Default()
		s.OnInconclusive = i
		return s
	}
	pauses := spec.Default()
	pauses.Steps = []spec.Step{{Weight: 10, Pause: true}, {Weight: 100, Hold: time.Minute}}
	little := life(40, 3, 160, .002, 0)
	for i := range little {
		little[i].Canary = counts(min(1, little[i].Canary.Requests), 0)
	}
	absent := life(40, 0, 10, .002, 0)
	for i := range absent[40:] {
		absent[40+i].Canary = counts(0, 0)
	}
	for sentence, c := range map[string]struct {
		spec              spec.Spec
		all               []analysis.Interval
		withSteps, asItIs Outcome
		after             time.Duration
	}{
		"a good one": {spec.Default(), life(40, 3, 60, .002, .002), OutcomePromoted, OutcomeNone, 3*time.Minute + 30*time.Second},
		"a bad one":  {spec.Default(), life(40, 3, 60, .002, .2), OutcomeAborted, OutcomeAborted, 30 * time.Second},
		"a bad one whose old version was gone at once": {spec.Default(), life(40, 0, 60, .002, .2), OutcomeAborted, OutcomeAborted, 30 * time.Second},
		"too few requests to say":                      {spec.Default(), little, OutcomeHeld, OutcomeNone, 30 * time.Minute},
		"too few requests, and abort then":             {onInconclusive(spec.InconclusiveAbort), little, OutcomeAborted, OutcomeNone, 30 * time.Minute},
		"an approval counts as given":                  {pauses, life(40, 3, 60, .002, .002), OutcomePromoted, OutcomeNone, 2 * time.Minute},
		"gone before anything was decided":             {spec.Default(), life(40, 3, 2, .002, .002), OutcomeNone, OutcomeNone, 90 * time.Second},
		"no requests at all":                           {spec.Default(), absent, OutcomeNone, OutcomeNone, 150 * time.Second},
		"it was ill before as well":                    {spec.Default(), life(40, 60, 0, .2, .2), OutcomeNone, OutcomeNone, 15*time.Minute + 15*time.Second},
	} {
		t.Run(sentence, func(t *testing.T) {
			j, ev := judged(c.spec, c.all...)
			assert.Equal(t, c.withSteps, j.WithSteps.Outcome, j.WithSteps.Message)
			assert.Equal(t, c.asItIs, j.AsItHappened.Outcome, j.AsItHappened.Message)
			assert.InDelta(t, c.after.Seconds(), j.WithSteps.At.Sub(subject(40).Since).Seconds(), 30)
			again := Judge(subject(40), ev, &c.spec, ev.End)
			assert.Equal(t, j, again, "the same arguments, the same answer")
		})
	}
}

func TestTheOldVersionsAbsenceIsNoBlindness(t *testing.T) {
	// It is good for two minutes, and the old version is gone after 45 s.
	all := append(life(40, 3, 6, .002, .002), life(0, 0, 60, 0, .2)...)
	for i := range all {
		all[i].Start = minute(0).Add(time.Duration(i) * tick)
	}
	j, _ := judged(spec.Default(), all...)
	assert.Equal(t, OutcomeAborted, j.AsItHappened.Outcome, j.AsItHappened.Message)
	assert.Equal(t, minute(10.75), j.OldGone)
}

func TestSilenceOfBothIsBlindness(t *testing.T) {
	all := life(40, 4, 60, .002, .2)
	for i := 41; i < len(all); i++ {
		all[i].Canary, all[i].Stable = counts(0, 0), counts(0, 0)
		all[i].CanaryReported, all[i].StableReported = false, false
	}
	all[40].Canary = counts(10, 0)
	j, _ := judged(spec.Default(), all...)
	assert.Equal(t, OutcomeNone, j.AsItHappened.Outcome)
	assert.Equal(t, analysis.ReasonStale, j.AsItHappened.Reason)
	assert.True(t, j.OldGone.IsZero())
}

func TestTheHorizonIsAllStepsAndOneHold(t *testing.T) {
	s := spec.Default()
	assert.Equal(t, 33*time.Minute, Horizon(&s))
}

func TestAMissedScrapeIsNoAbsence(t *testing.T) {
	all := life(2, 8, 0, .002, .002)
	silent := func(n int) analysis.Evidence {
		some := append([]analysis.Interval{}, all...)
		for i := len(some) - n; i < len(some); i++ {
			some[i].Stable, some[i].StableReported = counts(0, 0), false
		}
		return evidence(some...)
	}
	ev := silent(missing)
	assert.False(t, alone(&ev))
	assert.False(t, ev.Errors.Intervals[9].StableReported)
	ev = silent(missing + 1)
	assert.True(t, alone(&ev))
	assert.True(t, ev.Errors.Intervals[9].StableReported)
	assert.Equal(t, ev.Errors.CanarySeen, ev.Errors.StableSeen)
	ev.Errors.StableSeen = time.Time{}
	assert.False(t, alone(&ev), "never seen is not gone")
}
