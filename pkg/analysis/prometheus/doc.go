// Package prometheus gathers a run's evidence from Prometheus, or from whatever answers like it.
//
// It asks for raw samples (an instant query of a range selector) and leaves all arithmetic to the ledgers of package analysis:
// rate() and increase() drop the first sample of a series, and with it the first errors of a new pod. The requests of many runs
// share their queries; the answers are cut up by namespace and pod name. Between calls a [Source] keeps what it has counted and
// asks for what is new alone; a new Source asks for all since the run's start and comes to the same counts. Nothing else is
// remembered: which metric is used follows from the samples, each time anew.
//
//	subjects ── runs (ledgers) ── asks, one per family and run ── batches ── queries ── samples, cut per run ── ledgers ── Evidence
//
// It never decides anything: what could not be asked is a Problem in the evidence, and package analysis says what follows. It logs
// nothing and starts no goroutine. Errors of one subject stay with that subject.
package prometheus
