package rules

import (
	"fmt"
	"strings"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/promql/parser"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// checkPlaceholder keeps a user's text from being taken for the place of the pods' names.
func checkPlaceholder(vs *parser.VectorSelector, _ Scope) *refusal {
	if !strings.Contains(vs.String(), analysis.ScopePods) {
		return nil
	}
	return &refusal{why: analysis.ScopePods + " is a word of Sluice's own", mend: "another name"}
}

func checkAlerts(vs *parser.VectorSelector, _ Scope) *refusal {
	for _, m := range vs.LabelMatchers {
		if m.Name == model.MetricNameLabel && (m.Value == "ALERTS" || m.Value == "ALERTS_FOR_STATE") {
			return &refusal{
				why:  m.Value + " is about other alerts, which are not evaluated for one version",
				mend: "name the alert that it reads as a gate; or " + mendGlobal,
			}
		}
	}
	return nil
}

// checkName wants one metric in words that can be written anywhere: of several, one that the canary lacks would not be missed.
func checkName(vs *parser.VectorSelector, _ Scope) *refusal {
	name := metricOf(vs)
	if name == "" {
		return &refusal{
			why:  vs.String() + " names no metric, or several by a pattern: one that the canary lacks would not be missed",
			mend: "a selector for each metric, by its name",
		}
	}
	if !model.LegacyValidation.IsValidMetricName(name) {
		return &refusal{why: fmt.Sprintf("the metric's name %q has characters that are not supported here", name), mend: mendGlobal}
	}
	for _, m := range vs.LabelMatchers {
		if !model.LegacyValidation.IsValidLabelName(m.Name) {
			return &refusal{why: fmt.Sprintf("the label's name %q has characters that are not supported here", m.Name), mend: mendGlobal}
		}
	}
	return nil
}

// checkTime refuses times before the canary existed: its pods would have nothing to compare with, and nobody would notice.
func checkTime(vs *parser.VectorSelector, _ Scope) *refusal {
	if vs.OriginalOffset == 0 && vs.OriginalOffsetExpr == nil && vs.Timestamp == nil && vs.StartOrEnd == 0 {
		return nil
	}
	return refuseTime(vs.String())
}

func checkSubquery(n *parser.SubqueryExpr) *refusal {
	if n.OriginalOffset == 0 && n.OriginalOffsetExpr == nil && n.Timestamp == nil && n.StartOrEnd == 0 {
		return nil
	}
	return refuseTime("the subquery " + n.ShortString())
}

func refuseTime(what string) *refusal {
	return &refusal{
		why:  what + " is of another time, at which the canary's pods did not exist: the comparison would find nothing and keep quiet",
		mend: "a rule without offset and @ (the canary is compared with stable anyway); or " + mendGlobal,
	}
}

// checkScope refuses selectors that would be empty in the scope.
func checkScope(vs *parser.VectorSelector, scope Scope) *refusal {
	for _, m := range vs.LabelMatchers {
		if isScopeLabel(m.Name) && !scope.fits(m) {
			return &refusal{
				why:  fmt.Sprintf("its matcher %s leaves out pods of Deployment %s in namespace %s", m, scope.Deployment, scope.Namespace),
				mend: "a rule without this matcher, or with one that fits every pod of the Deployment; or " + mendGlobal,
			}
		}
	}
	return nil
}

func checkForeign(vs *parser.VectorSelector, _ Scope) *refusal {
	whose, ok := foreign(metricOf(vs))
	if !ok {
		return nil
	}
	return &refusal{
		why:  fmt.Sprintf("%s is %s: it has no label for the pods of a version", metricOf(vs), whose),
		mend: "a metric of the pods themselves; or " + mendGlobal,
	}
}

// checkReporter refuses Istio's counts by callers: their pods are not the version's. Without saying which, requests that the pods make
// would be mixed with those that they serve.
func checkReporter(vs *parser.VectorSelector, _ Scope) *refusal {
	name := metricOf(vs)
	if !strings.HasPrefix(name, "istio_request") && !strings.HasPrefix(name, "istio_response") && !strings.HasPrefix(name, "istio_tcp_") {
		return nil
	}
	for _, m := range vs.LabelMatchers {
		if m.Name == "reporter" && !m.Matches("source") && !m.Matches("") {
			return nil
		}
	}
	return &refusal{
		why:  name + ` without reporter="destination" also counts what the version's pods ask of others, as the caller reports it`,
		mend: `add reporter="destination" to ` + vs.String(),
	}
}
