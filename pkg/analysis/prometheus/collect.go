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

	problems := make([]*analysis.Problem, len(subjects))
	current := map[identity]*run{}
	for i := range subjects {
		if problems[i] = check(&subjects[i]); problems[i] != nil {
			continue
		}
		id := identify(&subjects[i])
		if s.runs[id] == nil {
			s.runs[id] = &run{identity: id}
		}
		current[id] = s.runs[id]
	}
	s.runs = current

	end := time.UnixMilli(floor(now.Add(-s.options.ScrapeInterval).UnixMilli(), s.options.Interval.Milliseconds())).UTC()
	c := &collection{source: s, now: time.UnixMilli(now.UnixMilli()).UTC(), end: end}
	c.collect(ctx, subjects)

	results := make([]analysis.Result, len(subjects))
	for i := range subjects {
		results[i] = analysis.Result{Subject: subjects[i], Evidence: s.evidence(&subjects[i], problems[i], end)}
	}
	return results
}

// floor is the largest multiple of m up to n.
func floor(n, m int64) int64 { return n - ((n%m)+m)%m }

// evidence is what is known of a subject.
func (s *Source) evidence(sub *analysis.Subject, problem *analysis.Problem, end time.Time) analysis.Evidence {
	ev := analysis.Evidence{Run: sub.Run, Interval: s.options.Interval, Scrape: s.options.ScrapeInterval, End: end}
	if problem != nil {
		ev.Errors.Problem, ev.Latency.Problem = problem, problem
		return ev
	}
	r := s.runs[identify(sub)]
	if sub.Gates.MaxErrorRate != 0 {
		var until time.Time
		ev.Errors, until = r.family(counters[:], end)
		ev.End = earlier(ev.End, until)
	}
	if sub.Gates.LatencyThreshold != 0 {
		var until time.Time
		ev.Latency, until = r.family(histograms[:], end)
		ev.End = earlier(ev.End, until)
	}
	return ev
}

func earlier(a, b time.Time) time.Time {
	if b.Before(a) {
		return b
	}
	return a
}
