package rules

import (
	"slices"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// push moves a matcher on the result of an expression into its selectors, where that selects the same. why is empty if it could:
// else the label does not come unchanged from the selectors to the result.
func push(expr parser.Expr, m *labels.Matcher) (why string) {
	switch n := expr.(type) {
	case *parser.VectorSelector:
		if !slices.ContainsFunc(n.LabelMatchers, func(have *labels.Matcher) bool { return have.String() == m.String() }) {
			n.LabelMatchers = append(n.LabelMatchers, m)
		}
		return ""
	case *parser.MatrixSelector:
		return push(n.VectorSelector, m)
	case *parser.ParenExpr:
		return push(n.Expr, m)
	case *parser.UnaryExpr:
		return push(n.Expr, m)
	case *parser.SubqueryExpr:
		return push(n.Expr, m)
	case *parser.AggregateExpr:
		return pushAggregate(n, m)
	case *parser.Call:
		return pushCall(n, m)
	case *parser.BinaryExpr:
		return pushBinary(n, m)
	default:
		return "its definition is not made of series"
	}
}

func pushAggregate(n *parser.AggregateExpr, m *labels.Matcher) string {
	made := n.Op == parser.COUNT_VALUES && literal(n.Param) == m.Name
	if slices.Contains(n.Grouping, m.Name) == n.Without || made {
		return m.Name + " is aggregated away in their definition"
	}
	return push(n.Expr, m)
}

func pushCall(n *parser.Call, m *labels.Matcher) string {
	switch n.Func.Name {
	case "label_replace", "label_join":
		if literal(n.Args[1]) == m.Name {
			return m.Name + " is made in their definition"
		}
	case "histogram_quantile":
		if m.Name == labels.BucketLabel {
			return m.Name + " is gone in their definition"
		}
	case "absent", "absent_over_time", "vector", "scalar", "info":
		return n.Func.Name + "() in their definition leaves no labels"
	}
	pushed := false
	for _, arg := range n.Args {
		if t := arg.Type(); t == parser.ValueTypeVector || t == parser.ValueTypeMatrix {
			if why := push(arg, m); why != "" {
				return why
			}
			pushed = true
		}
	}
	if !pushed {
		return n.Func.Name + "() in their definition has no labels"
	}
	return ""
}

func pushBinary(n *parser.BinaryExpr, m *labels.Matcher) string {
	left, right := n.LHS.Type() == parser.ValueTypeVector, n.RHS.Type() == parser.ValueTypeVector
	switch {
	case left && !right:
		return push(n.LHS, m)
	case right && !left:
		return push(n.RHS, m)
	case !left || n.VectorMatching == nil:
		return "their definition is a number"
	}
	vm := n.VectorMatching
	switch {
	case n.Op == parser.LAND || n.Op == parser.LUNLESS:
		return push(n.LHS, m)
	case slices.Contains(vm.Include, m.Name):
		return m.Name + " comes from the other side of a join in their definition"
	case slices.Contains(vm.MatchingLabels, m.Name) == vm.On:
		if why := push(n.LHS, m); why != "" {
			return why
		}
		return push(n.RHS, m)
	}
	// What isn't matched stays with the larger side of a join, and is lost otherwise.
	switch vm.Card {
	case parser.CardManyToOne:
		return push(n.LHS, m)
	case parser.CardOneToMany:
		return push(n.RHS, m)
	case parser.CardOneToOne, parser.CardManyToMany:
	}
	return m.Name + " is left out when two sides are matched in their definition"
}

// literal is the value of a string.
func literal(expr parser.Expr) string {
	if s, ok := bare(expr).(*parser.StringLiteral); ok {
		return s.Val
	}
	return ""
}
