package dashboards

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/test/cluster"
)

// rulesFile is the chart's, and rulesTest what promtool plays with it.
var (
	rulesFile = filepath.Join(root, "charts", "sluice", "rules", "sluice.rules.yaml")
	rulesTest = filepath.Join("testdata", "sluice.rules.test.yaml")
)

// alertRule is one of the file's.
type alertRule struct {
	Alert       string            `json:"alert"`
	Expr        string            `json:"expr"`
	Labels      map[string]string `json:"labels"`
	Annotations map[string]string `json:"annotations"`
}

func alertRules(t *testing.T) []alertRule {
	t.Helper()
	var file struct {
		Groups []struct{ Rules []alertRule }
	}
	require.NoError(t, yaml.Unmarshal([]byte(read(t, rulesFile)), &file))
	var all []alertRule
	for _, group := range file.Groups {
		all = append(all, group.Rules...)
	}
	require.NotEmpty(t, all)
	return all
}

// promtool runs it.
func promtool(t *testing.T, args ...string) {
	t.Helper()
	dir := os.Getenv(cluster.BinEnv)
	if dir == "" {
		dir = filepath.Join(root, ".bin")
	}
	path, err := filepath.Abs(filepath.Join(dir, "promtool"))
	require.NoError(t, err)
	require.FileExists(t, path, "`make tools` builds it")
	out, err := exec.CommandContext(t.Context(), path, args...).CombinedOutput()
	require.NoError(t, err, string(out))
}

func TestRules(t *testing.T) {
	promtool(t, "check", "rules", "--lint=all", "--lint-fatal", rulesFile)
	promtool(t, "test", "rules", rulesTest)
	tested := read(t, rulesTest)
	for _, rule := range alertRules(t) {
		assert.Contains(t, tested, "alertname: "+rule.Alert+"}", "%s must be seen not to fire", rule.Alert)
		assert.Contains(t, tested, "alertname: "+rule.Alert+"\n        exp_alerts:", "%s must be seen to fire", rule.Alert)
	}
}

func TestEveryAlertSaysWhatToDo(t *testing.T) {
	runbooks := filepath.Join(root, "docs", "runbooks")
	index := read(t, filepath.Join(runbooks, "README.md"))
	documented := read(t, filepath.Join(root, "docs", "dashboards.md"))
	expected := []string{"README.md"}
	for _, rule := range alertRules(t) {
		assert.Contains(t, []string{"critical", "warning"}, rule.Labels["severity"], rule.Alert)
		assert.NotEmpty(t, rule.Annotations["summary"], rule.Alert)
		assert.NotEmpty(t, rule.Annotations["description"], rule.Alert)
		assert.Equal(t, docsURL+"runbooks/"+rule.Alert+".md", rule.Annotations["runbook_url"])
		page := read(t, filepath.Join(runbooks, rule.Alert+".md"))
		for _, heading := range []string{"# " + rule.Alert + "\n", "## What users notice", "## Look", "## Do", "## Silence", "## False alarms"} {
			assert.Contains(t, page, heading, rule.Alert)
		}
		assert.Contains(t, index, "["+rule.Alert+"]("+rule.Alert+".md)")
		assert.Contains(t, documented, rule.Alert)
		expected = append(expected, rule.Alert+".md")
	}
	entries, err := os.ReadDir(runbooks)
	require.NoError(t, err)
	var found []string
	for _, entry := range entries {
		found = append(found, entry.Name())
	}
	slices.Sort(expected)
	assert.Equal(t, expected, found, "a page for each alert, and none for others")
}

// alerts evaluates the rules as they are while a version is aborted and all else is well.
func (s *stage) alerts() {
	s.Helper()
	for _, rule := range alertRules(s.T) {
		found, err := s.grafana().ask(s.ctx, rule.Expr, step, true)
		require.NoError(s, err, rule.Alert)
		if rule.Alert != "SluiceRolloutAborted" {
			assert.Empty(s, found, rule.Alert)
			continue
		}
		require.Len(s, found, 1, rule.Alert)
		assert.Equal(s, `{deployment="shop", namespace="prod"}`, found[0].Metric.String())
	}
	loaded, err := s.grafana().api.Rules(s.ctx, nil)
	require.NoError(s, err)
	count := 0
	for _, group := range loaded.Groups {
		if strings.HasPrefix(group.Name, "sluice-") {
			count += len(group.Rules)
		}
	}
	assert.Len(s, alertRules(s.T), count, "Prometheus has loaded them all")
}
