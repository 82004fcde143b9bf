package analysis

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Alert is a user's alert rule as a gate: lifted into a test of requests (Lifted is set), or evaluated as Prometheus would (Scoped is
// set). It names no run: whose pods are asked is filled in by the adapter.
type Alert struct {
	// Name is the rule's.
	Name string
	// Severity says what firing leads to.
	Severity Severity
	Lifted   *LiftedRule
	Scoped   *ScopedRule
}

// Severity is what a rule that trips for the canary alone leads to.
type Severity string

const (
	// SeverityAbort aborts the run.
	SeverityAbort Severity = "abort"
	// SeverityHold holds it, and aborts it at the end of the longest hold.
	SeverityHold Severity = "hold"
)

// LiftedRule is the claim that at most Limit of the requests are bad.
type LiftedRule struct {
	// Limit is a share, above 0 and below 1.
	Limit float64
	// Requests selects the counter of all requests, or a histogram's buckets (then Latency is set), without any matcher for pods.
	Requests spec.Selector
	// Bad are the further matchers of those requests that are bad. Empty with Latency.
	Bad []spec.Matcher
	// Latency is true for a histogram: bad are the requests that took longer than Threshold, in the histogram's own unit.
	Latency   bool
	Threshold float64
	// Groups are the labels that the rule keeps apart: it fires when any one group of series is over the limit. Without is true if
	// these are the labels that it does not keep apart (PromQL's without, and no aggregation at all); the zero value is one group.
	Groups  []string
	Without bool
}

// ScopedRule is a rule that is evaluated by Prometheus, over one version's pods at a time.
type ScopedRule struct {
	// Query is the rule's expression. ScopePods stands in it for the regular expression of the names of the pods it is about.
	Query string
	// For is how long the expression must be true without a break.
	For time.Duration
	// Global is a rule that is evaluated as it stands, whoever it is about: firing at all holds.
	Global bool
	// Controls are all that the query reads. Stable's pods must have every one of them, or the rule is no witness.
	Controls []Control
}

// ScopePods stands in ScopedRule.Query for a regular expression inside double quotes, quoted as a PromQL string.
const ScopePods = "__sluice_pods__"

// Control is one metric that a rule reads, with the matchers that the user wrote. Stable must have series of it, with each label that
// is asked for.
type Control struct {
	// Selector has no matcher for the pods' names and the namespace.
	Selector spec.Selector
}

// AlertEvidence is what is known of one rule, for one run: a Family of a lifted one, a Firing of a scoped one.
type AlertEvidence struct {
	Family Family
	Firing Firing
}

// Firing is how a scoped rule stands.
type Firing struct {
	// Problem is why that isn't known; nil if it is.
	Problem *Problem
	// At is the time at which the rule was evaluated.
	At time.Time
	// Canary and Stable are the two versions. A global rule has its state in both.
	Canary, Stable FiringState
	// CanarySeen says that the canary's pods have series of everything that the rule reads; Unseen names the first metric that they
	// don't have.
	CanarySeen bool
	Unseen     string
}

// FiringState is how a rule stands for one version.
type FiringState struct {
	// True for how long the expression has been true without a break, and whether it is true at all now.
	Active bool
	Since  time.Duration
	// Firing: it has been true for as long as the rule says.
	Firing bool
	// Labels and Value are those of the series for which it has been true for the longest time.
	Labels string
	Value  float64
}
