package rules

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"
)

// inliner puts the definitions of recorded series in their place: a recorded series has mostly lost the pod that it came from, and with
// it the versions.
type inliner struct {
	recordings []Recording
	scope      Scope
	// within are the recorded series whose definitions are being expanded.
	within []string
	// nodes counts what was put in so far, in all branches: definitions that name each other twice grow exponentially.
	nodes int
}

const mendRecorded = "write the rule with the metrics that the recording rule reads"

func (in *inliner) expand(expr parser.Expr) (parser.Expr, *refusal) { return rewrite(expr, in.leaf) }

func (in *inliner) leaf(vs *parser.VectorSelector) (parser.Expr, *refusal) {
	name := metricOf(vs)
	var matching []Recording
	for _, r := range in.recordings {
		if r.Record == name {
			matching = append(matching, r)
		}
	}
	switch {
	case len(matching) == 0 && strings.Contains(name, ":"):
		return nil, &refusal{
			why:  name + " is recorded by a rule whose definition was not found",
			mend: "put the recording rule beside the alert rule, or " + mendRecorded,
		}
	case len(matching) == 0:
		return vs, nil
	case slices.Contains(in.within, name):
		return nil, &refusal{why: "the recording rule of " + name + " reads " + name + " itself", mend: mendRecorded}
	}
	in.within = append(in.within, name)
	defer func() { in.within = in.within[:len(in.within)-1] }()
	found := map[string]parser.Expr{}
	for _, r := range matching {
		expr, no := in.definition(r, vs)
		if no != nil {
			return nil, no
		}
		if expr != nil {
			found[expr.String()] = expr
		}
	}
	switch len(found) {
	case 0:
		return nil, &refusal{why: fmt.Sprintf("no recording rule gives %s in namespace %s", vs, in.scope.Namespace), mend: mendRecorded}
	case 1:
		for _, expr := range found {
			return &parser.ParenExpr{Expr: expr}, nil
		}
	}
	return nil, &refusal{
		why:  fmt.Sprintf("%s is recorded by %d rules that differ", vs, len(found)),
		mend: "add matchers that only one of them meets, or " + mendRecorded,
	}
}

// definition is what a selector of recorded series stands for; nil if this recording rule gives none of them.
func (in *inliner) definition(r Recording, vs *parser.VectorSelector) (parser.Expr, *refusal) {
	// Of many rules that record one name, most are about something else; what is wrong with those is no matter.
	for _, m := range vs.LabelMatchers {
		if value, put := r.Labels[m.Name]; put && !m.Matches(value) {
			return nil, nil
		}
	}
	expr, no := parse(r.Expr)
	if no != nil {
		return nil, &refusal{why: "the recording rule of " + r.Record + ": " + no.why, mend: no.mend}
	}
	nodes, _ := measure(expr, 1)
	if in.nodes += nodes; in.nodes > most {
		return nil, &refusal{why: fmt.Sprintf("with its recording rules the expression has more than %d parts", most), mend: mendRecorded}
	}
	if expr.Type() != parser.ValueTypeVector {
		return nil, &refusal{why: "the recording rule of " + r.Record + " gives no vector", mend: mendRecorded}
	}
	if in.elsewhere(expr, r.Labels) {
		return nil, nil
	}
	if no = check(expr, in.scope); no != nil {
		return nil, &refusal{why: "the recording rule of " + r.Record + ": " + no.why, mend: no.mend}
	}
	if expr, no = in.expand(expr); no != nil {
		return nil, no
	}
	for _, m := range vs.LabelMatchers {
		if _, put := r.Labels[m.Name]; put || m.Name == model.MetricNameLabel {
			continue
		}
		if why := push(expr, m); why != "" {
			return nil, &refusal{why: fmt.Sprintf("%s selects recorded series by %s, but %s", vs, m, why), mend: mendRecorded}
		}
	}
	return in.put(expr, r.Labels), nil
}

// elsewhere says whether a recording rule is about another namespace: a Prometheus that several teams share has rules of one name for
// each of them.
func (in *inliner) elsewhere(expr parser.Expr, put map[string]string) bool {
	if ns, ok := put[labelNamespace]; ok && ns != in.scope.Namespace {
		return true
	}
	for _, vs := range selectors(expr) {
		for _, m := range vs.LabelMatchers {
			if m.Name == labelNamespace && !m.Matches(in.scope.Namespace) {
				return true
			}
		}
	}
	return false
}

// put puts a recording rule's labels on, as Prometheus does. The namespace of the scope is there already.
func (in *inliner) put(expr parser.Expr, put map[string]string) parser.Expr {
	for _, name := range slices.Sorted(maps.Keys(put)) {
		if name == labelNamespace {
			continue
		}
		expr = &parser.Call{Func: parser.Functions["label_replace"], Args: parser.Expressions{
			expr, &parser.StringLiteral{Val: name}, &parser.StringLiteral{Val: strings.ReplaceAll(put[name], "$", "$$")},
			&parser.StringLiteral{Val: ""}, &parser.StringLiteral{Val: ""},
		}}
	}
	return expr
}
