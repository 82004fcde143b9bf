package podrunner

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
)

// pod is one pod being run. Its goroutine alone, run, touches what no comment says otherwise of.
type pod struct {
	object    *corev1.Pod // as first seen; never changed
	node      string
	ip        string // loopback address
	options   Options
	behaviour atomic.Pointer[Behaviour]
	program   Program // nil: the container is a server of this package

	deleted  chan struct{} // closed at the deletionTimestamp
	deleting sync.Once
	crash    chan struct{} // received by a container that runs
	ended    chan struct{} // closed when run returns
	gone     chan struct{} // closed when the object is gone; writes under way are not cut off by it

	report reporter
}

func newPod(object *corev1.Pod, b Behaviour, node string, o Options) *pod {
	p := &pod{
		object: object, node: node, options: o,
		deleted: make(chan struct{}), crash: make(chan struct{}),
		ended: make(chan struct{}), gone: make(chan struct{}),
	}
	p.behaviour.Store(&b)
	return p
}

// terminate tells the pod that it is to go. It may be called often.
func (p *pod) terminate() { p.deleting.Do(func() { close(p.deleted) }) }

// outcome is how one run of the container ended.
type outcome int

const (
	aborted   outcome = iota // the object is gone, or the runner is closing
	removed                  // by its deletion
	failed                   // crashed, or ended with an exit code that means another try
	completed                // ended for good
)

// run takes the pod from its first sight to its end.
func (p *pod) run(ctx context.Context) {
	defer close(p.ended)
	ip, err := p.options.Network.acquire()
	if err != nil {
		p.logError(ctx, "address", err)
		return
	}
	defer p.options.Network.release(ip)
	p.ip = ip
	p.report = newReporter(p.object, p.node, podAddress(ip), p.options.Client)

	if err := p.report.bind(ctx); err != nil {
		p.logError(ctx, "bind", err)
		return
	}
	end, err := p.runToEnd(ctx)
	if err == nil && end == removed {
		err = p.report.remove(ctx)
	}
	if err != nil {
		p.logError(ctx, "run", err)
	}
}

// logError reports what went wrong unless the pod's end is the cause.
func (p *pod) logError(ctx context.Context, doing string, err error) {
	select {
	case <-ctx.Done():
	case <-p.gone:
	default:
		p.options.Log.Error(doing, "pod", p.object.Namespace+"/"+p.object.Name, "error", err)
	}
}

// runToEnd runs the container, again and again if it crashes, and returns how the pod ended.
func (p *pod) runToEnd(ctx context.Context) (outcome, error) {
	for _, c := range p.object.Spec.Containers {
		if unpullable(c.Image) {
			if err := p.report.waiting(ctx, corev1.PodPending, "ErrImagePull", "image "+c.Image+" not found"); err != nil {
				return aborted, err
			}
			return p.sleep(ctx, nil), nil
		}
	}
	run := p.runContainer
	if p.program != nil {
		run = p.runProgram
	}
	for {
		end, err := run(ctx)
		if err != nil || end != failed {
			return end, err
		}
		if err := p.report.crashed(ctx); err != nil {
			return aborted, err
		}
		backoff := time.NewTimer(p.behaviour.Load().CrashBackoff)
		end = p.sleep(ctx, backoff.C)
		backoff.Stop()
		if end != completed {
			return end, nil
		}
		p.report.restarts++
	}
}

// sleep waits for the pod's end or for the channel, which gives completed.
func (p *pod) sleep(ctx context.Context, until <-chan time.Time) outcome {
	select {
	case <-ctx.Done():
		return aborted
	case <-p.gone:
		return aborted
	case <-p.deleted:
		return removed
	case <-until:
		return completed
	}
}
