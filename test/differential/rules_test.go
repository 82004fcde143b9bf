package differential

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

// teamRules are rules as a team has them.
const teamRules = `
groups:
- name: app-alerts
  rules:
  - record: path:errors:rate5m
    expr: sum by (path) (rate(http_requests_total{status=~"5.."}[5m]))
    labels: {team: shop}
  - alert: HighErrorRate
    expr: |
      sum(rate(http_requests_total{status=~"5.."}[5m])) /
      sum(rate(http_requests_total[5m])) > 0.05
    for: 5m
    labels:
      severity: critical
    annotations:
      summary: "{{ $value }}"
`

func TestRulesThatPrometheusHasLoadedBecomeGates(t *testing.T) {
	file := filepath.Join(t.TempDir(), "app.yaml")
	require.NoError(t, os.WriteFile(file, []byte(teamRules), 0o600))
	h := &history{}
	steady(h, "shop", "shop-old", 1)
	set, err := source(t, h.serve(t, file)).Rules(t.Context())
	require.NoError(t, err)
	require.Len(t, set.Recordings, 1)
	assert.Equal(t, "path:errors:rate5m", set.Recordings[0].Record)
	assert.Equal(t, map[string]string{"team": "shop"}, set.Recordings[0].Labels)
	require.Len(t, set.Alerts, 1)
	rule := set.Alerts[0]
	assert.Equal(t, "HighErrorRate", rule.Name)
	assert.Equal(t, 5*time.Minute, rule.For)
	assert.Equal(t, map[string]string{"severity": "critical"}, rule.Labels)
	compiled := rules.Compile(rule, set.Recordings, rules.Scope{Namespace: "shop", Deployment: "shop"})
	assert.Equal(t, rules.Lifted, compiled.Mode, compiled.Why)
	assert.Equal(t, analysis.SeverityAbort, compiled.Alert.Severity)
}
