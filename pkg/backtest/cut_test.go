package backtest

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

func TestUntil(t *testing.T) {
	all := life(2, 2, 2, 0, .1)
	whole := evidence(all...)
	whole.Alerts = []analysis.AlertEvidence{{Family: analysis.Family{
		Metric: "m", Intervals: all, StableSeen: whole.Errors.StableSeen,
		Groups: []analysis.Group{{Key: "/", Intervals: all}, {Key: "/late", Intervals: all[4:]}},
	}}}
	end := all[2].Start.Add(tick)
	got := Until(whole, end)

	assert.Equal(t, end, got.End)
	assert.Equal(t, all[:3], got.Errors.Intervals)
	assert.Equal(t, end, got.Errors.CanarySeen, "no later than its interval")
	assert.Equal(t, end, got.Errors.StableSeen)
	assert.Equal(t, counts(300, 0), got.Errors.StableSince, "the one scrape after it was there in part")
	assert.Equal(t, all[:3], got.Alerts[0].Family.Groups[0].Intervals)
	assert.Empty(t, got.Alerts[0].Family.Groups[1].Intervals)
	assert.Len(t, whole.Alerts[0].Family.Groups[0].Intervals, 6, "the whole is left as it was")

	assert.Equal(t, whole, Until(whole, whole.End))
	assert.Equal(t, whole, Until(whole, whole.End.Add(time.Hour)))

	early := Until(whole, all[1].Start)
	assert.True(t, early.Errors.CanarySeen.IsZero(), "the new version was not there yet")
	assert.Equal(t, all[0].Start.Add(tick), early.Errors.StableSeen)

	late := Until(whole, all[4].Start.Add(tick))
	assert.Equal(t, whole.Errors.StableSeen, late.Errors.StableSeen, "to the second, where it was the last one")
}

func TestFaultsOfTheTime(t *testing.T) {
	all := life(2, 4, 0, 0, 0)
	all[2].Excluded = true
	ev := evidence(all...)
	fault := func(reason analysis.Reason, n int) analysis.Fault {
		return analysis.Fault{Problem: analysis.Problem{Reason: reason}, At: all[n].Start.Add(time.Second)}
	}
	ev.Errors.Faults = []analysis.Fault{fault(analysis.ReasonDuplicates, 5), fault(analysis.ReasonMalformed, 1)}
	early, late := Until(ev, all[1].Start.Add(tick)), Until(ev, all[3].Start.Add(tick))
	assert.Equal(t, []analysis.Fault{fault(analysis.ReasonMalformed, 1)}, early.Errors.Faults)
	assert.Len(t, late.Errors.Faults, 2)
	assert.Equal(t, all[2].Start.Add(tick), late.Errors.Faults[0].At, "an earlier one of its kind shows in the intervals")
}

func TestFrom(t *testing.T) {
	all := life(2, 2, 0, 0, 0)
	ev := evidence(all...)
	ev.Errors.Groups = []analysis.Group{{Key: "/", Intervals: all}}
	got := from(ev, all[2].Start)
	assert.Equal(t, all[2:], got.Errors.Intervals)
	assert.Equal(t, all[2:], got.Errors.Groups[0].Intervals)
	assert.Equal(t, ev.Errors.StableSeen, got.Errors.StableSeen)
	assert.Len(t, ev.Errors.Groups[0].Intervals, 4)
	assert.Empty(t, from(ev, minute(60)).Errors.Intervals)
}
