// Package differential compares what Sluice makes of samples with what is true of them, by way of a real Prometheus.
//
// Histories are made up, written straight into Prometheus's store and asked for as a controller would ask: so an hour of scrapes is
// there at once and nothing waits. What is compared:
//
//	counts   against the traffic that the counters were made from: restarts, resets, pods that vanish, missed scrapes, new and rotated series
//	lifted   against what Prometheus computes over the whole window
//	firing   against the state of the same alert in a Prometheus (promtool test rules) that holds one version's pods alone
//	queries  how many it takes, for 1, 10 and 200 runs
//
// Every history is drawn from a seed that its test prints.
package differential
