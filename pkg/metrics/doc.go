// Package metrics is all that Sluice says in numbers: the catalogue of its metrics, from which docs/metrics.md is made, and what turns
// rollouts into series.
//
// It owns names, help texts and labels. It decides nothing, keeps nothing but the newest state of each Deployment, and lets go of a
// Deployment as soon as it is not managed any more: no series outlives what it is about. The metrics of Prometheus queries are kept where the
// queries are made (pkg/analysis/prometheus); the catalogue lists them too, and a test compares.
package metrics
