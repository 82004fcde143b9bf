package prometheus

import (
	"context"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// collection is one call of Collect.
type collection struct {
	source *Source
	// now is when it is, in whole milliseconds; end is up to when samples are complete.
	now, end time.Time
	// queries is how many were sent.
	queries int
	// failures is how many queries found no Prometheus. down, after several, is why no further one is tried: a Prometheus that
	// hangs must not hang once per query.
	failures int
	down     *analysis.Problem
}

// ask is one run's want of one family's samples.
type ask struct {
	run  *run
	book *book
	// from is up to when the samples are there already.
	from time.Time
	// matchers are added to the family's.
	matchers string
	// take uses an answer that holds all samples up to a time.
	take func(until time.Time, found []found)
}

// collect brings all books up to date, family by family in their order. The next family is asked for only where stable doesn't
// have the former one.
func (c *collection) collect(ctx context.Context, subjects []analysis.Subject) {
	errors := c.runs(subjects, func(s *analysis.Subject) bool { return s.Gates.MaxErrorRate != 0 })
	for _, i := range counters {
		c.count(ctx, i, errors)
		errors = c.without(errors, i)
	}
	latency := c.runs(subjects, func(s *analysis.Subject) bool { return s.Gates.LatencyThreshold != 0 })
	for _, i := range histograms {
		c.measure(ctx, i, latency)
		latency = c.without(latency, i)
	}
}

// runs are the runs of the subjects that want something, each once.
func (c *collection) runs(subjects []analysis.Subject, wants func(*analysis.Subject) bool) []*run {
	var runs []*run
	known := map[*run]bool{}
	for i := range subjects {
		r := c.source.runs[identify(&subjects[i])]
		if r == nil || known[r] || !wants(&subjects[i]) {
			continue
		}
		known[r] = true
		runs = append(runs, r)
	}
	return runs
}

// without leaves out the runs that need not look further than this family.
func (c *collection) without(runs []*run, i int) []*run {
	return slices.DeleteFunc(runs, func(r *run) bool { return r.books[i].chosen(&families[i], c.end) })
}

// count brings the books of a counter up to date.
func (c *collection) count(ctx context.Context, i int, runs []*run) {
	f := &families[i]
	asks := make([]*ask, 0, len(runs))
	for _, r := range runs {
		b := r.book(i, &c.source.options)
		b.problem, b.notes = nil, nil
		asks = append(asks, samples(f, r, b, ""))
	}
	c.answer(ctx, f, samplesOf, asks)
}

// samples is the ask for the samples of a run's pods.
func samples(f *family, r *run, b *book, matchers string) *ask {
	return &ask{run: r, book: b, from: b.ledger.End(), matchers: matchers, take: func(until time.Time, answer []found) {
		series := make([]analysis.Series, len(answer))
		for i := range answer {
			series[i] = answer[i].series(f)
		}
		b.ledger.Advance(until, series)
	}}
}

// measure brings the books of a histogram up to date: first the bounds that its buckets have, then the samples of the two that
// count.
func (c *collection) measure(ctx context.Context, i int, runs []*run) {
	f := &families[i]
	asks := make([]*ask, 0, len(runs))
	for _, r := range runs {
		b := r.book(i, &c.source.options)
		b.problem, b.notes = nil, nil
		asks = append(asks, &ask{run: r, book: b, from: b.boundsEnd, take: func(until time.Time, answer []found) {
			for i := range answer {
				b.bounds.add(answer[i].side, answer[i].pod, string(answer[i].metric[labelBucket]))
			}
			b.boundsEnd = until
		}})
	}
	c.answer(ctx, f, boundsOf, asks)

	asks = asks[:0]
	for _, r := range runs {
		if a := c.buckets(f, r, r.books[i]); a != nil {
			asks = append(asks, a)
		}
	}
	c.answer(ctx, f, samplesOf, asks)
}

// buckets is the ask for the samples of the bucket that a run's threshold falls into; nil if there is nothing to ask for. Should a
// new pod bring other bounds, so that the common one changes, counting starts anew: as a new Source would do it.
func (c *collection) buckets(f *family, r *run, b *book) *ask {
	if b.problem != nil || b.boundsEnd.Before(c.end) || !b.bounds.sides[analysis.Stable] {
		return nil
	}
	bound := b.bounds.choose(float64(r.latency) / float64(f.unit))
	if bound == 0 {
		b.problem = &analysis.Problem{Reason: analysis.ReasonNoBucket, Detail: f.metric +
			" has no bucket that ends at " + r.latency.String() + " or above and that all pods have"}
		return nil
	}
	if bound != b.bound {
		b.bound = bound
		b.reset(r, &c.source.options)
	}
	return samples(f, r, b, b.bounds.matcher(bound))
}
