package spec

import "time"

// Strategy is how a new version gets its traffic.
type Strategy string

// The strategies.
const (
	// StrategyCanary shifts traffic by weights, step by step.
	StrategyCanary Strategy = "canary"
	// StrategyBlueGreen swaps the Service's selector when the new version is there at full size.
	StrategyBlueGreen Strategy = "blue-green"
)

// Step is one weight of the plan.
type Step struct {
	// Weight is the canary's share of the traffic in percent, 0 to 100. At 0 it gets only what testers send it by the canary header, and
	// copies.
	Weight int
	// Hold is how long the weight is held at least.
	Hold time.Duration
	// Pause waits for an approval before the run goes on, however long that takes.
	Pause bool
}

// Inconclusive is what happens to a step that has waited MaxHold and still has too little evidence.
type Inconclusive string

// The answers to too little evidence.
const (
	InconclusiveHold    Inconclusive = "hold"
	InconclusivePromote Inconclusive = "promote"
	InconclusiveAbort   Inconclusive = "abort"
)

// RouteRef names a VirtualService, or one of its named routes.
type RouteRef struct {
	// Namespace is empty where the text doesn't say: the Deployment's own.
	Namespace string
	// Name is the VirtualService's name.
	Name string
	// Route is the name of the one route to edit; empty: every route that leads to the Service.
	Route string
}

// Elsewhere is the other way to read "a/b": not route b of VirtualService a, but VirtualService b of namespace a. What is there decides.
// False where there is only one way.
func (r RouteRef) Elsewhere() (RouteRef, bool) {
	if r.Namespace != "" || r.Route == "" {
		return RouteRef{}, false
	}
	return RouteRef{Namespace: r.Name, Name: r.Route}, true
}

// Header is a request header and the value that it must have, exactly.
type Header struct {
	// Name is lower case; empty: no header.
	Name, Value string
}

// String is "name=value", empty for none.
func (h Header) String() string {
	if h.Name == "" {
		return ""
	}
	return h.Name + "=" + h.Value
}

// Hook says when a user's own Job is run.
type Hook string

// The hooks, in their order within a run.
const (
	HookBefore Hook = "before"
	HookVerify Hook = "verify"
	HookAfter  Hook = "after"
)

// Latency is a bound on a quantile of the response times.
type Latency struct {
	// Quantile is between 0 and 1, exclusive: 0.95 for p95.
	Quantile float64
	// Threshold is what the quantile must stay below; 0 switches the gate off.
	Threshold time.Duration
}

// Spec is what a user wants of one Deployment's roll-outs, with every default filled in.
type Spec struct {
	// Managed is true when the strategy annotation is there, whatever its value.
	Managed  bool
	Strategy Strategy
	Steps    []Step
	// Service is empty when it is to be found by its selector.
	Service         string
	VirtualServices []RouteRef
	// MaxErrorRate is a share between 0 and 1; 0 switches the gate off.
	MaxErrorRate float64
	MaxLatency   Latency
	// Alerts are alert rules that are gates as well, in the order in which they were named.
	Alerts []AlertRef
	// Metrics is what the two gates count, where it isn't found by itself.
	Metrics        Metrics
	Compare        bool
	OnInconclusive Inconclusive
	MaxHold        time.Duration
	// CanaryHeader leads to the canary from its first step on.
	CanaryHeader Header
	// Mirror is the share of requests in percent, 1 to 100, that the canary gets a copy of before its first weight; 0: none.
	Mirror int
	// Bake is how long the old version stays warm after a blue-green swap; it is the Hold of the last step then.
	Bake time.Duration
	// Approval says whether the swap waits for an approval.
	Approval bool
	// Hooks are the names of the CronJobs whose Jobs are run.
	Hooks   map[Hook]string
	Command Command
	// Problems is what was wrong, sorted by annotation. A Spec with problems starts nothing.
	Problems []Problem
}

// Default is a Spec with nothing but the strategy annotation.
func Default() Spec {
	return Spec{
		Managed:  true,
		Strategy: StrategyCanary,
		Steps: []Step{
			{Weight: 10, Hold: DefaultHold},
			{Weight: 50, Hold: DefaultHold},
			{Weight: 100, Hold: DefaultHold},
		},
		MaxErrorRate:   0.05,
		MaxLatency:     Latency{Quantile: 0.95, Threshold: 2 * time.Second},
		Compare:        true,
		OnInconclusive: InconclusiveHold,
		MaxHold:        30 * time.Minute,
		Bake:           DefaultBake,
	}
}

// DefaultHold is how long a step is held at least when it doesn't say.
const DefaultHold = time.Minute

// DefaultBake is how long the old version stays warm where nothing is said.
const DefaultBake = 5 * time.Minute

// Gated says whether any gate is judged, which needs Prometheus.
func (s Spec) Gated() bool {
	return s.MaxErrorRate > 0 || s.MaxLatency.Threshold > 0 || len(s.Alerts) > 0
}

// Managed says whether the annotations hand the Deployment to Sluice.
func Managed(annotations map[string]string) bool {
	_, ok := annotations[AnnotationStrategy]
	return ok
}
