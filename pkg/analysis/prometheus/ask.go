package prometheus

import (
	"cmp"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// kind is what is asked.
type kind string

const (
	// kindSamples are samples, kindBounds the bounds that the buckets of a histogram have: both of a stretch of time.
	kindSamples kind = "samples"
	kindBounds  kind = "bounds"
	// kindControl is what there is of a metric, kindRule which expressions are true: both at the end of the evidence.
	kindControl kind = "control"
	kindRule    kind = "rule"
)

// kinds are all.
var kinds = [...]kind{kindSamples, kindBounds, kindControl, kindRule}

// ask is one want of a run.
type ask struct {
	run   *run
	state *state
	// from is up to when the answer is there already.
	from time.Time
	// shared is what the asks of one query have in common.
	shared string
	// family is what samples and bounds are asked of, buckets the wanted ones of a histogram as their bounds are written.
	family  *family
	buckets []string
	// control is that of a kindControl.
	control *control
	// expr and span are a rule's: the expression, and how far back it is evaluated.
	expr string
	span time.Duration
	// take uses an answer that holds all up to a time.
	take func(until time.Time, found []found)
}

// reach is set if the ask is about Services instead of pods.
func (a *ask) reach() *analysis.Reach {
	if a.family == nil {
		return nil
	}
	return a.family.reach
}

// size is about by how many bytes the ask makes a query longer.
func (a *ask) size() int {
	if a.expr != "" {
		return len(a.expr) + len(labelRule) + 40
	}
	n := len(a.run.namespace) + len(a.run.canary) + len(a.run.stable) + 8
	for _, le := range a.buckets {
		n += len(le) + 2
	}
	return n
}

// compare is the order of asks, for those that can share a query to be neighbours: what took too long comes last.
func compare(a, b *ask) int {
	return cmp.Or(cmp.Compare(a.state.slow, b.state.slow), cmp.Compare(a.shared, b.shared), a.from.Compare(b.from),
		cmp.Compare(a.expr, b.expr), compareRuns(a.run, b.run))
}

func compareRuns(a, b *run) int {
	return cmp.Or(cmp.Compare(a.namespace, b.namespace), cmp.Compare(a.deployment, b.deployment), cmp.Compare(a.run, b.run),
		cmp.Compare(a.canary, b.canary), cmp.Compare(a.stable, b.stable), cmp.Compare(a.since, b.since))
}
