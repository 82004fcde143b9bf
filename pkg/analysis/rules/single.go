package rules

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// single says whether an expression has at most one series. A scalar is none that could be several.
func single(expr parser.Expr) bool {
	switch expr.Type() {
	case parser.ValueTypeVector:
	case parser.ValueTypeScalar, parser.ValueTypeString:
		return true
	default:
		return false
	}
	switch n := bare(expr).(type) {
	case *parser.AggregateExpr:
		return !n.Without && len(n.Grouping) == 0 && addsOne(n.Op)
	case *parser.BinaryExpr:
		if n.Op == parser.LAND || n.Op == parser.LUNLESS {
			return single(n.LHS)
		}
		return single(n.LHS) && single(n.RHS)
	case *parser.UnaryExpr:
		return single(n.Expr)
	case *parser.Call:
		return !slices.ContainsFunc(n.Args, func(arg parser.Expr) bool { return !single(arg) })
	default:
		return false
	}
}

// addsOne says whether an aggregation gives one series for each group.
func addsOne(op parser.ItemType) bool {
	switch op {
	case parser.TOPK, parser.BOTTOMK, parser.COUNT_VALUES, parser.LIMITK, parser.LIMIT_RATIO:
		return false
	default:
		return true
	}
}
