// Package analysis judges a canary by its requests: pass, fail, hold or wait, with the numbers.
//
// The way of the data: an adapter reads raw samples of cumulative counters and hands them to a [Ledger], which turns them into
// counts of requests and bad requests per interval ([Family]). One [Evidence] holds the families of a run. [Judge] puts tests to
// them and answers with a [Verdict].
//
//	samples ── Ledger.Advance ──> Family ──┐
//	                                       ├── Evidence ── Judge ──> Verdict
//	samples ── Ledger.Advance ──> Family ──┘
//
// There are two kinds of gates. Most are claims about a share of requests: the error rate, the latency, what the canary's callers
// saw, and the alert rules that mean such a share and were lifted. They are put to tests against the canary, absolute and against
// stable, and to one for it. The other alert rules are evaluated by Prometheus, for the pods of each version ([Firing]).
//
// The tests are e-processes: E starts at 1, and while the canary is within its limits the chance that E ever reaches 1/α is at
// most α, however often one looks. So a verdict may be asked for at any time and as often as one likes, and it depends on the
// counts alone: whoever recomputes it from the same samples gets the same answer. That rests on requests failing independently of
// each other; where stable shows that they fail in bursts, all evidence is taken for less, E^(1/φ).
//
// A canary at a weight of 0 has no requests to be judged by: then it is only asked whether the alert rules can be gates at all, since
// they can be asked about stable and are quiet about it.
//
// No data is never a pass. What can't be seen, or can't be believed, is a hold that says why.
//
// The package is pure: it asks nobody, reads no clock, keeps nothing between calls but what is in a Ledger, and never panics on
// samples, however odd. It must not decide about weights or the time a step is held: that is the planner's matter.
package analysis
