// Package lint says of manifests, before they reach a cluster, what Sluice would make of them: which annotations are wrong, for each
// alert rule whether it is lifted, scoped or refused, and why, and whether the CronJobs of hooks can be used.
//
//	files ── Read ──> inputs ── Lint ──> Report ──┬── WriteText
//	                                              └── WriteJSON
//
// It reads files and nothing else: what only a cluster, its operator or Prometheus knows (a Service or CronJob that is not among the
// files, a namespace whose routes may be edited, a rule that Prometheus has loaded, whether a metric is there) it can't say, and says so.
// What a manifest means is decided where the controller decides it, in pkg/spec, pkg/analysis/rules and pkg/controller; lint must have no
// opinion of its own.
package lint
