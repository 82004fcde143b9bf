package mesh

import (
	"context"
	"net/http"
	"sync"
	"time"
)

const (
	maxUnderWay   = 1024                   // requests of one load at a time; more are skipped and counted
	drainTime     = 5 * time.Second        // that Stop waits for requests under way
	sampleEvery   = 250 * time.Millisecond // between the snapshots that Recent looks back to
	recentHorizon = 2 * time.Minute        // that Recent can look back
)

// Target is what a load calls.
type Target struct {
	Namespace string // of the client
	Host      string
	Path      string // empty means /
	Header    http.Header
	Direct    bool // from outside the mesh
}

// Load is a steady stream of requests: open-loop, so a slow answer doesn't slow it down, as with many users.
type Load struct {
	mesh   *Mesh
	target Target
	tally  tally
	slots  chan struct{}
	stop   context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex
	history []Snapshot
}

// Load calls the target at the rate, in requests per second, until ctx ends, the mesh stops or Stop. A rate of 0 or less is no load.
func (m *Mesh) Load(ctx context.Context, target Target, rate float64) *Load {
	if target.Path == "" {
		target.Path = "/"
	}
	l := &Load{mesh: m, target: target, slots: make(chan struct{}, maxUnderWay), done: make(chan struct{})}
	pace, stop := context.WithCancel(ctx)
	l.stop = stop
	if rate <= 0 || !m.spawn(func() { l.run(pace, ctx, time.Duration(float64(time.Second)/rate)) }) {
		close(l.done)
	}
	return l
}

// run sends a request each interval until pace ends, then waits for those under way. Requests live as long as ctx. When the
// machine stalls, the missed ones are sent at once: users don't go away because the load generator had no CPU.
func (l *Load) run(pace, ctx context.Context, interval time.Duration) {
	defer close(l.done)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	var underWay sync.WaitGroup
	timer := time.NewTimer(0)
	defer timer.Stop()
	for next := time.Now(); l.wait(pace, timer); {
		select {
		case l.slots <- struct{}{}:
			underWay.Go(func() {
				defer func() { <-l.slots }()
				l.one(ctx)
			})
		default:
			l.tally.skip()
		}
		l.sample(time.Now())
		next = next.Add(interval)
		timer.Reset(time.Until(next))
	}
	defer time.AfterFunc(drainTime, cancel).Stop()
	underWay.Wait()
}

// wait returns false when the load ends.
func (l *Load) wait(pace context.Context, timer *time.Timer) bool {
	select {
	case <-pace.Done():
		return false
	case <-l.mesh.ctx.Done():
		return false
	case <-timer.C:
		return true
	}
}

// one sends a request and counts its answer. A request that is cut because the load ends counts for nothing.
func (l *Load) one(ctx context.Context) {
	do := l.mesh.Do
	if l.target.Direct {
		do = l.mesh.DirectDo
	}
	response, err := do(ctx, l.target.Namespace, l.target.Host, l.target.Path, l.target.Header)
	if err != nil {
		if ctx.Err() != nil || l.mesh.ctx.Err() != nil {
			return
		}
		response = Response{Flag: FlagNoRoute, Reason: err.Error()} // a path that is none
	}
	l.tally.add(response, time.Now())
}

// sample remembers a snapshot for Recent, if it is time.
func (l *Load) sample(now time.Time) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if n := len(l.history); n > 0 && now.Sub(l.history[n-1].At) < sampleEvery {
		return
	}
	l.history = append(l.history, l.tally.snapshot(now))
	for len(l.history) > 1 && now.Sub(l.history[0].At) > recentHorizon {
		l.history = l.history[1:]
	}
}

// Snapshot is what was counted since the load began.
func (l *Load) Snapshot() Snapshot { return l.tally.snapshot(time.Now()) }

// Recent is what was counted in about the last d, to a quarter of a second and at most two minutes.
func (l *Load) Recent(d time.Duration) Snapshot {
	now := l.Snapshot()
	l.mu.Lock()
	defer l.mu.Unlock()
	var before Snapshot
	for i, s := range l.history {
		if i > 0 && now.At.Sub(s.At) < d {
			break
		}
		before = s // the very first one counted nothing, or is as far back as it goes
	}
	return now.Since(before)
}

// Stop ends the load and returns when the requests under way are answered, at most five seconds later. It may be called again.
func (l *Load) Stop() {
	l.stop()
	<-l.done
}
