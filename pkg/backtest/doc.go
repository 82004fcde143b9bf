// Package backtest says what the gates would have made of roll-outs that are long over: which of them Sluice would have aborted, at
// which step and when, and how many failed requests that would have saved.
//
//	Presence (whose pods had samples when) ── Spans ── Find ──> Rollout ─┐
//	                                                                     ├── Judge ──> Judged, Harm ── NewRow ──> Report, Text
//	Evidence of that time (package analysis) ────────────────────────────┘
//
// A roll-out is replayed twice. "As it happened" judges the traffic as it was, while Kubernetes replaced the pods by itself. "With
// steps" is an estimate: the versions keep the error and latency shares that they had, but the new one gets the traffic of Sluice's
// steps. Both use [analysis.Judge], on the evidence that there was at the time ([Until]).
//
// Where something can't be known, the package errs to Sluice's disadvantage and says so: a saved request is one that certainly failed,
// for more than the old version's share, after Sluice would have had the traffic back.
//
// The package is pure: it asks nobody and reads no clock. Package history finds the roll-outs and their evidence in Prometheus.
package backtest
