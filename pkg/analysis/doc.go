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
// The tests are e-processes: E starts at 1, and while the canary is within its limits the chance that E ever reaches 1/α is at
// most α, however often one looks. So a verdict may be asked for at any time and as often as one likes, and it depends on the
// counts alone: whoever recomputes it from the same samples gets the same answer.
//
// No data is never a pass. What can't be seen, or can't be believed, is a hold that says why.
//
// The package is pure: it asks nobody, reads no clock, keeps nothing between calls but what is in a Ledger, and never panics on
// samples, however odd. It must not decide about weights or the time a step is held: that is the planner's matter.
package analysis
