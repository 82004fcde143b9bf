package controller

import (
	"context"
	"sync"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/dynamic"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// podWatches watch the pods of the Deployments that are in a run, and of those only: all other pods of a cluster are none of Sluice's
// business, and would not fit into its memory.
type podWatches struct {
	client  dynamic.Interface
	enqueue func(strategy.Key)
	group   sync.WaitGroup

	mu   sync.Mutex
	runs map[strategy.Key]*podWatch
}

// podWatch is the watch for one run.
type podWatch struct {
	run            string
	canary, stable string
	began          time.Time
	pods           *store[*pod]
	cancel         context.CancelFunc
}

func newPodWatches(o Options, enqueue func(strategy.Key)) *podWatches {
	return &podWatches{client: o.Client, enqueue: enqueue, runs: map[strategy.Key]*podWatch{}}
}

// follow sees to it that the run that goes on is watched, and nothing else, until ctx ends.
func (w *podWatches) follow(ctx context.Context, key strategy.Key, run *strategy.Run) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	going := run != nil && (run.Phase == strategy.RunShifting || run.Phase == strategy.RunPromoting)
	if have := w.runs[key]; have != nil {
		if going && have.run == run.ID {
			return nil
		}
		have.cancel()
		delete(w.runs, key)
	}
	if !going {
		return nil
	}
	versions := hashLabel + " in (" + run.Canary.Hash + "," + run.Stable.Hash + ")"
	pods, err := newStore(w.client, kindPod(), []string{key.Namespace}, func(list *metav1.ListOptions) { list.LabelSelector = versions }, asPod, nil)
	if err != nil {
		return err
	}
	if err := pods.onChange(func(*pod) { w.enqueue(key) }); err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	w.runs[key] = &podWatch{
		run: run.ID, canary: run.Canary.Name, stable: run.Stable.Name, began: run.StartedAt, pods: pods, cancel: cancel,
	}
	pods.run(ctx, &w.group)
	return nil
}

// wait returns when every watch has ended, after their context has.
func (w *podWatches) wait() { w.group.Wait() }

// of is what is known of the pods of a run; nil while nothing is.
func (w *podWatches) of(key strategy.Key, run *strategy.Run) (canary, stable *strategy.Pods) {
	w.mu.Lock()
	watch := w.runs[key]
	w.mu.Unlock()
	if watch == nil || run == nil || watch.run != run.ID || !watch.pods.synced() {
		return nil, nil
	}
	all := watch.pods.everything()
	return podsOf(all, watch.canary, watch.began), podsOf(all, watch.stable, watch.began)
}
