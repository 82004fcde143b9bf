package prometheus

import (
	"context"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// Collect brings the evidence of these subjects up to date and returns it, one Result per subject and in their order. It is
// complete up to one scrape interval before now: later samples may still be on their way. Runs that are not among the subjects
// are forgotten. It returns no error: what could not be asked is a Problem of the evidence it is missing from, and what was
// counted before is kept, so that a Prometheus that comes back goes on where it stopped.
func (s *Source) Collect(ctx context.Context, subjects []analysis.Subject, now time.Time) []analysis.Result {
	s.mu.Lock()
	defer s.mu.Unlock()
	ctx, cancel := context.WithTimeout(ctx, s.options.CollectTimeout)
	defer cancel()

	end := time.UnixMilli(floor(now.Add(-s.options.ScrapeInterval).UnixMilli(), s.options.Interval.Milliseconds())).UTC()
	c := &collection{source: s, now: time.UnixMilli(now.UnixMilli()).UTC(), end: end, asked: map[*book]bool{}}
	errands := s.errands(subjects)
	c.collect(ctx, errands)

	results := make([]analysis.Result, len(subjects))
	for i := range subjects {
		results[i] = analysis.Result{Subject: subjects[i], Evidence: s.evidence(&subjects[i], errands[i], end)}
	}
	return results
}

// floor is the largest multiple of m up to n.
func floor(n, m int64) int64 { return n - ((n%m)+m)%m }

// errands are what there is to find out for the subjects, with the runs that go on. Whatever none of them wants any more is forgotten.
func (s *Source) errands(subjects []analysis.Subject) []*errand {
	errands := make([]*errand, len(subjects))
	current := map[identity]*run{}
	wanted := map[*run]map[string]bool{}
	for i := range subjects {
		e := &errand{wants: wantsOf(&subjects[i]), problem: check(&subjects[i])}
		errands[i] = e
		if e.problem != nil {
			continue
		}
		id := identify(&subjects[i])
		r := s.runs[id]
		if r == nil {
			r = newRun(id)
			s.runs[id] = r
		}
		e.run, current[id] = r, r
		if wanted[r] == nil {
			wanted[r] = map[string]bool{}
		}
		for _, f := range e.families() {
			wanted[r][f.key] = true
		}
	}
	s.runs = current
	for _, r := range current {
		r.keep(wanted[r])
	}
	return errands
}

// keep is the start of a collection: of a run's books it leaves those that are wanted, of the rest those of the last collection.
func (r *run) keep(families map[string]bool) {
	for key := range r.books {
		if !families[key] {
			delete(r.books, key)
		}
	}
	for key, w := range r.watches {
		if !w.wanted {
			delete(r.watches, key)
		}
		w.wanted = false
	}
	for key, c := range r.controls {
		if !c.wanted {
			delete(r.controls, key)
		}
		c.wanted = false
	}
}

// evidence is what is known of a subject.
func (s *Source) evidence(sub *analysis.Subject, e *errand, end time.Time) analysis.Evidence {
	ev := analysis.Evidence{Run: sub.Run, Interval: s.options.Interval, Scrape: s.options.ScrapeInterval, End: end}
	if len(sub.Gates.Alerts) > 0 {
		ev.Alerts = make([]analysis.AlertEvidence, len(sub.Gates.Alerts))
	}
	if e.problem != nil {
		for _, f := range []*analysis.Family{&ev.Errors, &ev.Latency, &ev.Reach} {
			f.Problem = e.problem
		}
		for i := range ev.Alerts {
			ev.Alerts[i].Family.Problem, ev.Alerts[i].Firing.Problem = e.problem, e.problem
		}
		return ev
	}
	var sound, troubled []time.Time
	use := func(candidates ...*family) analysis.Family {
		f, until := e.run.search(candidates, end)
		if f.Problem == nil {
			sound = append(sound, until)
		} else {
			troubled = append(troubled, until)
		}
		return f
	}
	if len(e.errors) > 0 {
		ev.Errors = use(e.errors...)
	}
	if len(e.latency) > 0 {
		ev.Latency = use(e.latency...)
	}
	if e.reach != nil {
		ev.Reach = use(e.reach)
	}
	for i, alert := range e.alerts {
		switch {
		case alert.lifted != nil:
			ev.Alerts[i].Family = use(alert.lifted)
		case alert.scoped != nil:
			ev.Alerts[i].Firing = e.run.firing(e.run.watches[watchKey(alert.scoped)], end)
			if ev.Alerts[i].Firing.Problem == nil {
				sound = append(sound, end)
			}
		default:
			nothing := &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: "the rule is neither a test of requests nor an expression"}
			ev.Alerts[i].Family.Problem, ev.Alerts[i].Firing.Problem = nothing, nothing
		}
	}
	ev.End = complete(end, sound, troubled)
	return ev
}

// complete is up to when all families are. One that has a problem, which speaks for itself, must not make the others look out of date.
func complete(end time.Time, sound, troubled []time.Time) time.Time {
	if len(sound) == 0 {
		sound = troubled
	}
	for _, until := range sound {
		if until.Before(end) {
			end = until
		}
	}
	return end
}
