package controller

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"time"

	"go.uber.org/zap"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/util/workqueue"

	"github.com/sluice-dev/sluice/pkg/metrics"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Controller reconciles annotated Deployments.
type Controller struct {
	options Options
	log     *zap.Logger
	now     func() time.Time
	caches  *caches
	memory  *memory
	judging *judging
	pods    *podWatches
	loaded  *loadedRules
	alerts  *alertBook
	refused *refusedJobs
	process *metrics.Process
	runs    *metrics.Rollouts
	told    audience
	queue   workqueue.TypedRateLimitingInterface[strategy.Key]
	synced  atomic.Bool
	leads   atomic.Bool
	// known are the Deployments that Sluice has something to do with.
	known sync.Map
}

// New declares the watches; nothing is read before Start.
func New(o Options) (*Controller, error) {
	if o.Now == nil {
		o.Now = func() time.Time { return time.Now().UTC() }
	}
	o.Workers = max(o.Workers, 1)
	c := &Controller{
		options: o, log: o.Log, now: o.Now, memory: newMemory(), refused: newRefusedJobs(),
		process: metrics.NewProcess(o.Registerer, o.Version), runs: metrics.NewRollouts(o.Registerer),
		queue: workqueue.NewTypedRateLimitingQueueWithConfig(
			workqueue.NewTypedItemExponentialFailureRateLimiter[strategy.Key](5*time.Millisecond, 30*time.Second),
			workqueue.TypedRateLimitingQueueConfig[strategy.Key]{Name: "deployments", MetricsProvider: metrics.NewQueue(o.Registerer)}),
	}
	c.told = append(audience{c.runs}, o.Watchers...)
	c.judging = newJudging(o, c.process.Judged, c.queue.Add)
	c.pods = newPodWatches(o, c.queue.Add)
	var err error
	if c.caches, err = newCaches(o); err != nil {
		return nil, err
	}
	c.loaded = newLoadedRules(o, c.alertRulesLoaded)
	c.alerts = newAlertBook(c.caches, c.loaded)
	return c, c.handlers()
}

// Start fills the caches and keeps them filled until ctx ends. It returns when the first full lists are there, or ctx has ended.
// A replica that doesn't lead has warm caches as well.
func (c *Controller) Start(ctx context.Context, group *sync.WaitGroup) error {
	c.caches.run(ctx, group)
	if !cache.WaitForCacheSync(ctx.Done(), c.caches.synced) {
		return errors.New("stopped before the caches were filled")
	}
	if c.options.Leaving {
		// The policy goes before the work is done, and who has put the brakes on must be known until then.
		c.options.Brake = c.brake()
	}
	c.synced.Store(true)
	return nil
}

// Synced says whether the caches have had their first full lists: the readiness of the process.
func (c *Controller) Synced() bool { return c.synced.Load() }

// Lead reconciles until ctx ends. Only one replica may.
func (c *Controller) Lead(ctx context.Context) {
	var group sync.WaitGroup
	c.lead(true)
	defer c.lead(false)
	c.enqueueAll()
	group.Go(func() { c.judging.run(ctx) })
	group.Go(func() { c.loaded.run(ctx) })
	for range c.options.Workers {
		group.Go(func() {
			for c.next(ctx) {
			}
		})
	}
	<-ctx.Done()
	c.queue.ShutDown()
	group.Wait()
	c.pods.wait()
}

func (c *Controller) lead(leads bool) {
	c.leads.Store(leads)
	c.process.Leads(leads)
}

// Leads says whether this process reconciles: what it knows of rollouts is up to date then, and only then.
func (c *Controller) Leads() bool { return c.leads.Load() }

// next handles one Deployment; false when the queue has been shut down.
func (c *Controller) next(ctx context.Context) bool {
	key, shutdown := c.queue.Get()
	if shutdown {
		return false
	}
	defer c.queue.Done(key)
	began := time.Now()
	wake, err := c.reconcile(ctx, key)
	c.process.Reconciled(time.Since(began), resultOf(err))
	if err != nil {
		if ctx.Err() == nil {
			c.failed(key, err)
			c.queue.AddRateLimited(key)
		}
		return true
	}
	c.queue.Forget(key)
	if !wake.IsZero() {
		c.queue.AddAfter(key, max(0, wake.Sub(c.now())))
	}
	return true
}

func resultOf(err error) string {
	switch {
	case err == nil:
		return metrics.ResultOK
	case isStale(err):
		return metrics.ResultConflict
	default:
		return metrics.ResultError
	}
}

// failed logs an error once; a conflict only means that the world has moved on, and the next Plan sees it as it is now.
func (c *Controller) failed(key strategy.Key, err error) {
	if isStale(err) {
		c.log.Debug("planned on an old state; planning again", zap.Stringer("deployment", key), zap.Error(err))
		return
	}
	c.log.Error("an action failed; planning again", zap.Stringer("deployment", key), zap.Error(err))
}
