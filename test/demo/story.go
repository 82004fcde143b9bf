package main

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
)

const (
	// namespace and name of the application.
	namespace, name = "demo", "shop"
	replicas        = 10
	// rate of the load, in requests a second: at 10 % it takes some 3 s for the evidence to go on, and two cores hardly notice.
	rate = 200
	// calm before the first and after every run, so that people can follow; the load goes on meanwhile.
	calm = 4 * time.Second
	// limit of one run. Half a minute is usual.
	limit = 3 * time.Minute
)

// Results of a run.
const (
	promoted   = "promoted"
	aborted    = "aborted"
	unfinished = "unfinished"
)

// annotations are what the user writes. The steps are as short as a person can follow.
func annotations() map[string]string {
	return map[string]string{
		spec.AnnotationStrategy:     "canary",
		spec.AnnotationSteps:        "10@8s,50@8s,100@8s",
		spec.AnnotationMaxErrorRate: "5%",
		spec.AnnotationMaxLatency:   "p95<500ms",
	}
}

// run is one act of the story: a version is pushed, and what must come of it.
type run struct {
	name     string
	from, to string
	// what the new version is like, and the environment that makes it so.
	what string
	env  map[string]string
	// result that it must have, and weights that it must get.
	result  string
	weights []int
	// gate that must abort it; empty for a run that is promoted.
	gate string
	// expected is the same in words.
	expected string
}

func story() []run {
	return []run{
		{
			name: "v1 → v2 healthy", from: "v1", to: "v2", what: "healthy", env: healthy(),
			result: promoted, weights: []int{10, 50, 100}, expected: "promoted, 10 → 50 → 100 %",
		},
		{
			name: "v2 → v3 errors", from: "v2", to: "v3", what: "fails 20 % of its requests",
			env:    map[string]string{"LATENCY": "5ms", "ERROR_RATE": "0.2"},
			result: aborted, weights: []int{10}, gate: "error-rate", expected: "aborted at 10 %",
		},
		{
			name: "v2 → v4 slow", from: "v2", to: "v4", what: "takes 800 ms, allowed is p95 < 500 ms",
			env:    map[string]string{"LATENCY": "800ms"},
			result: aborted, weights: []int{10}, gate: "latency", expected: "aborted at 10 %",
		},
	}
}

// healthy is the environment of a version that works.
func healthy() map[string]string { return map[string]string{"LATENCY": "5ms"} }
