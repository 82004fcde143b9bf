// Package watch has the words in which the controller tells the rest of the process what it has seen and done: metrics, the web page
// and the webhook all listen to the same.
//
// It decides nothing and does nothing. A Watcher must not block and must not change what it is given.
package watch

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Rollout is a managed Deployment as it was at one time.
type Rollout struct {
	strategy.Key
	// At is when it was looked at.
	At time.Time
	// Status says where it is and why; its Gates are those of the newest verdict.
	Status strategy.Status
	// Strategy is that of the run, or what the annotation says at rest; empty when the annotation can't be read.
	Strategy spec.Strategy
	// Run is the run that goes on or was aborted; nil at rest. Past are the runs that ended, newest first.
	Run  *strategy.Run
	Past []strategy.Summary
	// StableReady and StableWanted are pods of the version that serves. The canary's are in Status.
	StableReady, StableWanted int
	// Braked is the Deployment's spec.paused.
	Braked bool
}

// Transition is one event, with the state that was decided together with it.
type Transition struct {
	Rollout
	Warning bool
	Reason  spec.Reason
	Message string
}

// Watcher is told of what happens. Its methods may be called by several goroutines at once, for one Deployment in order.
type Watcher interface {
	// Seen is called after every look at a managed Deployment, whether or not anything has changed.
	Seen(r Rollout)
	// Happened is called for every transition, after what it tells of was done.
	Happened(t Transition)
	// Gone is called when a Deployment is no longer managed.
	Gone(key strategy.Key)
}
