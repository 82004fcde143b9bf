// Package rules turns alert rules that a team already has into gates.
//
// It reads rule files and PrometheusRule objects into a [Set], and compiles a rule of it for one
// Deployment:
//
//	expression ── parse ── inline recording rules ── refuse what would lie ──┬── lift ──> a test of requests
//	                                                                         └── scope ─> a query per version
//
// A rule is lifted when it claims a share of requests (an error share, a quantile of a histogram) and nothing else: then the same
// requests are judged by a test that may be looked at as often as one likes. Any other rule is scoped: matchers for one version's pods
// stand in each of its selectors and Prometheus evaluates it. A rule that would be quiet, or fire, for another reason than the one it
// was written for, once it is asked of a few new pods alone, is refused, with the reason and the mend.
//
// In doubt it scopes rather than lifts, and refuses rather than scopes: a refused rule is a sentence that somebody reads, a rule that
// can't see the canary is a promotion that nobody questions.
//
// The package is pure: it asks nobody, reads no clock, keeps nothing between calls and does not panic on rules, however odd. It does not
// know whether the series are there: that is the positive control's matter, for which a scoped rule lists its selectors.
package rules
