package rules

import (
	"slices"

	"github.com/prometheus/prometheus/promql/parser"
)

// checkPeers refuses to compare pods with each other, as max(x) - min(x) and x / on () group_left avg(x) do: a version has its own
// peers alone, and one new pod has none.
func checkPeers(n *parser.BinaryExpr) *refusal {
	if n.Op != parser.SUB && n.Op != parser.DIV && !n.Op.IsComparisonOperator() {
		return nil
	}
	left, right := outermost(n.LHS), outermost(n.RHS)
	if left.perPod == right.perPod && (left.perPod || left == right || left.adds() && right.adds()) {
		return nil
	}
	read := map[string]bool{}
	for _, vs := range selectors(n.LHS) {
		read[vs.String()] = true
	}
	if !slices.ContainsFunc(selectors(n.RHS), func(vs *parser.VectorSelector) bool { return read[vs.String()] }) {
		return nil
	}
	return &refusal{
		why:  "\"" + n.String() + "\" compares pods with each other: a version is only compared with itself, and one new pod has nothing to differ from",
		mend: "a rule about the values themselves (the canary is compared with stable anyway); or " + mendGlobal,
	}
}

// aggregation is what an operand does with the pods' series last.
type aggregation struct {
	op parser.ItemType
	// q is the quantile's, if it is one.
	q      string
	perPod bool
}

// adds says whether an aggregation grows with the number of pods: the sum by the count is the average, which is fine.
func (a aggregation) adds() bool { return a.op == parser.SUM || a.op == parser.COUNT }

func outermost(expr parser.Expr) aggregation {
	switch n := bare(expr).(type) {
	case *parser.AggregateExpr:
		a := aggregation{op: n.Op, perPod: keepsPods(n)}
		if n.Op == parser.QUANTILE {
			a.q = n.Param.String()
		}
		return a
	case *parser.UnaryExpr:
		return outermost(n.Expr)
	case *parser.BinaryExpr:
		if !hasSelector(n.LHS) {
			return outermost(n.RHS)
		}
		return outermost(n.LHS)
	case *parser.Call:
		for _, arg := range n.Args {
			if arg.Type() == parser.ValueTypeVector && hasSelector(arg) {
				return outermost(arg)
			}
		}
	}
	return aggregation{perPod: true}
}

// keepsPods says whether an aggregation keeps the pods' series apart: by pod or by instance it does, and without only one of the two.
func keepsPods(n *parser.AggregateExpr) bool {
	pod, instance := slices.Contains(n.Grouping, labelPod), slices.Contains(n.Grouping, "instance")
	switch {
	case n.Op == parser.TOPK || n.Op == parser.BOTTOMK:
		return true
	case n.Without:
		return !pod || !instance
	default:
		return pod || instance
	}
}
