// Package history finds a Deployment's past roll-outs, and their evidence, in what Prometheus has stored, and has them replayed by
// package backtest.
//
// Roll-outs show in the names of the pods that had samples of the request counter: <deployment>-<pod-template-hash>-xxxxx. A coarse
// scan (five-minute stretches, in queries of a day or less) tells which ReplicaSets there were; the start and end of each are
// then looked up to one scrape. The evidence of each roll-out is gathered as for a run that goes on now, by package
// analysis/prometheus.
//
// Queries are sent one after the other. Their number and time are bounded, a query that is refused or takes too long is halved, and
// what can't be had is said in the report. The package decides nothing about roll-outs; that is package backtest's matter.
package history
