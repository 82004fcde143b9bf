package notify

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// item is a notification that waits, or is being sent.
type item struct {
	key     strategy.Key
	id      string
	reason  string
	warning bool
	body    []byte
	born    time.Time
	// attempts have failed; the next is not made before notBefore.
	attempts  int
	notBefore time.Time
	// flying: it is being sent, and must be neither sent twice nor dropped.
	flying bool
}

// queue has items in the order in which they happened. It is not safe for use by several goroutines.
type queue struct {
	items    []*item
	bytes    int
	maxItems int
	maxBytes int
}

// push adds an item and returns what has to go for it. That is the oldest that is no warning: after an outage of the receiver the newest say
// where things are, and an abort is what one has a webhook for. If all are warnings it is the oldest of them.
func (q *queue) push(it *item) (dropped []*item) {
	q.items = append(q.items, it)
	q.bytes += len(it.body)
	for len(q.items) > q.maxItems || q.bytes > q.maxBytes {
		out := q.expendable()
		if out == nil {
			break
		}
		q.remove(out)
		dropped = append(dropped, out)
	}
	return dropped
}

func (q *queue) expendable() *item {
	var oldest *item
	// The newest stays, whatever it is: who asks why the queue was full sees it.
	for _, it := range q.items[:max(len(q.items)-1, 0)] {
		switch {
		case it.flying:
		case !it.warning:
			return it
		case oldest == nil:
			oldest = it
		}
	}
	return oldest
}

func (q *queue) remove(it *item) {
	for i := range q.items {
		if q.items[i] == it {
			q.items = append(q.items[:i], q.items[i+1:]...)
			q.bytes -= len(it.body)
			return
		}
	}
}

// expired removes and returns what has waited since before a time.
func (q *queue) expired(before time.Time) []*item {
	var old []*item
	for _, it := range q.items {
		if !it.flying && it.born.Before(before) {
			old = append(old, it)
		}
	}
	for _, it := range old {
		q.remove(it)
	}
	return old
}

// next is what to send now: of the first items of each Deployment that may be sent, one with the fewest failed attempts, so that what
// the receiver chokes on stands back, and of those the oldest. If there is none, at is when there will be one; zero: never.
func (q *queue) next(now time.Time) (best *item, at time.Time) {
	seen := map[strategy.Key]bool{}
	for _, it := range q.items {
		if seen[it.key] {
			continue
		}
		seen[it.key] = true
		switch {
		case it.flying:
		case it.notBefore.After(now):
			if at.IsZero() || it.notBefore.Before(at) {
				at = it.notBefore
			}
		case best == nil || it.attempts < best.attempts:
			best = it
		}
	}
	return best, at
}
