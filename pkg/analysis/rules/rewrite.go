package rules

import "github.com/prometheus/prometheus/promql/parser"

// rewrite puts another expression in each vector selector's place, and changes the tree in doing so. A range selector only takes
// another selector.
func rewrite(expr parser.Expr, leaf func(*parser.VectorSelector) (parser.Expr, *refusal)) (parser.Expr, *refusal) {
	switch n := expr.(type) {
	case *parser.VectorSelector:
		return leaf(n)
	case *parser.MatrixSelector:
		return rewriteRange(n, leaf)
	}
	places, known := operands(expr)
	if !known {
		return nil, &refusal{why: "the expression has a part of a kind that is not known here: " + expr.String(), mend: mendGlobal}
	}
	for _, place := range places {
		replaced, no := rewrite(*place, leaf)
		if no != nil {
			return nil, no
		}
		*place = replaced
	}
	return expr, nil
}

// operands are the places of the expressions within one.
func operands(expr parser.Expr) (places []*parser.Expr, known bool) {
	switch n := expr.(type) {
	case *parser.AggregateExpr:
		if n.Param != nil {
			return []*parser.Expr{&n.Expr, &n.Param}, true
		}
		return []*parser.Expr{&n.Expr}, true
	case *parser.BinaryExpr:
		return []*parser.Expr{&n.LHS, &n.RHS}, true
	case *parser.Call:
		for i := range n.Args {
			places = append(places, &n.Args[i])
		}
		return places, true
	case *parser.SubqueryExpr:
		return []*parser.Expr{&n.Expr}, true
	case *parser.ParenExpr:
		return []*parser.Expr{&n.Expr}, true
	case *parser.UnaryExpr:
		return []*parser.Expr{&n.Expr}, true
	case *parser.NumberLiteral, *parser.StringLiteral:
		return nil, true
	default:
		return nil, false
	}
}

func rewriteRange(n *parser.MatrixSelector, leaf func(*parser.VectorSelector) (parser.Expr, *refusal)) (parser.Expr, *refusal) {
	vs, ok := n.VectorSelector.(*parser.VectorSelector)
	if !ok {
		return nil, &refusal{why: "a range of something that is no selector: " + n.String(), mend: mendGlobal}
	}
	replaced, no := leaf(vs)
	if no != nil {
		return nil, no
	}
	if _, still := replaced.(*parser.VectorSelector); !still {
		return nil, &refusal{
			why:  n.String() + " is a range of recorded series: how they came about over that time can't be told from their definition",
			mend: "write the rule with the metrics that the recording rule reads",
		}
	}
	n.VectorSelector = replaced
	return n, nil
}
