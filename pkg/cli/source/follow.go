package source

import (
	"context"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"

	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

const (
	// calm is how long changes are gathered: they come several together, and are read once.
	calm = 150 * time.Millisecond
	// again is when a watch that ended is begun anew, and when to read although no watch has told of anything: a connection may be
	// dead without anybody noticing.
	again   = time.Second
	anyhow  = 15 * time.Second
	reading = 10 * time.Second
)

// Look is called with every state; err is why the newest could not be read, and r is then the last that could, or nil. It returns
// true to end.
type Look func(r *rollout.Rollout, err error) (done bool)

// Follow reads a roll-out now and after every change, and calls look with it, until look says that it is done or ctx ends; then it
// returns the error of ctx. look is also called every tick, if that is above 0, for clocks that go on.
func (s *Source) Follow(ctx context.Context, namespace, name string, tick time.Duration, look Look) error {
	ctx, stop := context.WithCancel(ctx)
	var watching sync.WaitGroup
	defer watching.Wait()
	defer stop()
	changed := make(chan struct{}, 1)
	for _, w := range s.watches(namespace, name) {
		watching.Go(func() { notify(ctx, w, changed) })
	}
	if tick <= 0 {
		tick = anyhow
	}
	ticker, late := time.NewTicker(tick), time.NewTimer(0)
	defer ticker.Stop()
	defer late.Stop()
	var last *rollout.Rollout
	var failed error
	var soon bool
	for {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-changed:
			// The watches of the first moment, and the changes of one write after another, come together.
			if !soon {
				soon = true
				late.Reset(calm)
			}
			continue
		case <-late.C:
			soon = false
			last, failed = s.newest(ctx, namespace, name, last)
			late.Reset(anyhow)
			if failed != nil {
				late.Reset(again)
			}
		case <-ticker.C:
			if last == nil && failed == nil {
				continue
			}
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if look(last, failed) {
			return nil
		}
	}
}

// newest reads, for a while; when that fails it keeps what it had.
func (s *Source) newest(ctx context.Context, namespace, name string, last *rollout.Rollout) (*rollout.Rollout, error) {
	ctx, stop := context.WithTimeout(ctx, reading)
	defer stop()
	r, err := s.Read(ctx, namespace, name)
	if err != nil {
		return last, err
	}
	return &r, nil
}

type begin func(ctx context.Context) (watch.Interface, error)

// watches are those of everything that a Rollout is made of, but pods: their ReplicaSets count the ready ones.
func (s *Source) watches(namespace, name string) []begin {
	named := func(name string) metav1.ListOptions {
		return metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()}
	}
	return []begin{
		func(ctx context.Context) (watch.Interface, error) {
			return s.Client.AppsV1().Deployments(namespace).Watch(ctx, named(name))
		},
		func(ctx context.Context) (watch.Interface, error) {
			return s.Client.CoreV1().ConfigMaps(namespace).Watch(ctx, named(strategy.RecordName(name)))
		},
		func(ctx context.Context) (watch.Interface, error) {
			return s.Client.AppsV1().ReplicaSets(namespace).Watch(ctx, metav1.ListOptions{})
		},
		func(ctx context.Context) (watch.Interface, error) {
			return s.Client.CoreV1().Events(namespace).Watch(ctx, eventsOf(name))
		},
	}
}

// notify tells of every event of a watch until ctx ends, beginning it anew when it does. Why it ended doesn't matter: what is read
// after it says what is wrong.
func notify(ctx context.Context, w begin, changed chan<- struct{}) {
	for ctx.Err() == nil {
		if watcher, err := w(ctx); err == nil {
			pass(ctx, watcher, changed)
			watcher.Stop()
		}
		pause := time.NewTimer(again)
		select {
		case <-ctx.Done():
		case <-pause.C:
		}
		pause.Stop()
	}
}

// pass tells of the events of one watch until it or ctx ends.
func pass(ctx context.Context, watcher watch.Interface, changed chan<- struct{}) {
	for {
		select {
		case <-ctx.Done():
			return
		case _, open := <-watcher.ResultChan():
			if !open {
				return
			}
		}
		select {
		case changed <- struct{}{}:
		default: // it is known already
		}
	}
}
