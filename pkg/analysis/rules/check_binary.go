package rules

import (
	"math"

	"github.com/prometheus/prometheus/promql/parser"
)

func checkFill(n *parser.BinaryExpr) *refusal {
	if n.VectorMatching == nil || (n.VectorMatching.FillValues.LHS == nil && n.VectorMatching.FillValues.RHS == nil) {
		return nil
	}
	return &refusal{why: "fill() makes up values for series that are not there", mend: "an expression without it; or " + mendGlobal}
}

// checkDefault refuses a value for the case that there is no data: it looks like an answer.
func checkDefault(n *parser.BinaryExpr) *refusal {
	if n.Op != parser.LOR || (hasSelector(n.LHS) && hasSelector(n.RHS)) {
		return nil
	}
	made := n.RHS
	if !hasSelector(n.LHS) {
		made = n.LHS
	}
	return &refusal{
		why:  "\"or " + made.String() + "\" gives a value where there is no data, and a canary without data would look healthy or ill for no reason",
		mend: "leave the default out, or make it of a metric that is there: or (… * 0); or " + mendGlobal,
	}
}

// checkUnless refuses another absent(): a constant that stands unless there is data.
func checkUnless(n *parser.BinaryExpr) *refusal {
	if n.Op != parser.LUNLESS {
		return nil
	}
	if !hasSelector(n.LHS) {
		return &refusal{
			why:  "\"" + n.LHS.String() + " unless …\" is about series that are not there, as absent() is",
			mend: "nothing is needed: metrics that stable has and the canary lacks hold a run anyway; or " + mendGlobal,
		}
	}
	if !hasSelector(n.RHS) && !tellsTime(n.RHS) {
		return &refusal{why: "\"unless " + n.RHS.String() + "\" is the same whatever the pods do", mend: "leave it out; or " + mendGlobal}
	}
	return nil
}

// tellsTime knows conditions on the hour, the day and so on.
func tellsTime(expr parser.Expr) bool {
	found := false
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if call, ok := node.(*parser.Call); ok {
			switch call.Func.Name {
			case "hour", "minute", "month", "year", "day_of_week", "day_of_month", "day_of_year", "days_in_month", "time":
				found = true
			}
		}
		return nil
	})
	return found
}

// checkLimit refuses limits that no value is beyond.
func checkLimit(n *parser.BinaryExpr) *refusal {
	if !n.Op.IsComparisonOperator() {
		return nil
	}
	for _, side := range []parser.Expr{n.LHS, n.RHS} {
		if limit, ok := number(side); ok && (math.IsNaN(limit) || math.IsInf(limit, 0)) {
			return &refusal{why: "\"" + n.String() + "\" is the same whatever the pods do", mend: "a finite limit"}
		}
	}
	return nil
}

// checkTooFew refuses what asks for at least so much in all: a version has a part of the pods and of the traffic, and the canary's part
// is small on purpose.
func checkTooFew(n *parser.BinaryExpr) *refusal {
	if !n.Op.IsComparisonOperator() || (hasSelector(n.LHS) && hasSelector(n.RHS)) {
		return nil
	}
	amount, limit, op := n.LHS, n.RHS, n.Op
	if !hasSelector(n.LHS) {
		amount, limit, op = n.RHS, n.LHS, mirrored(n.Op)
	}
	at, _ := number(limit)
	if !quantityOf(amount).tooFew(op, at) {
		return nil
	}
	return &refusal{
		why: "\"" + n.String() + "\" asks for a certain amount in all: the canary has few pods and little traffic on purpose, so it would fire by the " +
			"weight, and if the series are gone altogether there is nothing left to compare",
		mend: "compare a share, or an average per pod; or " + mendGlobal,
	}
}

// mirrored is the comparison with its sides exchanged.
func mirrored(op parser.ItemType) parser.ItemType {
	switch op {
	case parser.LSS:
		return parser.GTR
	case parser.LTE:
		return parser.GTE
	case parser.GTR:
		return parser.LSS
	case parser.GTE:
		return parser.LTE
	default:
		return op
	}
}
