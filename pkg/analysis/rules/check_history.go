package rules

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

var ages = regexp.MustCompile(`(^|_)(start_time|uptime)(_|$)|^kube_pod_(created|start_time)$`)

// checkAge refuses what depends on how old a pod is: the canary's are new. Counting the changes of a start counts restarts, which is fine.
func checkAge(expr parser.Expr) *refusal {
	switch n := expr.(type) {
	case *parser.VectorSelector:
		if ages.MatchString(metricOf(n)) {
			return &refusal{
				why:  metricOf(n) + " says how old a pod is, and a canary's pods are always new: the rule would be true, or quiet, for that alone",
				mend: "to notice restarts, changes(" + metricOf(n) + "[10m]) > 1; or " + mendGlobal,
			}
		}
	case *parser.Call:
		if n.Func.Name == "changes" || n.Func.Name == "resets" {
			return nil
		}
	}
	for child := range parser.ChildrenIter(expr) {
		if e, ok := child.(parser.Expr); ok {
			if no := checkAge(e); no != nil {
				return no
			}
		}
	}
	return nil
}

// checkPast refuses to compare a metric with its own past: a canary that has been bad since it began doesn't stand out from it.
func checkPast(n *parser.BinaryExpr) *refusal {
	if n.Op != parser.SUB && n.Op != parser.DIV && !n.Op.IsComparisonOperator() {
		return nil
	}
	left, right := spans(n.LHS), spans(n.RHS)
	for _, metric := range slices.Sorted(maps.Keys(left)) {
		l, r := left[metric], right[metric]
		if r == nil || *l == *r {
			continue
		}
		return &refusal{
			why: fmt.Sprintf("it compares %s over %s with the same over %s: a canary that was bad from the start has no better past to stand out from",
				metric, model.Duration(min(l.longest, r.longest)), model.Duration(max(l.longest, r.longest))),
			mend: "a fixed limit (the canary is compared with stable anyway); or " + mendGlobal,
		}
	}
	return nil
}

// span is how far back an expression looks at a metric.
type span struct{ shortest, longest time.Duration }

func spans(expr parser.Expr) map[string]*span {
	all := map[string]*span{}
	addSpans(expr, 0, all)
	return all
}

func addSpans(node parser.Node, back time.Duration, all map[string]*span) {
	switch n := node.(type) {
	case *parser.MatrixSelector:
		back += n.Range
	case *parser.SubqueryExpr:
		back += n.Range
	case *parser.VectorSelector:
		s := all[metricOf(n)]
		if s == nil {
			s = &span{shortest: back, longest: back}
			all[metricOf(n)] = s
		}
		s.shortest, s.longest = min(s.shortest, back), max(s.longest, back)
	}
	for child := range parser.ChildrenIter(node) {
		addSpans(child, back, all)
	}
}
