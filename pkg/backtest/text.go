package backtest

import (
	"fmt"
	"strings"
	"time"
)

// Text is the report for people, in lines of at most 80 columns where the words allow it. Times are in UTC.
func (r *Report) Text() string {
	var b strings.Builder
	b.WriteString(wrap("", fmt.Sprintf("Roll-outs of %s/%s from %s to %s UTC", r.Namespace, r.Deployment, clock(r.From), clock(r.Until))))
	r.head(&b)
	for i := range r.Rollouts {
		b.WriteString("\n")
		r.Rollouts[i].write(&b)
	}
	b.WriteString("\n")
	r.foot(&b)
	return b.String()
}

func (r *Report) head(b *strings.Builder) {
	s := &r.Settings
	b.WriteString(wrap("  gates    ", fmt.Sprintf("error rate %s, latency %s, compare %s", s.MaxErrorRate, s.MaxLatency, s.Compare)))
	b.WriteString(wrap("  steps    ", fmt.Sprintf("%s; each waits for evidence for up to %s, then: %s", s.Steps, s.MaxHold, s.OnInconclusive)))
	for _, a := range s.Alerts {
		state := "judged: "
		if !a.Replayed {
			state = "NOT REPLAYED: "
		}
		b.WriteString(wrap("  alert    ", a.Name+": "+state+a.Detail))
	}
	if r.Metric != "" {
		b.WriteString(wrap("  metric   ", fmt.Sprintf("%s, a sample every %s", r.Metric, seconds(r.ScrapeSeconds))))
	}
	for i := range r.Gaps {
		g := &r.Gaps[i]
		b.WriteString(wrap("  gap      ", fmt.Sprintf("%s to %s: %s", clock(g.From), clock(g.Until), g.cause())))
	}
	for _, note := range r.Notes {
		b.WriteString(wrap("  note     ", note))
	}
}

func (row *Row) write(b *strings.Builder) {
	old := row.Old
	if old == "" {
		old = "(unknown)"
	}
	fmt.Fprintf(b, "#%d  %s  %s -> %s\n", row.Number, clock(row.Start), old, row.New)
	lived := lasting(row.Lasted)
	switch row.Ending {
	case EndingServing:
		lived += ", and still serving at the end of the history"
	case EndingRolledBack:
		lived += ", then rolled back to " + row.Successor
	case EndingReplaced:
		lived += ", then replaced by " + row.Successor
	case EndingUnknown:
		lived += ", then nothing was there"
	}
	if row.Again {
		lived += "; the version had been there before"
	}
	b.WriteString(wrap("    served   ", lived))
	if row.Skipped != "" {
		b.WriteString(wrap("    NOT JUDGED: ", row.Skipped))
	} else {
		b.WriteString(wrap("    steps    ", row.WithSteps.headline()))
		b.WriteString(wrap("             ", row.WithSteps.Message))
		b.WriteString(wrap("    as was   ", row.AsItHappened.headline()))
		b.WriteString(wrap("             ", row.AsItHappened.Message))
		row.Failed.write(b, "failed", row)
		if row.Slow != nil && (row.Slow.Excess > 0 || row.Failed == nil) {
			row.Slow.write(b, "slow  ", row)
		}
		b.WriteString(wrap("    so       ", row.Assessment.words()))
	}
	for _, note := range row.Notes {
		b.WriteString(wrap("    note     ", note))
	}
}

// headline says what it came to, for a person who reads nothing else.
func (r *Result) headline() string {
	after := lasting(time.Duration(r.AfterSeconds * float64(time.Second)))
	where := ""
	if r.Step > 0 {
		where = fmt.Sprintf(", at %d %% of the traffic (step %d)", r.Weight, r.Step)
	}
	when := fmt.Sprintf(" after %s, at %s", after, r.At.UTC().Format(time.TimeOnly))
	switch r.Outcome {
	case OutcomeAborted:
		return "ABORTED" + when + where
	case OutcomePromoted:
		return "promoted" + when
	case OutcomeHeld:
		return "HELD" + when + where + ": no verdict in time"
	case OutcomeNone:
	}
	if r.Step > 0 {
		return "UNDECIDED" + when + where + ": the time was over"
	}
	return "not aborted within " + after
}

func (d *Damage) write(b *strings.Builder, label string, row *Row) {
	if d == nil {
		return
	}
	text := fmt.Sprintf("%s of %s requests of the new version (%s)", number(d.Bad), number(d.Requests), percent(d.Share))
	if d.Excess > 0 {
		text += fmt.Sprintf(", %s more than the old version's share (%s)", number(d.Excess), percent(d.OldShare))
	} else {
		text += fmt.Sprintf(", no more than the old version's share (%s) and chance", percent(d.OldShare))
	}
	if d.Partial {
		text += "; counted until " + clock(d.Until)
	}
	b.WriteString(wrap("    "+label+"   ", text))
	if d.Excess <= 0 || (row.WithSteps.Outcome != OutcomeAborted && row.AsItHappened.Outcome != OutcomeAborted) {
		return
	}
	b.WriteString(wrap("    saved    ", fmt.Sprintf("with steps %s, as it happened %s", d.saved(d.SavedWithSteps), d.saved(d.SavedAsItHappened))))
}

// saved is as in "2,380 (98 %)".
func (d *Damage) saved(n float64) string {
	return fmt.Sprintf("%s (%.0f %%)", number(n), 100*n/d.Excess)
}

func (a Assessment) words() string {
	switch a {
	case Caught:
		return "caught: you took this version out within the hour as well"
	case FalseAlarm:
		return "A FALSE ALARM, it seems: the version stayed, and over the time that was counted it was within the gates"
	case Stayed:
		return "the version stayed all the same, though it was not within the gates"
	case Missed:
		return "MISSED: you rolled this version back within the hour, Sluice would not have aborted it"
	case Agreed:
		return "no objection: it would have gone out"
	case Open:
	}
	return "nothing decided: it would have waited, for requests or for a person"
}

func seconds(s float64) string { return time.Duration(s * float64(time.Second)).String() }
