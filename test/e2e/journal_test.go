package e2e

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"sync"

	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// journal is everything that happened to the objects of a namespace, as one who watches them is told. All kinds have their
// revisions from one counter of the API server's store, so that entries of different kinds can be put in order: no clock is needed
// to say that endpoints were ready before a weight was written.
type journal struct {
	mu      sync.Mutex // guards what follows
	entries []entry
	changed chan struct{} // closed and replaced by each entry
	broken  error
}

// entry is one state of one object.
type entry struct {
	revision int64
	resource string
	gone     bool // the object was deleted; object is its last state
	object   *unstructured.Unstructured
}

// The resources that a journal has.
const (
	deployments     = "deployments"
	replicaSets     = "replicasets"
	pods            = "pods"
	services        = "services"
	endpointSlices  = "endpointslices"
	virtualServices = "virtualservices"
	jobs            = "jobs"
)

func watched() []schema.GroupVersionResource {
	return []schema.GroupVersionResource{
		{Group: "apps", Version: "v1", Resource: deployments},
		{Group: "apps", Version: "v1", Resource: replicaSets},
		{Version: "v1", Resource: pods},
		{Version: "v1", Resource: services},
		{Group: "discovery.k8s.io", Version: "v1", Resource: endpointSlices},
		{Group: "networking.istio.io", Version: "v1", Resource: virtualServices},
		{Group: "batch", Version: "v1", Resource: jobs},
	}
}

// newJournal has the present objects and watches them until the test ends.
func newJournal(s *stage) *journal {
	s.Helper()
	j := &journal{changed: make(chan struct{})}
	ctx, stop := context.WithCancel(s.ctx)
	var watching sync.WaitGroup
	s.Cleanup(func() {
		stop()
		watching.Wait()
	})
	for _, resource := range watched() {
		client := plane.Dynamic().Resource(resource).Namespace(s.namespace)
		list, err := client.List(ctx, metav1.ListOptions{})
		require.NoError(s, err)
		for i := range list.Items {
			require.NoError(s, j.add(resource.Resource, watch.Event{Type: watch.Added, Object: &list.Items[i]}))
		}
		watching.Go(func() { j.watch(ctx, client, resource.Resource, list.GetResourceVersion()) })
	}
	return j
}

func (j *journal) watch(ctx context.Context, client dynamic.ResourceInterface, resource, from string) {
	watcher, err := client.Watch(ctx, metav1.ListOptions{ResourceVersion: from})
	if err != nil {
		j.breakOff(ctx, resource, err)
		return
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		if err := j.add(resource, event); err != nil {
			j.breakOff(ctx, resource, err)
			return
		}
	}
	j.breakOff(ctx, resource, fmt.Errorf("the watch ended"))
}

// breakOff notes that the journal has a gap from here on, which no assertion may overlook.
func (j *journal) breakOff(ctx context.Context, resource string, err error) {
	if ctx.Err() != nil {
		return
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.broken = fmt.Errorf("watch %s: %w", resource, err)
	j.wake()
}

func (j *journal) add(resource string, event watch.Event) error {
	object, ok := event.Object.(*unstructured.Unstructured)
	if !ok || event.Type == watch.Error {
		return fmt.Errorf("event %s: %v", event.Type, event.Object)
	}
	revision, err := strconv.ParseInt(object.GetResourceVersion(), 10, 64)
	if err != nil {
		return fmt.Errorf("revision of %s: %w", object.GetName(), err)
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.entries = append(j.entries, entry{revision: revision, resource: resource, gone: event.Type == watch.Deleted, object: object})
	j.wake()
	return nil
}

// wake tells those who await; the caller holds the lock.
func (j *journal) wake() {
	close(j.changed)
	j.changed = make(chan struct{})
}

// of lists what happened to the objects of a kind, in order; an empty name means all of them.
func (j *journal) of(resource, name string) []entry {
	j.mu.Lock()
	defer j.mu.Unlock()
	var found []entry
	for _, e := range j.entries {
		if e.resource == resource && (name == "" || e.object.GetName() == name) {
			found = append(found, e)
		}
	}
	slices.SortStableFunc(found, func(a, b entry) int { return int(a.revision - b.revision) })
	return found
}

// until returns when what has been seen satisfies the condition.
func (s *stage) until(what string, condition func() bool) {
	s.Helper()
	for {
		s.seen.mu.Lock()
		changed, broken := s.seen.changed, s.seen.broken
		s.seen.mu.Unlock()
		require.NoError(s, broken)
		if condition() {
			return
		}
		select {
		case <-changed:
		case <-s.ctx.Done():
			require.FailNow(s, "never seen: "+what, "weights seen: %v; Deployment: %+v", s.weights(), s.deployment().Status)
		}
	}
}
