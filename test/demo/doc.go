// Command demo shows what Sluice is for, on real parts: a Kubernetes control plane, Prometheus and real HTTP requests all the while.
// A healthy version is promoted, one with errors and a slow one are aborted.
//
//	stage.go    the parts: control plane, data plane, controller, application, load
//	story.go    the three runs, as data
//	act.go      one run, from the push to its end
//	check.go    whether it ended as it should
//	present.go  what is shown, while it goes on, by package view on package terminal
//	report.go   the summary as JSON
//	keep.go     what to try afterwards
//
// What is compared is what the API server and the load say, by package observe. What Sluice itself says, in its condition, record and
// metrics, is shown, and must agree.
package main
