package controller

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// audience is everybody who is told what happens.
type audience []watch.Watcher

func (a audience) seen(r watch.Rollout) {
	for _, w := range a {
		w.Seen(r)
	}
}

func (a audience) happened(t watch.Transition) {
	for _, w := range a {
		w.Happened(t)
	}
}

func (a audience) gone(key strategy.Key) {
	for _, w := range a {
		w.Gone(key)
	}
}

// seenOf puts together what the audience is told of a look at a Deployment.
func seenOf(o *strategy.Observed, s spec.Spec, status strategy.Status, now time.Time) watch.Rollout {
	r := watch.Rollout{Key: o.Key, At: now, Status: status, Strategy: s.Strategy}
	if o.Deployment != nil {
		r.Braked = o.Deployment.Paused
	}
	if o.Record != nil {
		r.Run, r.Past = o.Record.Run, o.Record.History
	}
	if r.Run != nil && r.Run.Strategy != "" {
		r.Strategy = r.Run.Strategy
	}
	for i := range o.ReplicaSets {
		if rs := &o.ReplicaSets[i]; rs.Name == status.Stable {
			r.StableReady, r.StableWanted = rs.Available, rs.Replicas
		}
	}
	return r
}
