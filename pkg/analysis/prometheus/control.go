package prometheus

import (
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// matter is what a control asks for: one metric of both versions' pods, without the matchers that a person wrote.
type matter struct {
	// key is what messages call it.
	key, metric string
	// matchers are those of a selector without a metric's name, which has nothing else to be asked by.
	matchers []spec.Matcher
	// labels are those that matchers are about.
	labels []string
}

// matterOf is what a selector is about.
func matterOf(s spec.Selector) matter {
	if s.Metric == "" {
		return matter{key: s.String(), matchers: s.Matchers}
	}
	m := matter{key: s.Metric, metric: s.Metric}
	for i := range s.Matchers {
		if label := s.Matchers[i].Label; label != labelNamespace && label != labelPod {
			m.labels = insert(m.labels, label)
		}
	}
	return m
}

// control is what there is of a metric at the end of the evidence. It is asked for anew each time: that a metric was there once says
// nothing.
type control struct {
	state

	of               matter
	wanted, answered bool
	rows             []found
}

// want notes that a selector's control is wanted in this round.
func (r *run) want(s spec.Selector) *control {
	of := matterOf(s)
	c := r.controls[of.key]
	if c == nil {
		c = &control{}
		r.controls[of.key] = c
	}
	if !c.wanted {
		c.begin()
		c.of, c.wanted, c.answered, c.rows = of, true, false, nil
	}
	for _, label := range of.labels {
		c.of.labels = insert(c.of.labels, label)
	}
	return c
}

// controlAsks are the questions for all controls that are wanted.
func (r *run) controlAsks() []*ask {
	var asks []*ask
	for _, key := range slices.Sorted(maps.Keys(r.controls)) {
		c := r.controls[key]
		if !c.wanted {
			continue
		}
		asks = append(asks, &ask{run: r, state: &c.state, shared: key, control: c, take: func(_ time.Time, answer []found) {
			c.answered, c.rows = true, answer
		}})
	}
	return asks
}

// trouble is why the control says nothing.
func (c *control) trouble() *analysis.Problem {
	switch {
	case c.problem != nil:
		return c.problem
	case !c.answered:
		return unanswered(c.of.key)
	}
	return nil
}

// unanswered is the problem of what there was no query left for.
func unanswered(what string) *analysis.Problem {
	return &analysis.Problem{Reason: analysis.ReasonStale, Detail: what + " has not been asked for yet: there is too much else to ask for"}
}

// has says whether a side has the metric.
func (c *control) has(side analysis.Side) bool {
	return slices.ContainsFunc(c.rows, func(f found) bool { return f.side == side })
}

// mistake is what is wrong with matchers, as far as the series of the metric show it.
func (c *control) mistake(matchers []spec.Matcher) *analysis.Problem {
	if p := c.trouble(); p != nil {
		return p
	}
	all, err := witnesses(matchers)
	if err != nil {
		return &analysis.Problem{Reason: analysis.ReasonInvalid, Detail: err.Error()}
	}
	all = slices.DeleteFunc(all, func(w *witness) bool { return !slices.Contains(c.of.labels, w.matcher.Label) })
	for i := range c.rows {
		for _, w := range all {
			w.look(c.rows[i].side, c.rows[i].label(w.matcher.Label))
		}
	}
	return firstProblem(all, c.of.key)
}

// uncontrolled is why a rule is not heard: not even stable has what it reads.
func (r *run) uncontrolled(metric string) *analysis.Problem {
	return &analysis.Problem{Reason: analysis.ReasonPositiveControl, Detail: fmt.Sprintf(
		"%s has no series of stable's pods (%s-…), so the rule can't be trusted about the canary's", metric, r.stable)}
}
