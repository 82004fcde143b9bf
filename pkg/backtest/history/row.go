package history

import (
	"context"
	"fmt"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/backtest"
)

// collectTimeout bounds the queries for one roll-out's evidence, attempts how often what was left over is asked for again.
const (
	collectTimeout = 5 * time.Minute
	attempts       = 5
)

// row gathers the evidence of one roll-out, replays it and adds up the harm. That takes evidence up to the version's end, which is
// only asked for where there is something to add up: where a gate would have failed, or should have.
func (h *history) row(ctx context.Context, r *backtest.Rollout) backtest.Row {
	if r.Skipped != "" {
		return backtest.Skip(r)
	}
	// On the grid of the intervals, and before the first sample.
	since := floor(r.Start, h.Interval)
	gathered := h.subject(r, since.Add(-backtest.Baseline))
	until := r.End
	for _, t := range []time.Time{r.Superseded, since.Add(backtest.Horizon(&h.Spec))} {
		if !t.IsZero() && t.Before(until) {
			until = t
		}
	}
	until = ceil(until, h.Interval)
	ev, problem := h.collect(ctx, gathered, until)
	if problem != nil {
		r.Skipped = problem.Detail
		return backtest.Skip(r)
	}
	sub := h.subject(r, since)
	judged := backtest.Judge(sub, ev, &h.Spec, until)
	missed := r.Ending == backtest.EndingRolledBack && r.End.Sub(r.Start) <= backtest.TakenOut
	if judged.Aborted() || missed {
		until = r.End
		if latest := since.Add(backtest.LongestHarm); latest.Before(until) {
			until = latest
		}
		until = ceil(until, h.Interval)
		// What was judged must not change: the evidence only grows.
		if ev, problem = h.collect(ctx, gathered, until); problem != nil {
			until = ev.End
			r.Notes = append(r.Notes, "what it did until its end could not be counted: "+problem.Detail)
		}
	}
	failed, slow := judged.Harms(sub, ev, until)
	h.note(r, &ev, since, until)
	if judged.WithSteps.Outcome == backtest.OutcomeNone && !r.Superseded.IsZero() && r.Superseded.Before(since.Add(backtest.Horizon(&h.Spec))) {
		r.Notes = append(r.Notes, fmt.Sprintf("a newer version appeared at %s, where Sluice would have begun a new run: judged up to then",
			r.Superseded.Format(time.TimeOnly)))
	}
	return backtest.NewRow(r, &judged, failed, slow, sub.Gates.Compare)
}

// floor is the bound of intervals at or before a time. They are counted from the Unix epoch, which time.Truncate does not know of.
func floor(t time.Time, interval time.Duration) time.Time {
	ms, length := t.UnixMilli(), max(interval.Milliseconds(), 1)
	return time.UnixMilli(ms - ms%length).UTC()
}

// ceil is the bound of intervals at or after a time.
func ceil(t time.Time, interval time.Duration) time.Time {
	if down := floor(t, interval); down.Before(t) {
		return down.Add(interval)
	}
	return t
}

// collect gathers evidence that is complete up to a time, or says what keeps it from being.
func (h *history) collect(ctx context.Context, sub analysis.Subject, until time.Time) (analysis.Evidence, *analysis.Problem) {
	var ev analysis.Evidence
	for range attempts {
		ev = h.source.Collect(ctx, []analysis.Subject{sub}, until.Add(h.ScrapeInterval))[0].Evidence
		if !ev.End.Before(until) {
			break
		}
	}
	for _, f := range []*analysis.Family{&ev.Errors, &ev.Latency} {
		if f.Problem != nil && f.Problem.Reason == analysis.ReasonUnreachable {
			return ev, f.Problem
		}
	}
	if ev.End.Before(until) {
		return ev, &analysis.Problem{Reason: analysis.ReasonRefused, Detail: fmt.Sprintf(
			"the evidence could be gathered up to %s only: too much for Prometheus, or too many queries", ev.End.Format(time.DateTime))}
	}
	return ev, nil
}

// note says what a person should know of the evidence.
func (h *history) note(r *backtest.Rollout, ev *analysis.Evidence, since, until time.Time) {
	for i := range h.report.Gaps {
		if g := &h.report.Gaps[i]; g.From.Before(until) && g.Until.After(since) {
			r.Notes = append(r.Notes, fmt.Sprintf("there is a gap in the history from %s to %s", g.From.Format(time.DateTime), g.Until.Format(time.DateTime)))
		}
	}
	for _, f := range []*analysis.Family{&ev.Errors, &ev.Latency} {
		for j := range f.Faults {
			r.Notes = append(r.Notes, fmt.Sprintf("odd samples at %s (%s): the gates would have held for a while",
				f.Faults[j].At.Format(time.DateTime), f.Faults[j].Detail))
		}
	}
}
