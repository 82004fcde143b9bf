package controller

import (
	"context"
	"time"

	"go.uber.org/zap"

	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// maxRounds bounds how often one call plans again because its own writes have changed the world. A promotion takes a handful.
const maxRounds = 12

// reconcile plans and executes until nothing is left to do now, and says when to look again.
func (c *Controller) reconcile(ctx context.Context, key strategy.Key) (time.Time, error) {
	for range maxRounds {
		now := c.now()
		o, s := c.observe(key, now)
		decision := strategy.Plan(o, s, now)
		seen := seenOf(&o, s, decision.Status, now)
		if err := c.follow(ctx, &o, decision, seen); err != nil {
			return time.Time{}, err
		}
		if len(decision.Actions) == 0 {
			return decision.WakeAt, nil
		}
		if err := c.execute(ctx, &o, decision, seen); err != nil {
			return time.Time{}, err
		}
	}
	// Something undoes what we write as soon as we write it: look again, but don't spin.
	return c.now().Add(time.Second), nil
}

// follow tells the rest of the process what was decided.
func (c *Controller) follow(ctx context.Context, o *strategy.Observed, d strategy.Decision, seen watch.Rollout) error {
	key := o.Key
	if err := c.pods.follow(ctx, key, seen.Run); err != nil {
		return err
	}
	before, _ := c.known.Load(key)
	if d.Status.Phase == strategy.PhaseUnmanaged {
		c.judging.forget(key)
		c.told.gone(key)
		if o.Record == nil {
			c.known.Delete(key)
			c.memory.forget(o)
		}
		return nil
	}
	c.known.Store(key, d.Status)
	if d.Judge != nil {
		c.judging.watch(key, *d.Judge)
	} else {
		c.judging.forget(key)
	}
	c.told.seen(seen)
	was, _ := before.(strategy.Status)
	if was.Phase != d.Status.Phase || was.Reason != d.Status.Reason {
		c.log.Info(d.Status.Message, zap.Stringer("deployment", key), zap.String("phase", string(d.Status.Phase)),
			zap.String("reason", string(d.Status.Reason)), zap.Int("weight", d.Status.Weight))
	}
	return nil
}
