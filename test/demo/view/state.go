package view

import "time"

// State is all that is shown at one moment.
type State struct {
	// Now is the time of day, in the zone that people are to read.
	Now time.Time
	// Elapsed is the time since the demo began.
	Elapsed time.Duration
	Run     Run
	Rollout Rollout
	Gates   []Gate
	Users   Users
	// Events of the Deployment, the oldest first.
	Events []Event
	// Done are the runs that have ended.
	Done []Outcome
}

// Run is what the demo is showing.
type Run struct {
	// Number counts from 1; 0 before the first.
	Number, Of int
	// From and To are versions, What describes the new one, Expected says how it should end.
	From, To, What, Expected string
	// Over is how it ended; empty while it goes on.
	Over string
	// AsExpected is whether Over is what it should be.
	AsExpected bool
	// Took is the run's duration so far.
	Took time.Duration
}

// Rollout is where the Deployment is.
type Rollout struct {
	Phase string
	// Why is the reason for being in the phase, in words.
	Why string
	// Step counts from 1 of the weights in Plan; 0 when no run goes on.
	Step int
	Plan []int
	// Weight is the canary's share in the VirtualService, in percent.
	Weight         int
	Stable, Canary Side
}

// Side is one of the two ReplicaSets; empty when there is none.
type Side struct {
	Version, ReplicaSet string
	Ready, Wanted       int
}

// Gate is the evidence of one condition.
type Gate struct {
	Name string
	// Bad of Requests of the canary, over the run.
	Bad, Requests float64
	// Threshold is the largest share that may be bad.
	Threshold float64
	// Known is false until there is a verdict of this run: then Abort, Promote and Threshold mean nothing.
	Known          bool
	Abort, Promote Evidence
}

// Evidence is a decadic logarithm and its limit.
type Evidence struct{ Log10E, Log10Limit float64 }

// Users is what those who send requests got during the run.
type Users struct {
	// Rate is how many requests they send a second.
	Rate                                     float64
	Served, FailedByVersion, FailedByRollout int64
	Versions                                 []Version
}

// Version is what the pods of one version answered during the run.
type Version struct {
	Name             string
	Requests, Failed int64
	// Share of the answers of the last seconds, 0 to 1.
	Share float64
	P95   time.Duration
}

// Event is one of the Deployment.
type Event struct {
	At              time.Time
	Warning         bool
	Reason, Message string
}

// Outcome is how a run ended.
type Outcome struct {
	Number int
	// Name is that of the run, Result "promoted" or "aborted", Reason has the numbers.
	Name, Result, Reason                     string
	Weights                                  []int
	Took                                     time.Duration
	Served, FailedByVersion, FailedByRollout int64
	SamePods                                 bool
	// Complaints say what was not as it should be.
	Complaints []string
}
