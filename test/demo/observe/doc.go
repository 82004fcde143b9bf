// Package observe sees a roll-out from outside: the objects of the API server by watching them, what the controller shows on its
// /metrics, and what Prometheus has counted of the canary.
//
// It writes nothing, and knows of Sluice only what any user does: its condition, its record, its metrics.
package observe
