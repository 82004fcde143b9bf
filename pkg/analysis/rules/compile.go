package rules

import (
	"strings"
	"time"

	"github.com/prometheus/prometheus/promql/parser"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// Mode is what became of a rule.
type Mode string

// The modes, best first.
const (
	// Lifted is a rule that became a test of requests.
	Lifted Mode = "lifted"
	// Scoped is a rule that Prometheus evaluates over one version's pods.
	Scoped Mode = "scoped"
	// Global is a rule that Prometheus evaluates as it stands, as the user asked for.
	Global Mode = "global"
	// Refused is a rule that is no gate.
	Refused Mode = "refused"
)

// Scope is whose gate a rule becomes.
type Scope struct{ Namespace, Deployment string }

// Compiled is what became of a rule.
type Compiled struct {
	Mode Mode
	// Alert is the gate; the zero value if the rule is refused.
	Alert analysis.Alert
	// Why says how it was lifted or scoped, or why it was refused; Mend what would be right instead of a refused rule.
	Why, Mend string
}

// longestFor bounds how long a rule must be true: a step of a run is minutes long, and a rule that needs an hour would say nothing.
const longestFor = 2 * time.Minute

// refusal is a reason not to use a rule, with its mend.
type refusal struct{ why, mend string }

const mendGlobal = `write "!global" behind its name to have the rule as it stands hold the run while it fires`

// Compile makes a gate of a rule for one Deployment. recordings are the definitions of the recorded series that it may read.
func Compile(rule Rule, recordings []Recording, scope Scope) Compiled {
	expr, no := prepare(rule, recordings, scope)
	if no != nil {
		return refused(no)
	}
	alert := analysis.Alert{Name: rule.Name, Severity: severity(rule)}
	lifted, why, no := lift(expr, scope)
	if no != nil {
		return refused(no)
	}
	if lifted != nil {
		alert.Lifted = lifted
		return Compiled{Mode: Lifted, Alert: alert, Why: describe(lifted)}
	}
	notes := append([]string{"evaluated by Prometheus over each version's pods (no test of requests: " + why + ")"}, notesOn(expr)...)
	query, controls, no := inject(expr, scope)
	if no != nil {
		return refused(no)
	}
	alert.Scoped = &analysis.ScopedRule{Query: query, For: min(rule.For, longestFor), Controls: controls}
	return Compiled{Mode: Scoped, Alert: alert, Why: strings.Join(notes, "; ")}
}

// prepare reads a rule, with what it means in terms of metrics that somebody exports, and refuses what can't be asked of a few pods.
func prepare(rule Rule, recordings []Recording, scope Scope) (parser.Expr, *refusal) {
	expr, no := read(rule)
	if no != nil {
		return nil, no
	}
	// What is written is looked at before what it stands for, so that an offset on a recorded series isn't lost.
	if no := check(expr, scope); no != nil {
		return nil, no
	}
	in := inliner{recordings: recordings, scope: scope}
	expr, no = in.expand(expr)
	if no != nil {
		return nil, no
	}
	if no := check(expr, scope); no != nil {
		return nil, no
	}
	if no := checkConstant(expr); no != nil {
		return nil, no
	}
	return expr, nil
}

// CompileGlobal makes a gate of a rule as it stands, whoever it is about.
func CompileGlobal(rule Rule) Compiled {
	expr, no := read(rule)
	if no != nil {
		return refused(no)
	}
	query := expr.String()
	if expr.Type() == parser.ValueTypeScalar {
		query = "vector(" + query + ")" // an alert rule may be a scalar, a subquery may not
	}
	if _, no := parse(query); no != nil {
		return refused(no)
	}
	return Compiled{
		Mode: Global,
		Alert: analysis.Alert{
			Name: rule.Name, Severity: analysis.SeverityHold,
			Scoped: &analysis.ScopedRule{Query: query, For: min(rule.For, longestFor), Global: true},
		},
		Why: "taken as it stands, whoever it is about: it holds the run while it fires, and never aborts it",
	}
}

// read parses a rule's expression.
func read(rule Rule) (parser.Expr, *refusal) {
	if rule.Problem != "" {
		return nil, &refusal{why: "the rule can't be read: " + rule.Problem, mend: "mend the rule where it is defined"}
	}
	expr, no := parse(rule.Expr)
	if no != nil {
		return nil, no
	}
	switch t := expr.Type(); t {
	case parser.ValueTypeVector, parser.ValueTypeScalar:
		return expr, nil
	default:
		return nil, &refusal{
			why:  "the expression is a " + parser.DocumentedType(t) + ", of which an alert can't be made",
			mend: "an expression that gives an instant vector, for example one that ends in a comparison",
		}
	}
}

func refused(no *refusal) Compiled { return Compiled{Mode: Refused, Why: no.why, Mend: no.mend} }

func severity(rule Rule) analysis.Severity {
	switch strings.ToLower(strings.TrimSpace(rule.Labels["severity"])) {
	case "critical", "page":
		return analysis.SeverityAbort
	default:
		return analysis.SeverityHold
	}
}
