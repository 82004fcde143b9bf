package prometheus

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// identity is what the counts of a run depend on. The present step, its weight and its limits are not among it.
type identity struct {
	namespace, deployment, run, canary, stable string

	since   int64
	latency time.Duration
}

func identify(s *analysis.Subject) identity {
	return identity{
		namespace: s.Namespace, deployment: s.Deployment, run: s.Run, canary: s.Canary, stable: s.Stable,
		since: s.Since.UnixMilli(), latency: s.Gates.LatencyThreshold,
	}
}

// check says what about a subject can't be asked.
func check(s *analysis.Subject) *analysis.Problem {
	for _, name := range []string{s.Namespace, s.Canary, s.Stable} {
		if err := checkName(name); err != nil {
			return &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: err.Error()}
		}
	}
	switch {
	case podPrefix(s.Canary) == podPrefix(s.Stable):
		return &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: fmt.Sprintf(
			"the pods of ReplicaSets %s and %s can't be told apart by their names", s.Canary, s.Stable)}
	case s.Since.IsZero():
		return &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: "the run has no start"}
	}
	return nil
}

// run is what a Source keeps of one run: what it has counted, per family.
type run struct {
	identity

	books [len(families)]*book
}

// book is what a run has counted of one family.
type book struct {
	ledger *analysis.Ledger
	// problem is why the last attempt to bring the book up to date failed.
	problem *analysis.Problem
	// bounds are a histogram's; boundsEnd is up to when they are known. bound is the one that the ledger counts by.
	bounds    *bounds
	boundsEnd time.Time
	bound     float64
	notes     []string
	// slow is how many queries that asked for this have taken too long, since the last answer. Such a book is asked for alone, and
	// the slowest last, so that it can't keep others from their answer.
	slow int
}

// book is the run's book of a family, a new one if there is none.
func (r *run) book(i int, o *Options) *book {
	if r.books[i] == nil {
		b := &book{bounds: newBounds()}
		b.reset(r, o)
		b.boundsEnd = b.ledger.End()
		r.books[i] = b
	}
	return r.books[i]
}

// reset starts counting anew.
func (b *book) reset(r *run, o *Options) {
	b.ledger = analysis.NewLedger(analysis.LedgerOptions{
		Since: time.UnixMilli(r.since).UTC(), Interval: o.Interval, Scrape: o.ScrapeInterval,
	})
}

// chosen says that the search ends with this family: stable's pods have it, or it isn't known yet whether they do.
func (b *book) chosen(f *family, end time.Time) bool {
	if b.problem != nil {
		return true
	}
	if f.unit != 0 {
		return b.bounds.sides[analysis.Stable] || b.boundsEnd.Before(end)
	}
	return b.ledger.Seen(analysis.Stable) || b.ledger.End().Before(end)
}

// family is the evidence of the first family that stable's pods have. If they have none, it is a family that nobody was seen in,
// with the names of all that were tried.
func (r *run) family(candidates []int, upTo time.Time) (analysis.Family, time.Time) {
	var tried []string
	var end time.Time
	for _, i := range candidates {
		f, b := &families[i], r.books[i]
		if b == nil {
			continue
		}
		tried, end = append(tried, f.metric), b.end(f)
		if b.chosen(f, upTo) {
			return b.family(f), end
		}
	}
	return analysis.Family{Metric: strings.Join(tried, " and ")}, end
}

// family is the book as evidence.
func (b *book) family(f *family) analysis.Family {
	out := b.ledger.Family(f.metric)
	out.Bound, out.Problem, out.Notes = f.duration(b.bound), b.problem, slices.Clone(b.notes)
	return out
}

// end is up to when the book is complete. Where a histogram was looked for and not found there is nothing to count.
func (b *book) end(f *family) time.Time {
	if f.unit != 0 && b.bound == 0 {
		return b.boundsEnd
	}
	return b.ledger.End()
}
