package prometheus

import (
	"cmp"
	"context"
	"slices"
	"strconv"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// kind is what is asked about a family: all samples, or which bounds its buckets have.
type kind int

const (
	samplesOf kind = iota
	boundsOf
)

// near is how far apart the starts of asks in one batch may be: each gets the samples that the furthest behind needs.
const near = 5 * time.Minute

// answer answers the asks about one family, in batches.
func (c *collection) answer(ctx context.Context, f *family, k kind, asks []*ask) {
	slices.SortFunc(asks, func(a, b *ask) int {
		return cmp.Or(cmp.Compare(a.book.slow, b.book.slow), cmp.Compare(a.matchers, b.matchers), a.from.Compare(b.from), compareRuns(a.run, b.run))
	})
	for _, batch := range c.batches(asks) {
		c.catchUp(ctx, f, k, batch)
	}
}

func compareRuns(a, b *run) int {
	return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.deployment, b.deployment), cmp.Compare(a.run, b.run),
		cmp.Compare(a.canary, b.canary), cmp.Compare(a.stable, b.stable), cmp.Compare(a.since, b.since),
		cmp.Compare(a.latency, b.latency))
}

// batches puts together sorted asks that want about the same time of the same series, as long as the selector stays short.
func (c *collection) batches(asks []*ask) [][]*ask {
	var batches [][]*ask
	var size int
	for _, a := range asks {
		more := len(a.run.namespace) + len(a.run.canary) + len(a.run.stable) + 8
		last := len(batches) - 1
		if last >= 0 && a.book.slow == 0 && a.matchers == batches[last][0].matchers && a.from.Sub(batches[last][0].from) <= near &&
			size+more <= c.source.options.MaxSelector {
			batches[last] = append(batches[last], a)
			size += more
			continue
		}
		batches = append(batches, []*ask{a})
		size = more
	}
	return batches
}

// catchUp asks for one stretch of time after the other until a batch is up to date.
func (c *collection) catchUp(ctx context.Context, f *family, k kind, batch []*ask) {
	for from := batch[0].from; from.Before(c.end); {
		until := from.Add(c.source.options.MaxRange)
		if until.After(c.end) {
			until = c.end
		}
		batch = c.stretch(ctx, f, k, batch, from, until)
		if len(batch) == 0 {
			return
		}
		from = until
	}
}

// short is a stretch that is not worth halving.
const short = time.Minute

// stretch asks for one stretch of time and returns the asks that got an answer. If Prometheus answers but refuses, one of the
// runs may be to blame, with too many series, say: the batch is halved until that one is alone, and then its stretch.
func (c *collection) stretch(ctx context.Context, f *family, k kind, batch []*ask, from, until time.Time) []*ask {
	answer, problem := c.query(ctx, f, k, batch, from, until)
	switch {
	case problem == nil:
		if answer == nil {
			return nil
		}
		answer.hand(batch, until)
		return batch
	case problem.Reason == analysis.ReasonRefused && len(batch) > 1:
		half := len(batch) / 2
		return append(c.stretch(ctx, f, k, slices.Clone(batch[:half]), from, until),
			c.stretch(ctx, f, k, slices.Clone(batch[half:]), from, until)...)
	case problem.Reason == analysis.ReasonRefused && until.Sub(from) > short:
		middle := from.Add(until.Sub(from) / 2).Truncate(time.Millisecond)
		if len(c.stretch(ctx, f, k, batch, from, middle)) == 0 {
			return nil
		}
		return c.stretch(ctx, f, k, batch, middle, until)
	default:
		for _, a := range batch {
			a.book.problem = problem
		}
		return nil
	}
}

// promQL is the query for a batch.
func promQL(f *family, k kind, batch []*ask, window time.Duration) string {
	var s scope
	for _, a := range batch {
		s.add(&a.run.identity)
	}
	selector := f.metric + "{" + s.matchers() + f.matchers + batch[0].matchers + "}[" +
		strconv.FormatInt(window.Milliseconds(), 10) + "ms]"
	if k == boundsOf {
		return "group by (namespace,pod,le) (count_over_time(" + selector + "))"
	}
	return selector
}
