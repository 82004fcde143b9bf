// Package docs has the tests of what is written for people: every YAML of the documents and examples is applied to a real API server,
// every command is run against a real control plane with Sluice on it, every link leads somewhere.
//
// It owns the reading of Markdown (pages and their fenced blocks), the rules by which a block is recognised, and the worlds in which
// commands are run. Nothing is passed over in silence: a block, a kind or a program that no rule knows fails the test, and what can't be
// run here is in one list (elsewhere_test.go) with the reason, and with what checks it instead.
//
// A page is told in one world: an application called shop in a namespace of its own, which commands call prod. The blocks run in order, so
// that a page may tell a story; a comment before a block changes the world first:
//
//	<!-- stage: waiting -->
//
// The stages are in stages_test.go. The package must not know how Sluice works: it is a reader who does what the pages say.
package docs
