package analysis

import "time"

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
	// Weight is the percentage of the traffic that the canary has now.
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
}

// Names of the gates, as in messages and metric labels.
const (
	GateErrorRate = "error-rate"
	GateLatency   = "latency"
)
