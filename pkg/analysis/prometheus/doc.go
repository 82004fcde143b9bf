// Package prometheus gathers a run's evidence from Prometheus, or from whatever answers like it.
//
// Of what is counted it asks for raw samples (an instant query of a range selector) and leaves all arithmetic to the ledgers of package
// analysis: rate() and increase() drop the first sample of a series, and with it the first errors of a new pod. A [Source] keeps one
// book per run and family – metric, matchers, what is bad, threshold, groups – whoever wants it: a gate, a lifted alert rule, the callers'
// view. Equal families of a run are one book, and books that differ only in what they make of the samples share the query.
//
// A rule that Prometheus evaluates is asked about each version's pods: its expression at the end of the evidence and at every step
// before, for as long as the rule says, many of them in one query. The window lies on the grid of the intervals and is a range query's,
// closed at both ends, so it has the same evaluations on any Prometheus, whereas a subquery's begins one later since Prometheus 3. What a
// person wrote has a positive control: the same metric without the matchers, of both versions.
//
// The requests of many runs share their queries; the answers are cut up by namespace and pod name. Between calls a Source keeps what it
// has counted and asks for what is new alone; a new Source asks for all since the run's start and comes to the same evidence. Nothing
// else is remembered: which metric is used, and whether a rule fires, follows from Prometheus's history, each time anew.
//
//	subjects ── wants ──┬── books ── asks ── batches ── queries ── samples, cut per run ── ledgers ──┬── Evidence
//	                    ├── controls ────────── " ───── series, at the end ───────────── witnesses ──┤
//	                    └── watches ─────────── " ───── values, step by step ────────────────────────┘
//
// It never decides anything: what could not be asked is a Problem in the evidence, and package analysis says what follows. It logs
// nothing and starts no goroutine. Errors of one subject, or of one rule, stay with it.
package prometheus
