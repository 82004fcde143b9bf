package prometheus

import (
	"slices"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// book is what a run has counted of one family.
type book struct {
	state

	family *family
	ledger *analysis.Ledger
	// bounds are a histogram's; boundsEnd is up to when they are known. bound is the one that the ledger counts by.
	bounds    *bounds
	boundsEnd time.Time
	bound     float64
	// bad are the family's matchers of bad requests. invalid is why they can't be told.
	bad     []*witness
	invalid *analysis.Problem
}

// book is the run's book of a family, a new one if there is none.
func (r *run) book(f *family, o *Options) *book {
	b := r.books[f.key]
	if b == nil {
		b = &book{family: f, bounds: newBounds()}
		b.reset(r, o)
		b.boundsEnd = b.ledger.End()
		var err error
		if b.bad, err = witnesses(f.bad); err != nil {
			b.invalid = &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: err.Error()}
		}
		r.books[f.key] = b
	}
	return b
}

// reset starts counting anew.
func (b *book) reset(r *run, o *Options) {
	b.ledger = analysis.NewLedger(analysis.LedgerOptions{
		Since: r.start(), Interval: o.Interval, Scrape: o.ScrapeInterval, History: o.History, Established: b.family.reach != nil,
	})
}

// seen says whether a side has the metric.
func (b *book) seen(side analysis.Side) bool {
	if b.family.histogram() {
		return b.bounds.sides[side]
	}
	return b.ledger.Seen(side)
}

// chosen says that the search ends with this family: stable's pods have it, or it isn't known yet whether they do.
func (b *book) chosen(upTo time.Time) bool {
	known := b.ledger.End()
	if b.family.histogram() {
		known = b.boundsEnd
	}
	return b.problem != nil || b.invalid != nil || b.seen(analysis.Stable) || known.Before(upTo)
}

// take books the samples of an answer.
func (b *book) take(until time.Time, answer []found) {
	series := make([]analysis.Series, 0, len(answer))
	for i := range answer {
		s := answer[i].series()
		if !b.assign(&s) {
			continue
		}
		series = append(series, s)
	}
	b.ledger.Advance(until, series)
}

// assign says what a series counts. False if it doesn't count: a bucket that others share the query for.
func (b *book) assign(s *analysis.Series) bool {
	for _, w := range b.bad {
		w.look(s.Side, s.Labels[w.matcher.Label])
	}
	s.Group = b.family.grouping.key(s.Labels, s.Pod)
	if !b.family.histogram() {
		s.Role, s.Status = b.family.role(s.Labels, b.bad)
		return true
	}
	le := s.Labels[labelBucket]
	switch {
	case le == infinite:
		s.Role = analysis.RoleAll
	case slices.Contains(b.bounds.written[b.bound], le):
		s.Role = analysis.RoleFast
	default:
		return false
	}
	return true
}

// samples is the ask for a book's samples.
func (b *book) samples(r *run) *ask {
	return &ask{run: r, state: &b.state, from: b.ledger.End(), shared: b.family.shared(), family: b.family, take: b.take}
}

// bucketBounds is the ask for the bounds of a book's buckets.
func (b *book) bucketBounds(r *run) *ask {
	take := func(until time.Time, answer []found) {
		for i := range answer {
			b.bounds.add(answer[i].side, answer[i].pod, answer[i].label(labelBucket))
		}
		b.boundsEnd = until
	}
	return &ask{run: r, state: &b.state, from: b.boundsEnd, shared: b.family.shared(), family: b.family, take: take}
}

// search is the evidence of the first family that stable's pods have. If they have none, it is a family that nobody was seen in, with
// the names of all that were tried.
func (r *run) search(candidates []*family, upTo time.Time) (analysis.Family, time.Time) {
	var tried []string
	end := upTo
	for _, f := range candidates {
		b := r.books[f.key]
		if b == nil {
			continue
		}
		if b.chosen(upTo) || len(candidates) == 1 {
			return r.family(b), b.end()
		}
		tried, end = append(tried, f.title()), b.end()
	}
	return analysis.Family{Metric: strings.Join(tried, " and ")}, end
}

// family is a book as evidence.
func (r *run) family(b *book) analysis.Family {
	out := b.ledger.Family(b.family.title())
	out.Bound, out.Problem, out.Notes = b.family.duration(b.bound), r.wrong(b), slices.Clone(b.notes)
	return out
}

// wrong is why a book is no evidence.
func (r *run) wrong(b *book) *analysis.Problem {
	for _, p := range []*analysis.Problem{b.problem, b.invalid, firstProblem(b.bad, b.family.metric), pointless(b.bad, b.family.metric)} {
		if p != nil {
			return p
		}
	}
	if !r.doubtful(b) {
		return nil
	}
	return r.controls[matterOf(b.family.requests()).key].mistake(b.family.matchers)
}

// doubtful says that a side has nothing that fits the matchers a person wrote, which may be their fault: then there is a control.
func (r *run) doubtful(b *book) bool {
	return b.problem == nil && b.invalid == nil && b.family.user && len(b.family.matchers) > 0 &&
		slices.ContainsFunc(r.sides(), func(s analysis.Side) bool { return !b.seen(s) })
}

// end is up to when the book is complete. Where a histogram was looked for and not found there is nothing to count.
func (b *book) end() time.Time {
	if b.family.histogram() && b.bound == 0 {
		return b.boundsEnd
	}
	return b.ledger.End()
}
