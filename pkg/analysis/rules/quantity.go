package rules

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// quantity says whether a value grows with the number of pods or with the traffic, as a sum over pods and a rate do, and a share and an
// average do not: plus if it grows, minus if it falls. A version's part of it is smaller than the whole.
type quantity struct{ plus, minus bool }

func (q quantity) any() bool { return q.plus || q.minus }

func (q quantity) negated() quantity { return quantity{plus: q.minus, minus: q.plus} }

func (q quantity) or(r quantity) quantity {
	return quantity{plus: q.plus || r.plus, minus: q.minus || r.minus}
}

// tooFew says whether a quantity comes to meet a comparison with a limit by getting smaller.
func (q quantity) tooFew(op parser.ItemType, limit float64) bool {
	var low, high bool // comparisons that small and large values meet
	switch op {
	case parser.LSS, parser.LTE:
		low = true
	case parser.GTR, parser.GTE:
		high = true
	default:
		low, high = true, true
	}
	if q.plus && q.minus {
		// The difference of two amounts goes to 0 with them.
		return low && limit > 0 || high && limit < 0
	}
	return low && q.plus || high && q.minus
}

func quantityOf(expr parser.Expr) quantity {
	switch n := bare(expr).(type) {
	case *parser.AggregateExpr:
		return quantityOfAggregate(n)
	case *parser.Call:
		return quantityOfCall(n)
	case *parser.SubqueryExpr:
		return quantityOf(n.Expr)
	case *parser.UnaryExpr:
		if n.Op == parser.SUB {
			return quantityOf(n.Expr).negated()
		}
		return quantityOf(n.Expr)
	case *parser.BinaryExpr:
		return quantityOfBinary(n)
	default:
		return quantity{}
	}
}

func quantityOfAggregate(n *parser.AggregateExpr) quantity {
	q := quantityOf(n.Expr)
	perPod := keepsPods(n)
	switch n.Op {
	case parser.SUM:
		if perPod || q.any() {
			return q
		}
		return quantity{plus: true}
	case parser.COUNT, parser.COUNT_VALUES:
		return quantity{plus: !perPod}
	case parser.GROUP:
		return quantity{}
	default:
		return q
	}
}

func quantityOfCall(n *parser.Call) quantity {
	switch n.Func.Name {
	case "rate", "irate", "increase", "changes", "resets", "count_over_time", "sum_over_time", "histogram_count", "histogram_sum":
		return quantity{plus: true}
	case "histogram_quantile", "histogram_fraction", "histogram_avg", "histogram_stddev", "histogram_stdvar", "timestamp", "sgn":
		return quantity{}
	}
	var q quantity
	for _, arg := range n.Args {
		if arg.Type() != parser.ValueTypeString && hasSelector(arg) {
			q = q.or(quantityOf(arg))
		}
	}
	return q
}

func quantityOfBinary(n *parser.BinaryExpr) quantity {
	left, right := quantityOf(n.LHS), quantityOf(n.RHS)
	switch n.Op {
	case parser.ADD, parser.LOR:
		return left.or(right)
	case parser.SUB:
		return left.or(right.negated())
	case parser.MUL:
		return left.or(right).signed(n.LHS).signed(n.RHS)
	case parser.DIV:
		if left.any() && right.any() {
			return quantity{} // a share, an average: what both grow with cancels out
		}
		return left.or(right.negated()).signed(n.LHS).signed(n.RHS)
	}
	// Comparisons without bool, and, unless, and what else keeps the left side's size.
	switch {
	case n.ReturnBool:
		return quantity{}
	case !hasSelector(n.LHS):
		return right
	default:
		return left
	}
}

// signed is the quantity times a factor, or divided by it.
func (q quantity) signed(factor parser.Expr) quantity {
	if value, ok := number(factor); ok && value < 0 {
		return q.negated()
	}
	return q
}
