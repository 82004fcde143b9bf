package rules

import (
	"fmt"
	"slices"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"
)

// checkAbsence refuses what asks whether there is a series instead of what it says.
func checkAbsence(n *parser.Call) *refusal {
	switch n.Func.Name {
	case "absent", "absent_over_time":
		return &refusal{
			why:  n.Func.Name + "() is about series that are not there: those of new pods aren't, at first, and those of one version never were for the other",
			mend: "nothing is needed: metrics that stable has and the canary lacks hold a run anyway; or " + mendGlobal,
		}
	case "present_over_time":
		return &refusal{
			why:  "present_over_time() is about whether a series is there, not about what it says: it is 1 for every pod that ever reported",
			mend: "a rule about the series' values; or " + mendGlobal,
		}
	case "info":
		return &refusal{why: "info() reads series that are named nowhere in the expression, so they can't be scoped", mend: "a join with the info metric by its name; or " + mendGlobal}
	default:
		return nil
	}
}

func checkExperiment(n *parser.Call) *refusal {
	if !n.Func.Experimental {
		return nil
	}
	return refuseExperiment(n.Func.Name + "()")
}

func refuseExperiment(what string) *refusal {
	return &refusal{why: what + " is experimental in PromQL and may mean something else in the next version", mend: "an expression without it; or " + mendGlobal}
}

// checkRelabel refuses to have the pods' names made up.
func checkRelabel(n *parser.Call) *refusal {
	if (n.Func.Name != "label_replace" && n.Func.Name != "label_join") || !isScopeLabel(literal(n.Args[1])) {
		return nil
	}
	return &refusal{
		why:  fmt.Sprintf("%s() writes the label %s: the pods that it is about are named by another label", n.Func.Name, literal(n.Args[1])),
		mend: "a metric that has the pod's own namespace and pod labels; or " + mendGlobal,
	}
}

// checkScalar refuses a scalar() of something that need not be one series: of several it is NaN, and no comparison with NaN is true.
func checkScalar(n *parser.Call) *refusal {
	if n.Func.Name != "scalar" || !hasSelector(n) || single(n.Args[0]) {
		return nil
	}
	return &refusal{
		why:  n.String() + " is NaN as soon as there are several pods, or none: no comparison with it is true, and the rule is quiet",
		mend: "aggregate inside scalar(), as in scalar(sum(…))",
	}
}

// checkQuantile refuses quantiles outside 0 to 1, which are infinite whatever the data.
func checkQuantile(n *parser.Call) *refusal {
	at, ok := map[string]int{"histogram_quantile": 0, "quantile_over_time": 0}[n.Func.Name]
	if !ok {
		return nil
	}
	return refuseQuantile(n.Func.Name+"()", n.Args[at])
}

func refuseQuantile(what string, q parser.Expr) *refusal {
	if value, ok := number(q); ok && !(value >= 0 && value <= 1) {
		return &refusal{why: fmt.Sprintf("%s of %v is infinite, whatever the data", what, value), mend: "a quantile between 0 and 1, 0.95 for p95"}
	}
	return nil
}

// checkBuckets refuses the quantile of a classic histogram whose buckets were added up: it has no value, so the rule can never fire.
func checkBuckets(n *parser.Call) *refusal {
	if n.Func.Name != "histogram_quantile" {
		return nil
	}
	agg, ok := bare(n.Args[1]).(*parser.AggregateExpr)
	if !ok || slices.Contains(agg.Grouping, labels.BucketLabel) != agg.Without || agg.Op == parser.TOPK || agg.Op == parser.BOTTOMK {
		return nil
	}
	if all := selectors(agg); len(all) == 0 || !strings.HasSuffix(metricOf(all[0]), "_bucket") {
		return nil // a native histogram needs no le
	}
	return &refusal{why: "the aggregation inside histogram_quantile() drops the label le: it has no value, and the rule never fires", mend: "add le to its by clause"}
}

func checkAggregation(n *parser.AggregateExpr) *refusal {
	if n.Op.IsExperimentalAggregator() {
		return refuseExperiment(n.Op.String() + "()")
	}
	if n.Op == parser.COUNT_VALUES && isScopeLabel(literal(n.Param)) {
		return &refusal{why: "count_values() writes the label " + literal(n.Param) + ", by which the versions are told apart", mend: "another label"}
	}
	return nil
}

// checkSpread refuses comparisons of pods with each other: one new pod by itself does not differ from itself.
func checkSpread(n *parser.AggregateExpr) *refusal {
	if n.Op != parser.STDDEV && n.Op != parser.STDVAR {
		return nil
	}
	return &refusal{
		why:  n.Op.String() + "() is about how series differ from each other: it is 0 for a version of one pod, however ill",
		mend: "a rule about the values themselves (the canary is compared with stable anyway); or " + mendGlobal,
	}
}

func checkParameter(n *parser.AggregateExpr) *refusal {
	if n.Op != parser.QUANTILE {
		return nil
	}
	return refuseQuantile("quantile()", n.Param)
}
