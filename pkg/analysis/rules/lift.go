package rules

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// lift makes a test of requests of a rule that means one; else why says why not. A rule that can't ever fire is refused.
func lift(expr parser.Expr, scope Scope) (l *analysis.LiftedRule, why string, no *refusal) {
	rest, guard := unguarded(expr)
	n, ok := bare(rest).(*parser.BinaryExpr)
	if !ok || !n.Op.IsComparisonOperator() {
		return nil, "it is no comparison of a share of requests with a limit", nil
	}
	if n.ReturnBool {
		return nil, "it compares with bool, which gives a value in any case", nil
	}
	op, left, right := n.Op, n.LHS, n.RHS
	switch op {
	case parser.LSS, parser.LTE:
		op, left, right = mirrored(op), right, left
	case parser.GTR, parser.GTE:
	default:
		return nil, "it compares by " + n.Op.String(), nil
	}
	f, why := difference(left, right, n.VectorMatching)
	if f == nil {
		if why == byItself {
			no = &refusal{why: "within one Deployment both sides of its division are the same", mend: "a rule that counts a part of the Deployment's own requests"}
		}
		return nil, why, no
	}
	if guard != nil && !f.guards(guard) {
		return nil, "it has a second condition", nil
	}
	for _, vs := range selectors(expr) {
		for _, m := range vs.LabelMatchers {
			if isScopeLabel(m.Name) && !scope.implied(m) {
				return nil, "its matcher " + m.String() + " may leave out some pods", nil
			}
		}
	}
	return liftForm(f, op)
}

// difference is left - right as a form of one atom: the rule is that it is above 0.
func difference(left, right parser.Expr, vm *parser.VectorMatching) (f *form, why string) {
	l, why := linear(left)
	if l == nil {
		return nil, why
	}
	r, why := linear(right)
	if r == nil {
		return nil, why
	}
	if f, why = l.plus(r.scaled(-1), vm); f == nil {
		return nil, why
	}
	if len(f.atoms) == 2 && f.atoms[0].total != nil && f.atoms[1].total != nil && f.constant == 0 {
		return ofTotals(f.atoms[0], f.atoms[1])
	}
	if len(f.atoms) != 1 {
		return nil, "it is about several things at once"
	}
	return f, ""
}

// ofTotals turns bad - 0.05 * all > 0 into bad/all - 0.05 > 0.
func ofTotals(a, b atom) (f *form, why string) {
	if further, _ := a.total.part(b.total); further != nil {
		return &form{constant: b.factor, atoms: []atom{{factor: a.factor, share: &share{all: b.total, further: further}}}}, ""
	}
	further, why := b.total.part(a.total)
	if further == nil {
		return nil, why
	}
	return &form{constant: a.factor, atoms: []atom{{factor: b.factor, share: &share{all: a.total, further: further}}}}, ""
}

// liftForm reads the rule that a form of one atom is above 0.
func liftForm(f *form, op parser.ItemType) (l *analysis.LiftedRule, why string, no *refusal) {
	a := f.atoms[0]
	limit := tidy(-f.constant/a.factor) + 0 // plus 0, so that there is no -0
	switch {
	case a.factor == 0 || math.IsNaN(limit) || math.IsInf(limit, 0):
		return nil, "its limit is no number", nil
	case a.share != nil && a.factor > 0:
		return liftShare(a.share, limit, op)
	case a.share != nil:
		return liftGoodShare(a.share, limit, op)
	case a.quantile != nil && a.factor > 0:
		l, why = liftQuantile(a.quantile, limit)
		return l, why, nil
	case a.quantile != nil:
		return nil, "it is about a quantile that is too low", nil
	default:
		return nil, "it is about an amount, not a share of requests", nil
	}
}

// tidy takes off what the arithmetic of floating point has left: 1 - 0.95 is 0.05, not 0.050000000000000044.
func tidy(x float64) float64 {
	rounded, err := strconv.ParseFloat(strconv.FormatFloat(x, 'g', 12, 64), 64)
	if err != nil {
		return x
	}
	return rounded
}

// liftShare reads: the share of those with the further matchers is above limit.
func liftShare(s *share, limit float64, op parser.ItemType) (*analysis.LiftedRule, string, *refusal) {
	if limit > 1 || (limit == 1 && op == parser.GTR) {
		return nil, "", &refusal{
			why:  fmt.Sprintf("a share of requests is never above %v, so the rule can't fire", limit),
			mend: "a limit between 0 and 1, or 100 * … in front of a limit in percent",
		}
	}
	return liftBad(s.all, s.further, limit)
}

// liftGoodShare reads: the share of those with the further matchers is below limit.
func liftGoodShare(s *share, limit float64, op parser.ItemType) (*analysis.LiftedRule, string, *refusal) {
	if limit < 0 || (limit == 0 && op == parser.GTR) {
		return nil, "", &refusal{
			why:  fmt.Sprintf("a share of requests is never below %v, so the rule can't fire", limit),
			mend: "a limit between 0 and 1",
		}
	}
	if len(s.further) != 1 {
		return nil, "what is not good can't be told by one matcher", nil
	}
	return liftBad(s.all, []spec.Matcher{inverse(s.further[0])}, tidy(1-limit))
}

func inverse(m spec.Matcher) spec.Matcher {
	m.Op = map[spec.MatchOp]spec.MatchOp{
		spec.MatchEqual: spec.MatchNotEqual, spec.MatchNotEqual: spec.MatchEqual,
		spec.MatchRegexp: spec.MatchNotRegexp, spec.MatchNotRegexp: spec.MatchRegexp,
	}[m.Op]
	return m
}

func liftBad(all *total, bad []spec.Matcher, limit float64) (*analysis.LiftedRule, string, *refusal) {
	switch {
	case !(limit > 0 && limit < 1):
		return nil, fmt.Sprintf("its limit of %v is no share between 0 and 1", limit), nil
	case !countsEvents(all.metric):
		return nil, all.metric + " does not count requests, by its name", nil
	case all.metric == "response_total" && !slices.Contains(all.matchers, spec.Matcher{Label: "direction", Op: spec.MatchEqual, Value: "inbound"}):
		return nil, `without direction="inbound" the requests that the pods make may be among them`, nil
	}
	l := &analysis.LiftedRule{Limit: limit, Requests: spec.Selector{Metric: all.metric, Matchers: all.matchers}, Bad: bad}
	l.Groups, l.Without = groups(all.kept)
	return l, "", nil
}

func liftQuantile(q *quantile, threshold float64) (l *analysis.LiftedRule, why string) {
	limit := tidy(1 - q.q)
	onBucket := func(m spec.Matcher) bool { return m.Label == labels.BucketLabel }
	switch metric := q.buckets.metric; {
	case !(limit > 0 && limit < 1):
		return nil, fmt.Sprintf("its quantile of %v is not between 0 and 1", q.q)
	case !measuresTime(metric):
		return nil, metric + " is no histogram of times, by its name"
	case slices.ContainsFunc(q.buckets.matchers, onBucket):
		return nil, "it leaves out some of the buckets"
	case !(threshold > 0 && threshold <= slowest):
		return nil, fmt.Sprintf("its limit of %v is no time that a request takes", threshold)
	}
	l = &analysis.LiftedRule{
		Limit: limit, Requests: spec.Selector{Metric: q.buckets.metric, Matchers: q.buckets.matchers}, Latency: true, Threshold: threshold,
	}
	l.Groups, l.Without = groups(q.buckets.kept)
	return l, ""
}

// slowest is the longest time that a threshold may be, in the histogram's unit: a million seconds are eleven days.
const slowest = 1e6

// fixed are labels that are the same for all pods of a Deployment: they keep no requests apart.
func fixed(label string) bool {
	switch label {
	case labelNamespace, "job", "service", "container", "endpoint", "app", "cluster", "prometheus", "env", "environment", "region",
		"deployment", "workload", "kubernetes_namespace", "destination_workload", "destination_workload_namespace",
		"destination_service_namespace", "app_kubernetes_io_name":
		return true
	default:
		return false
	}
}

// groups are the labels that a rule keeps apart, as LiftedRule has them.
func groups(kept grouping) (names []string, without bool) {
	if kept.without {
		return kept.labels, true
	}
	for _, l := range kept.labels {
		if !fixed(l) && l != labels.BucketLabel {
			names = append(names, l)
		}
	}
	return names, false
}

// describe says how a rule was lifted.
func describe(l *analysis.LiftedRule) string {
	apart := ""
	switch {
	case l.Without && len(l.Groups) == 0:
		apart = ", each set of labels apart"
	case l.Without:
		apart = ", each set of labels but " + strings.Join(l.Groups, ", ") + " apart"
	case len(l.Groups) > 0:
		apart = ", each " + strings.Join(l.Groups, ", ") + " apart"
	}
	if l.Latency {
		return fmt.Sprintf("a test that at most %s of the requests in %s take longer than %v%s", percent(l.Limit), l.Requests, l.Threshold, apart)
	}
	return fmt.Sprintf("a test that at most %s of the requests in %s have %s%s", percent(l.Limit), l.Requests, spec.JoinMatchers(l.Bad), apart)
}

func percent(share float64) string {
	return strconv.FormatFloat(tidy(share*100), 'g', -1, 64) + " %"
}
