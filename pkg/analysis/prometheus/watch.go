package prometheus

import (
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// watch is a rule that Prometheus evaluates, for one run. It remembers nothing of it from one collection to the next: for how long an
// expression has been true follows from Prometheus's history alone.
type watch struct {
	state

	rule     *analysis.ScopedRule
	wanted   bool
	answered [2]bool
	sides    [2]analysis.FiringState
}

// watchKey is the same for rules that are the same question.
func watchKey(r *analysis.ScopedRule) string {
	parts := []string{r.Query, r.For.String(), strconv.FormatBool(r.Global)}
	for i := range r.Controls {
		parts = append(parts, r.Controls[i].Selector.String())
	}
	return strings.Join(parts, "\x00")
}

// watch is the run's watch of a rule, a new one if there is none. Everything that the rule reads is wanted as well.
func (r *run) watch(rule *analysis.ScopedRule) *watch {
	key := watchKey(rule)
	w := r.watches[key]
	if w == nil {
		w = &watch{}
		r.watches[key] = w
	}
	if !w.wanted {
		w.begin()
		w.rule, w.wanted, w.answered, w.sides = rule, true, [2]bool{}, [2]analysis.FiringState{}
	}
	if !rule.Global {
		for i := range rule.Controls {
			r.want(rule.Controls[i].Selector)
		}
	}
	return w
}

// asks are the questions for a watch: the expression about each side's pods, or as it stands.
func (w *watch) asks(r *run, step time.Duration) []*ask {
	if w.rule.Global {
		return []*ask{w.ask(r, step, w.rule.Query, analysis.Canary, analysis.Stable)}
	}
	var asks []*ask
	for _, side := range r.sides() {
		asks = append(asks, w.ask(r, step, scoped(w.rule.Query, r.prefix(side)), side))
	}
	return asks
}

func (w *watch) ask(r *run, step time.Duration, expr string, about ...analysis.Side) *ask {
	return &ask{run: r, state: &w.state, expr: expr, span: steps(w.rule.For, step), take: func(end time.Time, answer []found) {
		for _, side := range about {
			w.answered[side], w.sides[side] = true, stateOf(answer, end, step, w.rule.For)
		}
	}}
}

// scoped is a rule's expression about the pods whose names begin so.
func scoped(query, prefix string) string {
	pods := strconv.Quote(regexp.QuoteMeta(prefix) + randomForm)
	return strings.ReplaceAll(query, analysis.ScopePods, pods[1:len(pods)-1])
}

// steps is a duration in whole steps, rounded up. What is too long to be meant is cut off, and still too long to be asked for.
func steps(d, step time.Duration) time.Duration {
	d = min(max(d, 0), 365*24*time.Hour)
	if over := d % step; over > 0 {
		d += step - over
	}
	return d
}

// stateOf is how a rule stands, given the values of its expression at the end and at each step before. As for Prometheus, a series
// that is there is true, whatever its value, and the rule fires once one has been there at each evaluation for as long as it says.
func stateOf(answer []found, end time.Time, step, wait time.Duration) analysis.FiringState {
	var longest analysis.FiringState
	for i := range answer {
		s := streak(answer[i].samples, end, step, steps(wait, step))
		if !s.Active {
			continue
		}
		s.Firing, s.Labels = s.Since >= wait, answer[i].describe()
		if !longest.Active || s.Since > longest.Since || (s.Since == longest.Since && s.Labels < longest.Labels) {
			longest = s
		}
	}
	return longest
}

// streak is for how long a series has been there without a break, up to a most.
func streak(samples []model.SamplePair, end time.Time, step, most time.Duration) analysis.FiringState {
	at := make(map[int64]model.SampleValue, len(samples))
	for _, p := range samples {
		at[int64(p.Timestamp)] = p.Value
	}
	value, active := at[end.UnixMilli()]
	if !active {
		return analysis.FiringState{}
	}
	s := analysis.FiringState{Active: true, Value: float64(value)}
	for s.Since < most {
		if _, there := at[end.Add(-s.Since-step).UnixMilli()]; !there {
			break
		}
		s.Since += step
	}
	return s
}

// firing is a watch as evidence.
func (r *run) firing(w *watch, end time.Time) analysis.Firing {
	f := analysis.Firing{At: end, Canary: w.sides[analysis.Canary], Stable: w.sides[analysis.Stable]}
	f.Problem = r.unheard(w)
	if !w.rule.Global {
		f.CanarySeen, f.Unseen = r.reads(w.rule)
	}
	return f
}

// unheard is why a rule says nothing; nil if it does.
func (r *run) unheard(w *watch) *analysis.Problem {
	if w.problem != nil {
		return w.problem
	}
	sides := r.sides()
	if w.rule.Global {
		sides = []analysis.Side{analysis.Canary, analysis.Stable}
	}
	for _, side := range sides {
		if !w.answered[side] {
			return unanswered("the rule")
		}
	}
	if w.rule.Global {
		return nil
	}
	for i := range w.rule.Controls {
		s := w.rule.Controls[i].Selector
		c := r.controls[matterOf(s).key]
		if p := c.mistake(s.Matchers); p != nil {
			return p
		}
		if !c.has(analysis.Stable) {
			return r.uncontrolled(c.of.key)
		}
	}
	return nil
}

// reads says whether the canary's pods have all that a rule reads, or else what is the first that they don't have.
func (r *run) reads(rule *analysis.ScopedRule) (all bool, unseen string) {
	for i := range rule.Controls {
		if c := r.controls[matterOf(rule.Controls[i].Selector).key]; c.trouble() != nil || !c.has(analysis.Canary) {
			return false, c.of.key
		}
	}
	return true, ""
}
