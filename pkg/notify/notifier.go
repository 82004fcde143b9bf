package notify

import (
	"context"
	"encoding/json"
	"net/http"
	"slices"
	"sync"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// The bounds of the queue, and how long a process that ends goes on sending.
const (
	maxItems  = 1000
	maxBytes  = 8 << 20
	flushTime = 5 * time.Second
)

// Notifier sends notifications. Happened puts them into its queue, Run sends them.
type Notifier struct {
	options Options
	client  *http.Client
	clock   clock
	flush   time.Duration
	// wake has room for one: who sleeps needs to be told once.
	wake chan struct{}

	mu       sync.Mutex
	queue    queue
	sequence uint64
	// failures in a row say that the receiver is ill; until then nothing is sent.
	failures int
	until    time.Time

	dropped, retried, failed complaint
}

var _ watch.Watcher = (*Notifier)(nil)

// New checks the options and makes a Notifier. It doesn't connect: a receiver that doesn't answer shows in the metrics and the log.
func New(o Options) (*Notifier, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Timeout == 0 {
		o.Timeout = 10 * time.Second
	}
	if o.Metrics == nil {
		o.Metrics = deaf{}
	}
	client, err := o.client()
	if err != nil {
		return nil, err
	}
	return &Notifier{
		options: o, client: client, clock: realClock{}, flush: flushTime, wake: make(chan struct{}, 1),
		queue:   queue{maxItems: maxItems, maxBytes: maxBytes},
		dropped: complaint{message: "notifications are dropped"},
		retried: complaint{message: "a notification was not delivered and is sent again"},
		failed:  complaint{message: "a notification was not delivered and is given up"},
	}, nil
}

// deaf are no metrics.
type deaf struct{}

// Delivered tells nobody.
func (deaf) Delivered(time.Duration, string) {}

// Dropped tells nobody.
func (deaf) Dropped() {}

// Queued tells nobody.
func (deaf) Queued(int) {}

// Seen is not told to anybody: only transitions are.
func (n *Notifier) Seen(watch.Rollout) {}

// Gone changes nothing: what has happened is still sent.
func (n *Notifier) Gone(strategy.Key) {}

// Happened queues the notification of a transition. It waits for nothing.
func (n *Notifier) Happened(t watch.Transition) {
	if !n.wanted(t.Reason) {
		return
	}
	n.mu.Lock()
	n.sequence++
	sequence := n.sequence
	n.mu.Unlock()
	notification := of(t, sequence)
	body, err := json.Marshal(notification)
	if err != nil {
		n.drop("it has no JSON form: "+err.Error(), 1)
		return
	}
	n.mu.Lock()
	dropped := n.queue.push(&item{
		key: t.Key, id: notification.ID, reason: notification.Reason, warning: t.Warning, body: body, born: n.clock.now(),
	})
	n.options.Metrics.Queued(len(n.queue.items))
	n.mu.Unlock()
	n.drop("the queue is full", len(dropped))
	select {
	case n.wake <- struct{}{}:
	default:
	}
}

func (n *Notifier) wanted(reason spec.Reason) bool {
	return len(n.options.Reasons) == 0 || slices.Contains(n.options.Reasons, string(reason))
}

// drop counts notifications that are lost, and says so.
func (n *Notifier) drop(why string, count int) {
	if count == 0 {
		return
	}
	for range count {
		n.options.Metrics.Dropped()
	}
	n.dropped.say(n.options.Log, n.clock.now(), zap.String("why", why), zap.Int("count", count))
}

// Run sends what is queued until the context ends; then what is left gets one attempt each, for at most five seconds in all.
func (n *Notifier) Run(ctx context.Context) {
	life, end := n.outlive(ctx)
	defer end()
	for ctx.Err() == nil {
		it, wait := n.take()
		if it == nil {
			n.clock.wait(ctx, wait, n.wake)
			continue
		}
		n.settle(it, n.send(life, it))
	}
	n.finish(life)
}

// outlive is a context that ends a little later than another: what is being sent when the process is told to end may arrive yet.
func (n *Notifier) outlive(ctx context.Context) (context.Context, context.CancelFunc) {
	life, cancel := context.WithCancel(context.WithoutCancel(ctx))
	stop := context.AfterFunc(ctx, func() {
		timer := time.NewTimer(n.flush)
		defer timer.Stop()
		select {
		case <-timer.C:
			cancel()
		case <-life.Done():
		}
	})
	return life, func() {
		stop()
		cancel()
	}
}

// take is what to send now; nil with how long to wait, below 0: until something happens.
func (n *Notifier) take() (*item, time.Duration) {
	now := n.clock.now()
	n.mu.Lock()
	defer n.mu.Unlock()
	old := n.queue.expired(now.Add(-maxAge))
	n.options.Metrics.Queued(len(n.queue.items))
	n.drop("they have waited for too long", len(old))
	if n.until.After(now) && len(n.queue.items) > 0 {
		return nil, n.until.Sub(now)
	}
	it, at := n.queue.next(now)
	switch {
	case it != nil:
		it.flying = true
		return it, 0
	case at.IsZero():
		return nil, -1
	default:
		return nil, at.Sub(now)
	}
}

// settle does what follows from an attempt.
func (n *Notifier) settle(it *item, out outcome) {
	now := n.clock.now()
	n.mu.Lock()
	it.flying = false
	it.attempts++
	n.failures++
	if !out.ill {
		n.failures, n.until = 0, time.Time{}
	}
	if out.ill {
		n.until = now.Add(max(backoff(n.failures, it.id), out.asked))
	}
	it.notBefore = now.Add(max(backoff(it.attempts, it.id), out.asked))
	result := ResultRetried
	switch {
	case out.delivered:
		result = ResultDelivered
	case !out.retry, it.attempts >= maxAttempts, it.notBefore.Sub(it.born) > maxAge:
		result = ResultFailed
	}
	if result != ResultRetried {
		n.queue.remove(it)
	}
	n.options.Metrics.Queued(len(n.queue.items))
	n.mu.Unlock()

	n.options.Metrics.Delivered(out.took, result)
	fields := []zap.Field{
		zap.String("id", it.id), zap.String("deployment", it.key.String()), zap.String("reason", it.reason),
		zap.String("host", out.host), zap.Int("attempts", it.attempts),
	}
	switch result {
	case ResultDelivered:
		n.options.Log.Debug("a notification was delivered", fields...)
	case ResultRetried:
		n.retried.say(n.options.Log, now, append(fields, zap.String("why", out.why))...)
	default:
		n.failed.say(n.options.Log, now, append(fields, zap.String("why", out.why))...)
	}
}

// finish gives what is left one attempt each, in order, and stops where the receiver is ill or the time is over.
func (n *Notifier) finish(ctx context.Context) {
	for ctx.Err() == nil {
		n.mu.Lock()
		if len(n.queue.items) == 0 {
			n.mu.Unlock()
			return
		}
		it := n.queue.items[0]
		it.flying, it.attempts = true, maxAttempts
		n.mu.Unlock()
		out := n.send(ctx, it)
		n.settle(it, out)
		if out.ill {
			break
		}
	}
	n.mu.Lock()
	left := len(n.queue.items)
	n.mu.Unlock()
	n.drop("the process ends", left)
}
