package prometheus

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// identity is what the counts of a run depend on. The present step, its weight and its limits are not among it.
type identity struct {
	namespace, deployment, run string
	// canary is empty before it gets traffic: its pods, if there are any, are not asked for.
	canary, stable string

	since int64
}

func identify(s *analysis.Subject) identity {
	id := identity{
		namespace: s.Namespace, deployment: s.Deployment, run: s.Run, canary: s.Canary, stable: s.Stable, since: s.Since.UnixMilli(),
	}
	if s.Weight == 0 {
		id.canary = ""
	}
	return id
}

// check says what about a subject can't be asked.
func check(s *analysis.Subject) *analysis.Problem {
	names := []string{s.Namespace, s.Stable}
	if s.Weight != 0 {
		names = append(names, s.Canary)
		if s.Gates.Reach != nil {
			names = append(names, s.Gates.Reach.Canary, s.Gates.Reach.Stable)
		}
	}
	for _, name := range names {
		if err := checkName(name); err != nil {
			return &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: err.Error()}
		}
	}
	switch {
	case podPrefix(s.Canary) == podPrefix(s.Stable):
		return &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: fmt.Sprintf(
			"the pods of ReplicaSets %s and %s can't be told apart by their names", s.Canary, s.Stable)}
	case s.Since.IsZero():
		return &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: "the run has no start"}
	}
	return nil
}

// run is what a Source keeps of one run.
type run struct {
	identity

	// books are what it has counted, by the family's key.
	books map[string]*book
	// watches are its rules, by the rule's key, and controls what these read, by the control's.
	watches  map[string]*watch
	controls map[string]*control
}

func newRun(id identity) *run {
	return &run{identity: id, books: map[string]*book{}, watches: map[string]*watch{}, controls: map[string]*control{}}
}

// prefix is how the names of a side's pods begin; empty if they are not asked for.
func (id *identity) prefix(side analysis.Side) string {
	name := id.canary
	if side == analysis.Stable {
		name = id.stable
	}
	if name == "" {
		return ""
	}
	return podPrefix(name)
}

// sides are those that are asked for.
func (id *identity) sides() []analysis.Side {
	if id.canary == "" {
		return []analysis.Side{analysis.Stable}
	}
	return []analysis.Side{analysis.Canary, analysis.Stable}
}

// state is how the last attempt to get an answer went.
type state struct {
	// problem is why there was none.
	problem *analysis.Problem
	notes   []string
	// slow is how many queries that asked for this have taken too long, since the last answer. It is then asked for alone, and the
	// slowest last, so that it can't keep others from their answer.
	slow int
}

// begin is the start of a collection.
func (s *state) begin() { s.problem, s.notes = nil, nil }

// few is how many notes are kept.
const few = 5

// note keeps what Prometheus remarked, once.
func (s *state) note(notes []string) {
	for _, n := range notes {
		if len(s.notes) < few && !slices.Contains(s.notes, n) {
			s.notes = append(s.notes, n)
		}
	}
}

// slowest is how often in a row that of the run which has taken too long most often has done so.
func (r *run) slowest() int {
	slow := 0
	for _, b := range r.books {
		slow = max(slow, b.slow)
	}
	for _, w := range r.watches {
		slow = max(slow, w.slow)
	}
	for _, c := range r.controls {
		slow = max(slow, c.slow)
	}
	return slow
}

// start is when the run's evidence begins.
func (id *identity) start() time.Time { return time.UnixMilli(id.since).UTC() }
