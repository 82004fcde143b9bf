package analysis

// Reason names why a gate came to its outcome. The same constant feeds conditions, events and metric labels.
type Reason string

// Reasons to pass.
const (
	// ReasonEnough: every gate has the evidence it takes to go on.
	ReasonEnough Reason = "EnoughEvidence"
	// ReasonNoGates: all gates are off, so there is nothing to judge.
	ReasonNoGates Reason = "NoGates"
)

// Reasons to fail.
const (
	// ReasonErrorRate: the canary fails too many requests.
	ReasonErrorRate Reason = "ErrorRate"
	// ReasonLatency: too many of the canary's requests take too long.
	ReasonLatency Reason = "Latency"
	// ReasonReach: the canary's callers get no answer to too many requests.
	ReasonReach Reason = "Unreachable"
	// ReasonAlert: an alert rule fires for the canary.
	ReasonAlert Reason = "Alert"
)

// Reasons to hold on account of an alert rule.
const (
	// ReasonWarning: a rule that is no reason to abort at once fires for the canary; at the end of the longest hold it is one.
	ReasonWarning Reason = "AlertWarning"
	// ReasonGlobal: a rule that is taken as it stands fires.
	ReasonGlobal Reason = "AlertGlobal"
	// ReasonBefore: a rule fires for stable before the canary has got any traffic.
	ReasonBefore Reason = "AlertBefore"
)

// ReasonPending waits: the expression of an alert rule is true, but not yet for as long as the rule says.
const ReasonPending Reason = "AlertPending"

// ReasonEnvironment holds: canary and stable are ill alike, so it is not the canary's fault, and no time to go on.
const ReasonEnvironment Reason = "Environment"

// ReasonNotEnough waits: nothing is wrong, but it takes more requests to say so.
const ReasonNotEnough Reason = "NotEnoughRequests"

// Reasons to hold because nothing can be said.
const (
	// ReasonUnreachable: the metrics could not be asked for: no connection, no answer in time, a server error.
	ReasonUnreachable Reason = "MetricsUnreachable"
	// ReasonRefused: the metrics answered, but not what was asked: too much data, a query that can't be run.
	ReasonRefused Reason = "QueryRefused"
	// ReasonPositiveControl: not even stable's pods have the metric, so it is being looked for in the wrong way.
	ReasonPositiveControl Reason = "StableNotSeen"
	// ReasonStale: samples, or the evidence as a whole, have stopped coming.
	ReasonStale Reason = "SamplesStale"
	// ReasonSilent: the canary must have had requests but has no such metric; it was renamed, perhaps.
	ReasonSilent Reason = "CanarySilent"
	// ReasonDuplicates: a pod is scraped twice at a time, so every request would count twice.
	ReasonDuplicates Reason = "DuplicateSeries"
	// ReasonMalformed: samples that no counter can have, or series that don't belong together.
	ReasonMalformed Reason = "MalformedSamples"
	// ReasonNoBucket: the latency histogram ends below the threshold, so nothing slower can be seen.
	ReasonNoBucket Reason = "NoBucket"
	// ReasonInvalid: the subject, a gate or the evidence makes no sense, or belongs to another run.
	ReasonInvalid Reason = "InvalidSubject"
)
