package dashboards

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

type assertT = assert.CollectT

// mayBeEmpty are queries that two ordinary runs give no data for, by panel and letter, each with its reason.
func mayBeEmpty() map[string]string {
	return map[string]string{
		"Notifications lost A":      "no webhook is configured",
		"Writes undone by others A": "nobody has undone one",
		"Queries to Prometheus B":   "none has failed",
		"marker Ended otherwise":    "both runs ended as usual",
	}
}

// choices are all ways in which the variables of a dashboard can be chosen after the ones before them: all values of those that select
// metrics, a gate or a quantile.
func (s *stage) choices(b board) []map[string]string {
	s.Helper()
	chosen := []map[string]string{{"datasource": "prometheus", "namespace": namespace, "deployment": name}}
	for _, v := range b.Templating.List {
		if _, given := chosen[0][v.Name]; given && v.Type != "query" {
			continue
		}
		values := s.options(v, chosen[0])
		if _, given := chosen[0][v.Name]; given {
			assert.Contains(s, values, chosen[0][v.Name], v.Name)
			continue
		}
		var next []map[string]string
		for _, before := range chosen {
			for _, value := range values {
				with := maps.Clone(before)
				with[v.Name] = value
				next = append(next, with)
			}
		}
		chosen = next
	}
	return chosen
}

// options are the values of a variable.
func (s *stage) options(v boardVariable, chosen map[string]string) []string {
	s.Helper()
	if v.Type == "custom" {
		return strings.Split(strings.Trim(string(v.Query), `"`), ",")
	}
	values, err := s.grafana().values(s.ctx, v.asked(s.T), chosen)
	require.NoError(s, err)
	require.NotEmpty(s, values, "values of "+v.Name)
	return values
}

// run asks everything that a dashboard asks with given values of its variables, each different query once. Every error is one of the test's.
func (s *stage) run(b board, values map[string]string, done map[string]bool) map[string]model.Matrix {
	s.Helper()
	g, answers := s.grafana(), map[string]model.Matrix{}
	for _, v := range b.Templating.List {
		if query := v.asked(s.T); query != "" {
			_, err := g.values(s.ctx, query, values)
			assert.NoError(s, err, b.File)
		}
	}
	for _, m := range b.Annotations.List {
		if m.BuiltIn == 0 {
			expr, err := interpolate(m.Expr, g.with(step, values))
			require.NoError(s, err, m.Name)
			answers["marker "+m.Name], err = g.ask(s.ctx, expr, step, false)
			require.NoError(s, err, m.Name)
		}
	}
	for _, p := range b.Panels {
		for _, q := range p.Targets {
			key := p.Title + " " + q.RefID
			if once := fmt.Sprint(b.File, key, relevant(q.Expr, values)); done != nil && done[once] {
				continue
			} else if done != nil {
				done[once] = true
			}
			answer, err := g.target(s.ctx, p, q, values)
			assert.NoError(s, err, "%s: %s", b.File, key)
			answers[key] = answer
		}
	}
	return answers
}

// relevant are the values of the variables that a query depends on.
func relevant(query string, values map[string]string) string {
	var used []string
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if mentions(query, name) {
			used = append(used, name+"="+values[name])
		}
	}
	return strings.Join(used, " ")
}

// empty runs every query on a Prometheus that knows nothing of Sluice or any application: no answer, and no error.
func (s *stage) empty() {
	s.Helper()
	for _, b := range chartBoards(s.T) {
		values := map[string]string{"datasource": "prometheus", "quantile": "0.95"}
		for _, v := range b.Templating.List {
			if v.Type == "query" {
				values[v.Name] = ""
			}
		}
		s.run(b, values, nil)
	}
}

// complete runs every query with every choice of variables; all must have data but those that may be empty.
func (s *stage) complete(b board) {
	s.Helper()
	excused := mayBeEmpty()
	done := map[string]bool{}
	for _, values := range s.choices(b) {
		for key, answer := range s.run(b, values, done) {
			if excused[key] != "" {
				continue
			}
			assert.NotEmpty(s, answer, "%s: %s has no data with %v", b.File, key, values)
		}
	}
}

func TestEveryQueryHasDataOverRealRuns(t *testing.T) {
	s := newStage(t)
	s.deploy()
	for _, b := range chartBoards(t) {
		s.run(b, map[string]string{
			"datasource": "prometheus", "namespace": namespace, "deployment": name, "gate": "", "quantile": "0.95",
			"requests": "http_requests_total", "latency": "http_request_duration_seconds_bucket",
		}, nil)
	}

	s.push("v2", map[string]string{"LATENCY": "5ms"})
	s.await("v2 is promoted", `sluice_rollout_runs_total{result="promoted"} == 1`)
	s.push("v3", map[string]string{"LATENCY": "5ms", "ERROR_RATE": failing})
	s.await("v3 is aborted", `sluice_rollout_phase{phase="Aborted"} == 1`)

	for _, b := range chartBoards(t) {
		s.complete(b)
	}
	s.shows()
	s.alerts()
}
