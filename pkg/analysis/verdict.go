package analysis

import "time"

// Outcome is what a gate, or all gates together, come to.
type Outcome string

// The outcomes. Only Pass lets a run go on; a Hold can't judge, a Wait can't judge yet.
const (
	Pass Outcome = "Pass"
	Fail Outcome = "Fail"
	Hold Outcome = "Hold"
	Wait Outcome = "Wait"
)

// Verdict is the judgement of one step at one time. It is plain data and marshals to JSON.
type Verdict struct {
	Outcome Outcome `json:"outcome"`
	// Reason is that of the gate that decided, the first of them if there are several.
	Reason Reason `json:"reason"`
	// Message has the numbers of the gates that decided, separated by "; ".
	Message string `json:"message"`
	// Gates are all gates, in a fixed order, also those that did not decide.
	Gates []Gate `json:"gates,omitempty"`
	// Run and StepSince say which step of which run was judged. A verdict must not be used for any other.
	Run       string    `json:"run"`
	StepSince time.Time `json:"stepSince"`
	// At is the time up to which the evidence is complete. It stands still while there is no new evidence.
	At time.Time `json:"at"`
	// Judged is when the verdict was given, with the evidence that there was.
	Judged time.Time `json:"judged"`
}

// Gate is the judgement of one condition.
type Gate struct {
	// Name is GateErrorRate or GateLatency.
	Name    string  `json:"name"`
	Outcome Outcome `json:"outcome"`
	Reason  Reason  `json:"reason"`
	Message string  `json:"message"`
	// Metric is the metric that was counted; empty if none was found.
	Metric string `json:"metric,omitempty"`
	// Canary and Stable are the counts of the run, Step those of the canary at the present step.
	Canary Counts `json:"canary"`
	Stable Counts `json:"stable"`
	Step   Counts `json:"step"`
	// Value and StableValue are the shares of bad requests over the run, Threshold the largest share allowed.
	Value       float64 `json:"value"`
	StableValue float64 `json:"stableValue"`
	Threshold   float64 `json:"threshold"`
	// Abort is the evidence against the canary: the larger one of the tests that may abort.
	Abort Weighed `json:"abort"`
	// Promote is the evidence for it, of the present step alone.
	Promote Weighed `json:"promote"`
	// Needed is about how many more requests of the canary Promote takes, if they go on as they did. Zero when there is enough,
	// or when no number would do.
	Needed float64 `json:"needed,omitempty"`
	// Bound is the latency bound that was counted with; larger than the threshold if the histogram has no bucket that ends there.
	Bound time.Duration `json:"bound,omitempty"`
}

// Weighed is evidence and how much of it it takes.
type Weighed struct {
	// Log10E and Log10Limit are decadic logarithms of E and of its limit: a large canary can have an E of 10^100000.
	Log10E     float64 `json:"log10E"`
	Log10Limit float64 `json:"log10Limit"`
}

// Reached says that the evidence suffices.
func (w Weighed) Reached() bool { return w.Log10E >= w.Log10Limit }
