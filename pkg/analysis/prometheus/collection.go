package prometheus

import (
	"context"
	"maps"
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
	// asked are the books that were tried to be brought up to date.
	asked map[*book]bool
}

// errand is what a collection has to find out for one subject.
type errand struct {
	wants

	run *run
	// problem is why the subject can't be asked for at all; then there is no run.
	problem *analysis.Problem
}

// collect finds out everything. Runs of which something has taken too long come after the others, the slowest last, each with all
// its questions: so they can't keep anybody from an answer.
func (c *collection) collect(ctx context.Context, errands []*errand) {
	levels := map[int][]*errand{}
	for _, e := range errands {
		if e.problem == nil {
			slow := e.run.slowest()
			levels[slow] = append(levels[slow], e)
		}
	}
	for _, slow := range slices.Sorted(maps.Keys(levels)) {
		c.count(ctx, levels[slow])
		c.measure(ctx, levels[slow])
		c.watch(ctx, levels[slow])
	}
}

// rounds goes through the families of a kind: with the first candidates of all searches go those that need none. The next candidate
// is asked for only where stable doesn't have the former one.
func (c *collection) rounds(errands []*errand, certain, candidates func(*errand) []*family, bring func([]*errand, [][]*family)) {
	for i := 0; len(errands) > 0; i++ {
		families := make([][]*family, len(errands))
		for n, e := range errands {
			if all := candidates(e); i < len(all) {
				families[n] = append(families[n], all[i])
			}
			if i == 0 {
				families[n] = append(families[n], certain(e)...)
			}
		}
		bring(errands, families)
		errands = slices.DeleteFunc(slices.Clone(errands), func(e *errand) bool {
			all := candidates(e)
			return i+1 >= len(all) || e.run.books[all[i].key].chosen(c.end)
		})
	}
}

// books are those of families that were not yet asked for.
func (c *collection) books(e *errand, families []*family) []*book {
	var books []*book
	for _, f := range families {
		b := e.run.book(f, &c.source.options)
		if c.asked[b] {
			continue
		}
		c.asked[b] = true
		b.begin()
		if b.invalid == nil {
			books = append(books, b)
		}
	}
	return books
}

// count brings the books of counters up to date.
func (c *collection) count(ctx context.Context, errands []*errand) {
	candidates := func(e *errand) []*family { return e.errors }
	c.rounds(errands, func(e *errand) []*family { return e.counters() }, candidates, func(errands []*errand, families [][]*family) {
		var asks []*ask
		for n, e := range errands {
			for _, b := range c.books(e, families[n]) {
				asks = append(asks, b.samples(e.run))
			}
		}
		c.answer(ctx, kindSamples, asks)
	})
}

// measure brings the books of histograms up to date: first the bounds that their buckets have, then the samples of the two that count.
func (c *collection) measure(ctx context.Context, errands []*errand) {
	candidates := func(e *errand) []*family { return e.latency }
	c.rounds(errands, func(e *errand) []*family { return e.histograms() }, candidates, func(errands []*errand, families [][]*family) {
		var asks, then []*ask
		books := make([][]*book, len(errands))
		for n, e := range errands {
			books[n] = c.books(e, families[n])
			for _, b := range books[n] {
				asks = append(asks, b.bucketBounds(e.run))
			}
		}
		c.answer(ctx, kindBounds, asks)
		for n, e := range errands {
			for _, b := range books[n] {
				if a := c.buckets(e.run, b); a != nil {
					then = append(then, a)
				}
			}
		}
		c.answer(ctx, kindSamples, then)
	})
}

// buckets is the ask for the samples of the bucket that the threshold falls into; nil if there is nothing to ask for. Should a new
// pod bring other bounds, so that the common one changes, counting starts anew: as a new Source would do it.
func (c *collection) buckets(r *run, b *book) *ask {
	if b.problem != nil || b.boundsEnd.Before(c.end) || !b.bounds.sides[analysis.Stable] {
		return nil
	}
	bound := b.bounds.choose(b.family.threshold)
	if bound == 0 {
		b.problem = &analysis.Problem{Reason: analysis.ReasonNoBucket, Detail: b.family.metric +
			" has no bucket that ends at " + b.family.duration(b.family.threshold).String() + " or above and that all pods have"}
		return nil
	}
	if bound != b.bound {
		b.bound = bound
		b.reset(r, &c.source.options)
	}
	a := b.samples(r)
	a.buckets = b.bounds.buckets(bound)
	return a
}

// watch evaluates the rules, and asks for the controls of what a person wrote.
func (c *collection) watch(ctx context.Context, errands []*errand) {
	var asks, rules []*ask
	for _, e := range errands {
		for _, f := range e.families() {
			if b := e.run.books[f.key]; b != nil && c.asked[b] && e.run.doubtful(b) {
				e.run.want(f.requests())
			}
		}
		for i := range e.alerts {
			if rule := e.alerts[i].scoped; rule != nil {
				rules = append(rules, e.run.watch(rule).asks(e.run, c.source.options.Interval)...)
			}
		}
	}
	known := map[*run]bool{}
	for _, e := range errands {
		if !known[e.run] {
			known[e.run] = true
			asks = append(asks, e.run.controlAsks()...)
		}
	}
	c.answer(ctx, kindControl, asks)
	c.answer(ctx, kindRule, rules)
}
