package backtest

import (
	"fmt"
	"math"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// TakenOut is within which time a version must be gone again for people to have taken it out, rather than to have moved on.
const TakenOut = time.Hour

// Skip makes the row of a roll-out that was not judged.
func Skip(r *Rollout) Row {
	return Row{
		Old: r.Old, New: r.New, Start: r.Start, End: r.End, Ending: r.Ending, Successor: r.Successor, Again: r.Again,
		Skipped: r.Skipped, Notes: append([]string{}, r.Notes...), Lasted: r.End.Sub(r.Start),
	}
}

// NewRow makes the row of one that was judged, compared with the old version or not; the harms may be nil.
func NewRow(r *Rollout, j *Judged, failed, slow *Harm, compare bool) Row {
	row := Skip(r)
	row.WithSteps, row.AsItHappened = result(&j.WithSteps, r.Start), result(&j.AsItHappened, r.Start)
	row.Failed, row.Slow = damage(failed, r.End), damage(slow, r.End)
	row.Assessment = assess(&row, failed, slow, compare)
	if !j.OldGone.IsZero() {
		note := fmt.Sprintf("the old pods were gone from %s on; with steps they are taken to go on as in the ten minutes before",
			j.OldGone.UTC().Format(time.TimeOnly))
		if failed != nil {
			note += fmt.Sprintf(" (%s failed)", percent(failed.Before.Share()))
		}
		row.Notes = append(row.Notes, note)
	}
	return row
}

func result(d *Decision, start time.Time) *Result {
	return &Result{
		Outcome: d.Outcome, At: d.At, AfterSeconds: d.At.Sub(start).Seconds(), Step: d.Step, Weight: d.Weight,
		Reason: string(d.Reason), Message: d.Message,
	}
}

// damage rounds to whole requests; what is saved is rounded down.
func damage(h *Harm, end time.Time) *Damage {
	if h == nil {
		return nil
	}
	d := &Damage{
		Requests: math.Round(h.Requests), Bad: math.Round(h.Bad), OldShare: h.Expected, Excess: math.Floor(h.Excess),
		SavedWithSteps: math.Floor(h.SavedWithSteps), SavedAsItHappened: math.Floor(h.SavedAsItHappened),
		Until: h.Until, Partial: h.Until.Before(end),
	}
	d.Share = analysis.Counts{Requests: h.Requests, Bad: h.Bad}.Share()
	return d
}

// assess compares what the steps would have come to with what people did.
func assess(row *Row, failed, slow *Harm, compare bool) Assessment {
	out := (row.Ending == EndingRolledBack || row.Ending == EndingReplaced) && row.Lasted <= TakenOut
	switch row.WithSteps.Outcome {
	case OutcomeAborted:
		switch {
		case out:
			return Caught
		case met(failed, compare) && met(slow, compare):
			return FalseAlarm
		}
		return Stayed
	case OutcomePromoted, OutcomeHeld, OutcomeNone:
	}
	switch {
	case out && row.Ending == EndingRolledBack:
		return Missed
	case row.WithSteps.Outcome == OutcomePromoted:
		return Agreed
	}
	return Open
}

// How much worse than the old version one may be, and below which share nobody minds, as in package analysis.
const (
	ratio = 1.5
	floor = 0.001
)

// met says whether a version was within its limit over all of the time that was counted.
func met(h *Harm, compare bool) bool {
	if h == nil {
		return true
	}
	share := analysis.Counts{Requests: h.Requests, Bad: h.Bad}.Share()
	return share <= h.Limit && (!compare || share <= floor || share <= ratio*h.Expected)
}
