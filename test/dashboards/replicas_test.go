package dashboards

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

// expected is what promtool is to find.
type expected struct {
	Expr    string   `json:"expr"`
	At      string   `json:"eval_time"`
	Samples []sample `json:"exp_samples"`
}

type sample struct {
	Labels string  `json:"labels"`
	Value  float64 `json:"value"`
}

// twice are series that two replicas tell, as they do for a scrape or two when the one has just lost the lease to the other: one still
// knows the run, the other already knows that it was promoted.
func twice() []map[string]string {
	of := func(instance, rest string) string {
		return fmt.Sprintf(`{namespace="prod",deployment="shop",instance=%q,%s}`, instance, rest)
	}
	growing := func(labels, values string) map[string]string {
		return map[string]string{"series": "http_requests_total{namespace=\"prod\"," + labels + "}", "values": values}
	}
	always := func(series string) map[string]string { return map[string]string{"series": series, "values": "1x60"} }
	return []map[string]string{
		always("sluice_rollout_version_info" + of("a", `version="stable",replicaset="shop-old"`)),
		always("sluice_rollout_version_info" + of("a", `version="canary",replicaset="shop-new"`)),
		always("sluice_rollout_version_info" + of("b", `version="stable",replicaset="shop-new"`)),
		always("sluice_rollout_phase" + of("a", `phase="Promoting"`)),
		always("sluice_rollout_phase" + of("b", `phase="AtRest"`)),
		growing(`pod="shop-old-x7k2p",status="200"`, "0+5x60"),
		growing(`pod="shop-new-b4c8d",status="200"`, "0+10x60"),
		growing(`pod="shop-old-x7k2p",status="503"`, "0+5x60"),
		growing(`pod="shop-api-old-x7k2p",status="503"`, "0+9x60"), // another Deployment's
	}
}

func TestPanelsAtAChangeOfLeader(t *testing.T) {
	values := map[string]string{
		"namespace": "prod", "deployment": "shop", "requests": "http_requests_total", "__rate_interval": "1m",
	}
	expr := func(file, title string) string {
		for _, b := range chartBoards(t) {
			for _, p := range b.Panels {
				if b.File == file && p.Title == title {
					query, err := interpolate(p.Targets[0].Expr, values)
					require.NoError(t, err)
					return query
				}
			}
		}
		require.Fail(t, "no such panel", title)
		return ""
	}
	const analysis = "rollout-analysis.json"
	// Which of the two is believed doesn't matter; no query may fail, and no request or Deployment may be counted twice.
	tests := []expected{
		{Expr: "sum(" + expr(analysis, "Requests") + ")", At: "1m", Samples: []sample{{`{}`, 20}}},
		{Expr: "count(" + expr(analysis, "Error rate") + ") > bool 0", At: "1m", Samples: []sample{{`{}`, 1}}},
		{Expr: expr(analysis, "Phases"), At: "1m", Samples: []sample{{`{deployment="shop"}`, 4}}},
		{Expr: expr("rollouts.json", "Managed"), At: "1m", Samples: []sample{{`{}`, 1}}},
	}
	file, err := yaml.Marshal(map[string]any{"fuzzy_compare": true, "tests": []map[string]any{{
		"interval": "1s", "input_series": twice(), "promql_expr_test": tests,
	}}})
	require.NoError(t, err)
	path := filepath.Join(t.TempDir(), "leaders.test.yaml")
	require.NoError(t, os.WriteFile(path, file, 0o600))
	promtool(t, "test", "rules", path)
}
