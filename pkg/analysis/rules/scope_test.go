package rules

import (
	"strings"
	"testing"

	"github.com/prometheus/prometheus/promql/parser"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// assertScoped holds for whatever is scoped: it can be sent, is what was meant, and reads one version's pods alone.
func assertScoped(t testing.TB, expr string, c Compiled) {
	t.Helper()
	require.NotNil(t, c.Alert.Scoped, expr)
	assert.Nil(t, c.Alert.Lifted, expr)
	query := c.Alert.Scoped.Query
	tree, err := parser.NewParser(parser.Options{}).ParseExpr(query)
	require.NoError(t, err, "%s\n%s", expr, query)
	assert.Equal(t, query, tree.String(), expr)
	all := selectors(tree)
	require.NotEmpty(t, all, expr)
	metrics := map[string]bool{}
	for _, vs := range all {
		var scope []string
		for _, m := range vs.LabelMatchers {
			if s := m.String(); s == `namespace="shop"` || s == `pod=~"`+analysis.ScopePods+`"` {
				scope = append(scope, s)
			}
		}
		assert.Len(t, scope, 2, "%s\n%s", expr, vs)
		assert.Zero(t, vs.OriginalOffset, expr)
		metrics[metricOf(vs)] = true
	}
	assert.Equal(t, len(all), strings.Count(query, analysis.ScopePods), expr)
	for i, control := range c.Alert.Scoped.Controls {
		assert.NotEmpty(t, control.Selector.Metric, expr)
		assert.True(t, metrics[control.Selector.Metric], expr)
		for _, m := range control.Selector.Matchers {
			assert.False(t, isScopeLabel(m.Label), expr)
		}
		if i > 0 {
			assert.Less(t, c.Alert.Scoped.Controls[i-1].Selector.String(), control.Selector.String(), expr)
		}
	}
	for _, control := range c.Alert.Scoped.Controls {
		delete(metrics, control.Selector.Metric)
	}
	assert.Empty(t, metrics, "every metric has its control: %s", expr)
}
