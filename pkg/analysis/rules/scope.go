package rules

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// inject puts the scope into each selector, and changes the tree in doing so. It returns the query and the selectors that it reads.
func inject(expr parser.Expr, scope Scope) (query string, controls []analysis.Control, no *refusal) {
	all := selectors(expr)
	for _, vs := range all {
		controls = append(controls, control(vs))
		if no := scope.put(vs); no != nil {
			return "", nil, no
		}
	}
	query = expr.String()
	if expr.Type() == parser.ValueTypeScalar {
		query = "vector(" + query + ")" // an alert rule may be a scalar, a subquery may not
	}
	// What is sent must be what was meant, whatever the printer makes of it. It may be longer than what a user may write.
	again, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	if err != nil || again.String() != query || len(selectors(again)) != len(all) {
		return "", nil, &refusal{why: "the expression can't be written with the scope in it", mend: "a simpler expression; or " + mendGlobal}
	}
	slices.SortFunc(controls, func(a, b analysis.Control) int { return strings.Compare(a.Selector.String(), b.Selector.String()) })
	controls = slices.CompactFunc(controls, func(a, b analysis.Control) bool { return a.Selector.String() == b.Selector.String() })
	return query, controls, nil
}

// control is what a selector reads, apart from whose pods.
func control(vs *parser.VectorSelector) analysis.Control {
	s := spec.Selector{Metric: metricOf(vs)}
	for _, m := range vs.LabelMatchers {
		if m.Name != model.MetricNameLabel && !isScopeLabel(m.Name) {
			s.Matchers = append(s.Matchers, matcherOf(m))
		}
	}
	slices.SortFunc(s.Matchers, func(a, b spec.Matcher) int { return strings.Compare(a.String(), b.String()) })
	return analysis.Control{Selector: s}
}

// put puts the scope into one selector. A user's matcher that says more than the scope stays.
func (s Scope) put(vs *parser.VectorSelector) *refusal {
	vs.LabelMatchers = slices.DeleteFunc(vs.LabelMatchers, func(m *labels.Matcher) bool { return isScopeLabel(m.Name) && s.implied(m) })
	for _, scope := range []struct {
		op           labels.MatchType
		label, value string
	}{{labels.MatchEqual, labelNamespace, s.Namespace}, {labels.MatchRegexp, labelPod, analysis.ScopePods}} {
		m, err := labels.NewMatcher(scope.op, scope.label, scope.value)
		if err != nil {
			return &refusal{why: fmt.Sprintf("the scope can't be written: %v", err), mend: mendGlobal}
		}
		vs.LabelMatchers = append(vs.LabelMatchers, m)
	}
	return nil
}

// notesOn are what a person should know of a scoped rule though it is a gate.
func notesOn(expr parser.Expr) []string {
	var notes []string
	if !filters(expr) {
		notes = append(notes, "without a comparison it fires on any sample, whatever its value")
	}
	amount := false
	longestRange := time.Duration(0)
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		switch n := node.(type) {
		case *parser.BinaryExpr:
			amount = amount || limitsAmount(n)
		case *parser.MatrixSelector:
			longestRange = max(longestRange, n.Range)
		case *parser.SubqueryExpr:
			longestRange = max(longestRange, n.Range)
		}
		return nil
	})
	if amount {
		notes = append(notes, "its limit is an amount, which counts for each version by itself: a canary with little traffic reaches it later")
	}
	if longestRange > 10*time.Minute {
		notes = append(notes, fmt.Sprintf("it looks back %s, so it takes long to show what is new", model.Duration(longestRange)))
	}
	return notes
}

// limitsAmount says whether a comparison is of an amount with a number. With 0 a part of it compares as the whole does.
func limitsAmount(n *parser.BinaryExpr) bool {
	if !n.Op.IsComparisonOperator() || hasSelector(n.LHS) == hasSelector(n.RHS) {
		return false
	}
	amount, limit := n.LHS, n.RHS
	if !hasSelector(amount) {
		amount, limit = limit, amount
	}
	at, ok := number(limit)
	return quantityOf(amount).any() && !(ok && at == 0)
}

// filters says whether an expression leaves out samples by their value.
func filters(expr parser.Expr) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if n, ok := node.(*parser.BinaryExpr); ok {
			found = found || (n.Op.IsComparisonOperator() && !n.ReturnBool) || n.Op == parser.LAND || n.Op == parser.LUNLESS
		}
		return nil
	})
	return found
}
