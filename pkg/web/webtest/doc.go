// Package webtest tells a watcher of runs as the controller would: one that is promoted, one that is aborted at 10 %, and Deployments in
// other states. The requests are drawn from a source with a fixed seed and judged by pkg/analysis, so that every number is one that a
// controller might have shown, and the same each time.
package webtest
