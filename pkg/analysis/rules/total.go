package rules

import (
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// total is what a counter counted: sum by (…) (rate(A{…}[5m])).
type total struct {
	// function is rate, irate or increase, window its range.
	function string
	window   time.Duration
	metric   string
	// matchers are sorted, each once, without those for namespace and pod.
	matchers []spec.Matcher
	// summed says that there is an aggregation at all; without one, kept is without ().
	summed bool
	kept   grouping
}

// grouping are the labels that an aggregation keeps, or with without those that it doesn't; sorted, each once.
type grouping struct {
	without bool
	labels  []string
}

func newGrouping(without bool, names []string) grouping {
	g := grouping{without: without, labels: slices.Clone(names)}
	slices.Sort(g.labels)
	g.labels = slices.Compact(g.labels)
	return g
}

func (g grouping) keeps(label string) bool { return slices.Contains(g.labels, label) != g.without }

func (g grouping) equal(h grouping) bool {
	return g.without == h.without && slices.Equal(g.labels, h.labels)
}

// of is the grouping of a sum of sums: what is kept is what both keep.
func (g grouping) of(inner grouping) grouping {
	kept := func(names []string, other grouping) []string {
		return slices.DeleteFunc(slices.Clone(names), func(l string) bool { return !other.keeps(l) })
	}
	switch {
	case !g.without:
		return newGrouping(false, kept(g.labels, inner))
	case !inner.without:
		return newGrouping(false, kept(inner.labels, g))
	default:
		return newGrouping(true, append(slices.Clone(g.labels), inner.labels...))
	}
}

// totalOf reads a rate of a counter, or sums of it; why says what it is instead.
func totalOf(expr parser.Expr) (t *total, why string) {
	switch n := bare(expr).(type) {
	case *parser.AggregateExpr:
		if n.Op != parser.SUM {
			return nil, n.Op.String() + "() adds no requests up"
		}
		if t, why = totalOf(n.Expr); t == nil {
			return nil, why
		}
		t.kept, t.summed = newGrouping(n.Without, n.Grouping).of(t.kept), true
		return t, ""
	case *parser.Call:
		switch n.Func.Name {
		case "rate", "irate", "increase":
		default:
			return nil, n.Func.Name + "() counts no requests"
		}
		matrix, ok := bare(n.Args[0]).(*parser.MatrixSelector)
		if !ok {
			return nil, n.Func.Name + "() is of a subquery"
		}
		return totalOfRange(n.Func.Name, matrix)
	default:
		return nil, "it is no rate of a counter"
	}
}

func totalOfRange(function string, matrix *parser.MatrixSelector) (t *total, why string) {
	vs, ok := matrix.VectorSelector.(*parser.VectorSelector)
	if !ok || matrix.RangeExpr != nil || vs.Anchored || vs.Smoothed {
		return nil, "its range is of an experimental kind"
	}
	t = &total{function: function, window: matrix.Range, metric: metricOf(vs), kept: newGrouping(true, nil)}
	for _, m := range vs.LabelMatchers {
		if m.Name != model.MetricNameLabel && !isScopeLabel(m.Name) {
			t.matchers = append(t.matchers, matcherOf(m))
		}
	}
	slices.SortFunc(t.matchers, func(a, b spec.Matcher) int { return strings.Compare(a.String(), b.String()) })
	t.matchers = slices.Compact(t.matchers)
	return t, ""
}

func matcherOf(m *labels.Matcher) spec.Matcher {
	return spec.Matcher{Label: m.Name, Op: spec.MatchOp(m.Type.String()), Value: m.Value}
}

// same says whether two totals are one.
func (t *total) same(u *total) bool {
	return t.metric == u.metric && t.function == u.function && t.window == u.window && t.summed == u.summed && t.kept.equal(u.kept) &&
		slices.Equal(t.matchers, u.matchers)
}

// part are the matchers that t has beyond those of all, if it counts a part of what all counts and is asked for in the same way.
func (t *total) part(all *total) (further []spec.Matcher, why string) {
	switch {
	case t.metric != all.metric:
		return nil, t.metric + " and " + all.metric + " are two metrics"
	case t.function != all.function || t.window != all.window:
		return nil, "its two sides are asked for in different ways"
	case !t.summed || !all.summed:
		return nil, "its two sides are not both a sum"
	case !t.kept.equal(all.kept):
		return nil, "its two sides are grouped differently"
	}
	for _, m := range t.matchers {
		if !slices.Contains(all.matchers, m) {
			further = append(further, m)
		}
	}
	if len(further) > 0 && !slices.ContainsFunc(further, func(m spec.Matcher) bool { return !fixed(m.Label) }) {
		return nil, byItself // a Deployment has all of it, or nothing
	}
	if len(further) == 0 || len(t.matchers)-len(further) != len(all.matchers) {
		return nil, "one side is no part of the other"
	}
	for _, m := range further {
		if t.kept.keeps(m.Label) {
			return nil, "its groups are kept apart by " + m.Label + ", which tells good from bad"
		}
	}
	return further, ""
}

// meets says whether two vectors that are both grouped by g are matched group by group.
func (g grouping) meets(vm *parser.VectorMatching) bool {
	if vm == nil || vm.Card != parser.CardOneToOne || vm.FillValues.LHS != nil || vm.FillValues.RHS != nil {
		return false
	}
	switch {
	case vm.On && g.without:
		return false
	case vm.On:
		return !slices.ContainsFunc(g.labels, func(l string) bool { return !slices.Contains(vm.MatchingLabels, l) })
	default:
		return !slices.ContainsFunc(vm.MatchingLabels, g.keeps)
	}
}
