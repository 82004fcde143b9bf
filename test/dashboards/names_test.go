package dashboards

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/metrics"
)

// metricName is the name of a metric in a query: of Sluice, of an application or of the mesh.
var metricName = regexp.MustCompile(`\b(?:sluice|http|istio)_[a-z0-9_]+`)

// foreign are the metrics of others that dashboards may name: those that the gates look for by themselves.
func foreign() []string {
	return []string{
		"http_requests_total", "http_request_duration_seconds_bucket", "istio_requests_total", "istio_request_duration_milliseconds_bucket",
	}
}

// knownMetric says whether there is such a metric; the buckets of a histogram are one.
func knownMetric(name string) bool {
	if slices.Contains(foreign(), name) {
		return true
	}
	return slices.ContainsFunc(metrics.Catalogue(), func(m metrics.Metric) bool {
		return name == m.Name && m.Kind != metrics.Histogram || name == m.Name+"_bucket" && m.Kind == metrics.Histogram
	})
}

// every is all queries of the chart, by where they are.
func every(t *testing.T) map[string]string {
	t.Helper()
	all := map[string]string{}
	for _, b := range chartBoards(t) {
		for _, p := range b.Panels {
			for _, q := range p.Targets {
				all[b.File+": "+p.Title+" "+q.RefID] = q.Expr
			}
		}
		for _, v := range b.Templating.List {
			all[b.File+": variable "+v.Name] = v.asked(t)
		}
		for _, m := range b.Annotations.List {
			all[b.File+": marker "+m.Name] = m.Expr
		}
	}
	for _, rule := range alertRules(t) {
		all[rule.Alert] = rule.Expr + "\n" + rule.Annotations["description"]
	}
	return all
}

func TestEveryMetricIsInTheCatalogue(t *testing.T) {
	used := map[string]bool{}
	for where, query := range every(t) {
		for _, name := range metricName.FindAllString(query, -1) {
			used[name] = true
			assert.True(t, knownMetric(name), "%s: %s is no metric", where, name)
		}
	}
	assert.Greater(t, len(used), 30, "names are found")
	assert.False(t, knownMetric("sluice_rollout_phases"))
	assert.False(t, knownMetric("sluice_run_duration_seconds"), "a histogram has no series of its name")
}

// matcher is label="value" or label=~"values" in a query.
var phaseMatcher = regexp.MustCompile(`\bphase(?:=|!=|=~)"([^"]*)"`)

func TestEveryPhaseExists(t *testing.T) {
	var phases []string
	for _, m := range metrics.Catalogue() {
		if m.Name == "sluice_rollout_phase" {
			phases = strings.Split(m.Labels[len(m.Labels)-1].Values, ", ")
		}
	}
	assert.Contains(t, phases, "AtRest")
	for where, query := range every(t) {
		for _, found := range phaseMatcher.FindAllStringSubmatch(query, -1) {
			for phase := range strings.SplitSeq(found[1], "|") {
				if phase != "" {
					assert.Contains(t, phases, phase, where)
				}
			}
		}
	}
}
