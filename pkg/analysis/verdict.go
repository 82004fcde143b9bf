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

// Outcomes lists them all.
func Outcomes() []Outcome { return []Outcome{Pass, Fail, Hold, Wait} }

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
	// Name is GateErrorRate, GateLatency, GateReach, or GateAlert with the name of a rule.
	Name string `json:"name"`
	// Mode is how an alert rule is judged; empty for the others.
	Mode    Mode    `json:"mode,omitempty"`
	Outcome Outcome `json:"outcome"`
	Reason  Reason  `json:"reason"`
	Message string  `json:"message"`
	// Metric is the metric that was counted; empty if none was found.
	Metric string `json:"metric,omitempty"`
	// Canary and Stable are the counts of the run, Step those of the canary at the present step.
	Canary Counts `json:"canary"`
	Stable Counts `json:"stable"`
	Step   Counts `json:"step"`
	// Value and StableValue are the shares of bad requests over the run, Threshold the largest share allowed. Of a scoped alert rule
	// they are the values of its expression, and there is no threshold.
	Value       float64 `json:"value"`
	StableValue float64 `json:"stableValue"`
	Threshold   float64 `json:"threshold"`
	// Abort is the evidence against the canary: the larger one of the tests that may abort. Group is the group of series that it is
	// about, if the gate keeps groups apart.
	Abort Weighed `json:"abort"`
	Group string  `json:"group,omitempty"`
	// Promote is the evidence for it, of the present step alone.
	Promote Weighed `json:"promote"`
	// Dispersion is φ, by how much stable's bad requests vary more than independent ones would: at least 1, zero if it wasn't looked at.
	// All evidence is to the power of 1/φ.
	Dispersion float64 `json:"dispersion,omitempty"`
	// Needed is about how many more requests of the canary Promote takes, if they go on as they did. Zero when there is enough,
	// or when no number would do.
	Needed float64 `json:"needed,omitempty"`
	// Bound is the latency bound that was counted with; larger than the threshold if the histogram has no bucket that ends there.
	Bound time.Duration `json:"bound,omitempty"`
}

// Mode is how an alert rule is judged.
type Mode string

// The modes.
const (
	// ModeLifted counts requests and tests them.
	ModeLifted Mode = "lifted"
	// ModeScoped is evaluated by Prometheus for one version's pods at a time, ModeGlobal as it stands.
	ModeScoped Mode = "scoped"
	ModeGlobal Mode = "global"
)

// Weighed is evidence and how much of it it takes.
type Weighed struct {
	// Log10E and Log10Limit are decadic logarithms of E and of its limit: a large canary can have an E of 10^100000.
	Log10E     float64 `json:"log10E"`
	Log10Limit float64 `json:"log10Limit"`
}

// Reached says that the evidence suffices.
func (w Weighed) Reached() bool { return w.Log10E >= w.Log10Limit }
