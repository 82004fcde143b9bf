// Package lint says of manifests, before they reach a cluster, what Sluice would make of them: which annotations are wrong, and for each
// alert rule whether it is lifted, scoped or refused, and why.
//
//	files ── Read ──> inputs ── Lint ──> Report ──┬── WriteText
//	                                              └── WriteJSON
//
// It reads files and nothing else: what only a cluster or Prometheus knows (a Service that is not among the files, a rule that Prometheus
// has loaded, whether a metric is there) it can't say, and says so. What a manifest means is decided where the controller decides it, in
// pkg/spec and pkg/analysis/rules; lint must have no opinion of its own.
package lint
