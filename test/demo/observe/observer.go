package observe

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// Options of an [Observer].
type Options struct {
	Client  kubernetes.Interface
	Dynamic dynamic.Interface
	// Namespace and Name are those of the Deployment; its Service and VirtualService have the same name.
	Namespace, Name string
	// Controller and Prometheus are URLs.
	Controller, Prometheus string
}

// Observer watches one Deployment and what belongs to it. Its methods may be called from several goroutines.
type Observer struct {
	options Options
	kinds   kinds
	running sync.WaitGroup

	mu      sync.Mutex // guards what follows
	weights []WeightChange
	events  []Event
	gauges  Gauges
	counts  Counts
	changed chan struct{} // closed and replaced when anything changes
}

// kinds are the watches.
type kinds struct {
	deployments, replicaSets, pods, services, slices, configMaps, events, routes cache.SharedIndexInformer
}

var virtualServices = schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"}

// Start watches until ctx ends, and returns when everything there is has been seen.
func Start(ctx context.Context, o Options) (*Observer, error) {
	core := informers.NewSharedInformerFactoryWithOptions(o.Client, 0, informers.WithNamespace(o.Namespace))
	mesh := dynamicinformer.NewFilteredDynamicSharedInformerFactory(o.Dynamic, 0, o.Namespace, nil)
	obs := &Observer{options: o, changed: make(chan struct{}), kinds: kinds{
		deployments: core.Apps().V1().Deployments().Informer(),
		replicaSets: core.Apps().V1().ReplicaSets().Informer(),
		pods:        core.Core().V1().Pods().Informer(),
		services:    core.Core().V1().Services().Informer(),
		slices:      core.Discovery().V1().EndpointSlices().Informer(),
		configMaps:  core.Core().V1().ConfigMaps().Informer(),
		events:      core.Core().V1().Events().Informer(),
		routes:      mesh.ForResource(virtualServices).Informer(),
	}}
	// What client-go would log at the end of a watch is no news.
	quiet := klog.NewContext(ctx, logr.Discard())
	for _, k := range []struct {
		informer cache.SharedIndexInformer
		seen     func(object any)
	}{
		{obs.kinds.deployments, obs.any},
		{obs.kinds.replicaSets, obs.any},
		{obs.kinds.pods, obs.any},
		{obs.kinds.services, obs.any},
		{obs.kinds.slices, obs.any},
		{obs.kinds.configMaps, obs.any},
		{obs.kinds.events, obs.event},
		{obs.kinds.routes, obs.route},
	} {
		_, err := k.informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
			AddFunc: k.seen, UpdateFunc: func(_, now any) { k.seen(now) }, DeleteFunc: obs.any,
		})
		if err != nil {
			return nil, fmt.Errorf("watch: %w", err)
		}
		obs.running.Go(func() { k.informer.RunWithContext(quiet) })
		if !cache.WaitForCacheSync(ctx.Done(), k.informer.HasSynced) {
			return nil, fmt.Errorf("watch: %w", context.Cause(ctx))
		}
	}
	obs.running.Go(func() { obs.poll(ctx) })
	return obs, nil
}

// Wait returns when the watches have ended; their context must have.
func (o *Observer) Wait() { o.running.Wait() }

// any is called after a change of what is read from the caches alone.
func (o *Observer) any(any) { o.change(func() {}) }

// change does something to what the lock guards and tells those who await.
func (o *Observer) change(do func()) {
	o.mu.Lock()
	defer o.mu.Unlock()
	do()
	close(o.changed)
	o.changed = make(chan struct{})
}

// Await returns the first snapshot that satisfies the condition. When ctx ends before, it returns the last one and an error.
func (o *Observer) Await(ctx context.Context, condition func(Snapshot) bool) (Snapshot, error) {
	for {
		o.mu.Lock()
		changed := o.changed
		o.mu.Unlock()
		s := o.Snapshot()
		if condition(s) {
			return s, nil
		}
		select {
		case <-ctx.Done():
			return s, context.Cause(ctx)
		case <-changed:
		}
	}
}

// pollEvery is how often what can't be watched is asked for.
const pollEvery = time.Second

// poll keeps gauges and counts until ctx ends. One that can't be had stays as it was: this is for looking at only.
func (o *Observer) poll(ctx context.Context) {
	ticker := time.NewTicker(pollEvery)
	defer ticker.Stop()
	for {
		o.pollOnce(ctx)
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (o *Observer) pollOnce(ctx context.Context) {
	ctx, cancel := context.WithTimeoutCause(ctx, 3*pollEvery, errors.New("no answer in time"))
	defer cancel()
	if gauges, err := scrape(ctx, o.options.Controller+"/metrics", o.options.Namespace, o.options.Name); err == nil {
		o.change(func() { o.gauges = gauges })
	}
	record := o.record()
	if record == nil || record.Run == nil {
		return
	}
	counts, err := ask(ctx, o.options.Prometheus, o.options.Namespace, record.Run.Canary.Name)
	if err != nil {
		return
	}
	o.change(func() {
		// When the pods are gone Prometheus forgets them; what they had done stays true.
		if counts.ReplicaSet != o.counts.ReplicaSet || counts.Requests >= o.counts.Requests {
			o.counts = counts
		}
	})
}
