package mesh

import (
	"context"
	"time"
)

// propagator lets a change of configuration take effect only after a delay, as it takes a control plane to push it to its proxies.
//
// The delay is the same for every change. Istio's own grows under constant change (its debounce, up to 10 s); a mesh that is slow
// is tested by a longer delay.
type propagator struct {
	delay    time.Duration
	snapshot func() Objects
	apply    func(Objects)
	kicks    chan struct{}
}

// pending is a configuration on its way to the proxies.
type pending struct {
	due     time.Time
	objects Objects
}

func newPropagator(delay time.Duration, snapshot func() Objects, apply func(Objects)) *propagator {
	return &propagator{delay: delay, snapshot: snapshot, apply: apply, kicks: make(chan struct{}, 1)}
}

// kick says that the objects have changed. It never blocks; kicks that come together are one.
func (p *propagator) kick() {
	select {
	case p.kicks <- struct{}{}:
	default:
	}
}

// run applies snapshots until the context ends. The snapshot is taken at the kick and not when it is due: a change that comes in
// between must not overtake its own delay.
func (p *propagator) run(ctx context.Context) {
	var queue []pending
	timer := time.NewTimer(0)
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.kicks:
			queue = append(queue, pending{due: time.Now().Add(p.delay), objects: p.snapshot()})
		case <-timer.C:
		}
		queue = p.applyDue(queue, time.Now())
		if len(queue) > 0 {
			timer.Reset(time.Until(queue[0].due))
		}
	}
}

// applyDue applies the newest configuration that is due and returns those that are not.
func (p *propagator) applyDue(queue []pending, now time.Time) []pending {
	due := 0
	for due < len(queue) && !queue[due].due.After(now) {
		due++
	}
	if due > 0 {
		p.apply(queue[due-1].objects)
	}
	return queue[due:]
}
