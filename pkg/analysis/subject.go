package analysis

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Subject is what is judged: the present step of one run.
type Subject struct {
	// Namespace and Deployment say whose run it is.
	Namespace, Deployment string
	// Run is the identity of the run. Evidence and verdicts carry it, so that none is taken for another run's.
	Run string
	// Canary and Stable are the names of the two ReplicaSets; their pods are found by these names.
	Canary, Stable string
	// Since is where the evidence of the run starts: what happened before does not count against the canary.
	Since time.Time
	// StepSince is where the evidence of the present step starts: what happened before does not count for the canary.
	StepSince time.Time
	// Weight is the percentage of the traffic that the canary has now. At 0, before it gets any, only this is judged: whether the
	// alert rules can be asked, and whether they are quiet about stable.
	Weight int
	// Gates are the conditions to meet.
	Gates Gates
}

// Gates are the conditions on a canary. The zero value has none.
type Gates struct {
	// MaxErrorRate is the largest share of requests that may fail, above 0 and below 1. Zero is off.
	MaxErrorRate float64
	// LatencyQuantile, above 0 and below 1, of the requests must take at most LatencyThreshold.
	LatencyQuantile float64
	// LatencyThreshold is the bound of the latency. Zero is off.
	LatencyThreshold time.Duration
	// Compare also judges the canary against stable, while stable has traffic.
	Compare bool
	// Metrics are the user's own metrics for the two gates above; the zero value finds them.
	Metrics spec.Metrics
	// Reach also judges the requests that callers got no answer to from the canary, where Istio counts them: the Services that callers
	// name, nil is off. It needs MaxErrorRate.
	Reach *Reach
	// Alerts are alert rules, in the order in which the user named them.
	Alerts []Alert
}

// Reach names the two Services by which callers reach the versions.
type Reach struct{ Canary, Stable string }

// Names of the gates, as in messages and metric labels.
const (
	GateErrorRate = "error-rate"
	GateLatency   = "latency"
	// GateReach is about what the canary's callers saw.
	GateReach = "reachability"
	// GateAlert begins the name of an alert rule's gate: "alert/HighErrorRate".
	GateAlert = "alert/"
)
