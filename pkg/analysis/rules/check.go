package rules

import (
	"github.com/prometheus/prometheus/promql/parser"
)

// check looks for what would make a rule lie about a version. The order is that of the reasons: the first one is told.
func check(expr parser.Expr, scope Scope) *refusal {
	for _, vs := range selectors(expr) {
		for _, look := range []func(*parser.VectorSelector, Scope) *refusal{
			checkPlaceholder, checkAlerts, checkName, checkTime, checkScope, checkForeign, checkReporter,
		} {
			if no := look(vs, scope); no != nil {
				return no
			}
		}
	}
	no := checkAge(expr)
	parser.Inspect(expr, func(node parser.Node, _ []parser.Node) error {
		if no != nil {
			return nil
		}
		switch n := node.(type) {
		case *parser.Call:
			no = first(n, checkAbsence, checkExperiment, checkRelabel, checkScalar, checkQuantile, checkBuckets)
		case *parser.AggregateExpr:
			no = first(n, checkAggregation, checkSpread, checkParameter)
		case *parser.SubqueryExpr:
			no = checkSubquery(n)
		case *parser.BinaryExpr:
			no = first(n, checkFill, checkDefault, checkUnless, checkLimit, checkPast, checkPeers, checkTooFew)
		}
		return nil
	})
	return no
}

// first is the first reason that one of the checks has.
func first[N any](node N, checks ...func(N) *refusal) *refusal {
	for _, look := range checks {
		if no := look(node); no != nil {
			return no
		}
	}
	return nil
}

// checkConstant refuses what is the same whatever the pods do.
func checkConstant(expr parser.Expr) *refusal {
	if hasSelector(expr) {
		return nil
	}
	return &refusal{why: "the expression reads no metric: it is the same whatever the canary does", mend: "a rule about a metric of the application; or " + mendGlobal}
}
