package prometheus

import (
	"context"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// batch is asks that are put into one query.
type batch []*ask

// near is how far apart the starts of asks in one batch may be: each gets the samples that the furthest behind needs.
const near = 5 * time.Minute

// answer answers asks of one kind, in batches. What is up to date isn't asked for.
func (c *collection) answer(ctx context.Context, k kind, asks []*ask) {
	asks = slices.DeleteFunc(asks, func(a *ask) bool { return !a.from.Before(c.end) })
	slices.SortStableFunc(asks, compare)
	for _, b := range c.batches(asks) {
		if k == kindSamples || k == kindBounds {
			c.catchUp(ctx, k, b)
		} else {
			c.stretch(ctx, k, b, c.end, c.end)
		}
	}
}

// batches puts together sorted asks that want about the same time of the same series, as long as the query stays short.
func (c *collection) batches(asks []*ask) []batch {
	var batches []batch
	var size int
	for i, a := range asks {
		more := a.size()
		if i > 0 {
			last := &batches[len(batches)-1]
			if a.expr != "" && a.expr == asks[i-1].expr {
				*last = append(*last, a)
				continue
			}
			if first := (*last)[0]; a.state.slow == 0 && first.state.slow == 0 && a.shared == first.shared &&
				a.from.Sub(first.from) <= near && size+more <= c.source.options.MaxSelector {
				*last = append(*last, a)
				size += more
				continue
			}
		}
		batches = append(batches, batch{a})
		size = more
	}
	return batches
}

// catchUp asks for one stretch of time after the other until a batch is up to date.
func (c *collection) catchUp(ctx context.Context, k kind, b batch) {
	for from := b[0].from; from.Before(c.end); {
		until := from.Add(c.source.options.MaxRange)
		if until.After(c.end) {
			until = c.end
		}
		b = c.stretch(ctx, k, b, from, until)
		if len(b) == 0 {
			return
		}
		from = until
	}
}

// short is a stretch that is not worth halving.
const short = time.Minute

// stretch asks for one stretch of time and returns the asks that got an answer. If Prometheus answers but refuses, one of the asks
// may be to blame, with too many series, say: the batch is halved until that one is alone, and then its stretch.
func (c *collection) stretch(ctx context.Context, k kind, b batch, from, until time.Time) batch {
	answer, problem := c.query(ctx, k, b, from, until)
	switch {
	case problem == nil:
		if answer == nil {
			return nil
		}
		b.hand(answer, k, until)
		return b
	case problem.Reason == analysis.ReasonRefused && b.divisible():
		half := len(b) / 2
		return append(c.stretch(ctx, k, slices.Clone(b[:half]), from, until), c.stretch(ctx, k, slices.Clone(b[half:]), from, until)...)
	case problem.Reason == analysis.ReasonRefused && until.Sub(from) > short:
		middle := from.Add(until.Sub(from) / 2).Truncate(time.Millisecond)
		if len(c.stretch(ctx, k, b, from, middle)) == 0 {
			return nil
		}
		return c.stretch(ctx, k, b, middle, until)
	default:
		for _, a := range b {
			a.state.problem = problem
		}
		return nil
	}
}

// divisible says whether there is more than one question in the batch: one expression is one, whoever asks it.
func (b batch) divisible() bool {
	return len(b) > 1 && (b[0].expr == "" || b[0].expr != b[len(b)-1].expr)
}
