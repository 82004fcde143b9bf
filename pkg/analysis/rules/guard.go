package rules

import (
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// unguarded takes off "and sum(rate(A[5m])) > 0", which people write behind a share or quantile of A. It says nothing more: without
// requests a share and a quantile are NaN, and no comparison with that is true. guard is what was above 0; nil without any.
func unguarded(expr parser.Expr) (rest parser.Expr, guard *total) {
	n, ok := bare(expr).(*parser.BinaryExpr)
	if !ok || n.Op != parser.LAND || n.VectorMatching == nil || n.VectorMatching.On || len(n.VectorMatching.MatchingLabels) > 0 {
		return expr, nil
	}
	condition, ok := bare(n.RHS).(*parser.BinaryExpr)
	if !ok || condition.Op != parser.GTR || condition.ReturnBool {
		return expr, nil
	}
	if limit, isNumber := number(condition.RHS); !isNumber || limit != 0 {
		return expr, nil
	}
	if guard, _ = totalOf(condition.LHS); guard == nil || !guard.summed {
		return expr, nil
	}
	return n.LHS, guard
}

// guards says whether a guard is about the very requests that a form is about, group by group.
func (f *form) guards(guard *total) bool {
	switch a := f.atoms[0]; {
	case a.share != nil:
		return guard.same(a.share.all)
	case a.quantile != nil && !a.quantile.buckets.kept.without:
		// The guard counts what the buckets hold, in groups without le.
		counted := *a.quantile.buckets
		counted.kept = newGrouping(true, []string{labels.BucketLabel}).of(counted.kept)
		if strings.HasSuffix(guard.metric, "_count") {
			counted.metric = strings.TrimSuffix(counted.metric, "_bucket") + "_count"
		}
		return guard.same(&counted)
	default:
		return false
	}
}
