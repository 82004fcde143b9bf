package rules

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// assertCompiled holds for whatever is compiled.
func assertCompiled(t testing.TB, expr string, c Compiled) {
	t.Helper()
	require.NotEmpty(t, c.Why, expr)
	switch c.Mode {
	case Refused:
		assert.NotEmpty(t, c.Mend, expr)
		assert.Equal(t, analysis.Alert{}, c.Alert, expr)
	case Scoped:
		assertScoped(t, expr, c)
	case Lifted:
		l := c.Alert.Lifted
		require.NotNil(t, l, expr)
		assert.Nil(t, c.Alert.Scoped, expr)
		assert.Greater(t, l.Limit, 0.0, expr)
		assert.Less(t, l.Limit, 1.0, expr)
		assert.NotEmpty(t, l.Requests.Metric, expr)
		assert.Equal(t, l.Latency, len(l.Bad) == 0, expr)
		assert.Equal(t, l.Latency, l.Threshold > 0, expr)
		for _, m := range append(l.Requests.Matchers, l.Bad...) {
			assert.False(t, isScopeLabel(m.Label), expr)
		}
	case Global:
		require.NotNil(t, c.Alert.Scoped, expr)
		assert.True(t, c.Alert.Scoped.Global, expr)
	default:
		assert.Fail(t, "no mode", expr)
	}
}

func FuzzCompile(f *testing.F) {
	for _, line := range expressions(f) {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		c := Compile(Rule{Name: "X", Expr: expr}, nil, shop)
		assertCompiled(t, expr, c)
		assert.Equal(t, c, Compile(Rule{Name: "X", Expr: expr}, nil, shop), "the same each time")
		assertCompiled(t, expr, CompileGlobal(Rule{Name: "X", Expr: expr}))
		if absent := Compile(Rule{Name: "X", Expr: "absent(up) or " + expr}, nil, shop); absent.Mode != Refused {
			assert.Fail(t, "an absent() came through", expr)
		}
	})
}

func FuzzInline(f *testing.F) {
	f.Add(`job:a{job="x"} > 1`, `sum by (job) (rate(x_total[5m])) / job:b`, `job:c + job:c`, `max by (job) (x)`, "k", "v")
	f.Add(`job:a > 1`, `job:a`, `job:b + job:b`, `job:a * job:b`, "pod", "$1")
	f.Add(`job:a{namespace="shop"} / job:b > 0.5`, `topk by (job) (3, job:c)`, `a or on (job) b`, `count_values("job", x)`, "namespace", "shop")
	f.Fuzz(func(t *testing.T, expr, a, b, c, label, value string) {
		recordings := []Recording{
			{Record: "job:a", Expr: a, Labels: map[string]string{label: value}}, {Record: "job:b", Expr: b}, {Record: "job:c", Expr: c},
		}
		assertCompiled(t, expr, Compile(Rule{Name: "X", Expr: expr}, recordings, shop))
	})
}

func FuzzParseFile(f *testing.F) {
	f.Add("groups:\n- name: g\n  rules:\n  - {alert: A, expr: up == 0, for: 5m, labels: {severity: page}}\n---\ngroups: []\n")
	f.Add("spec:\n  groups:\n  - rules:\n    - record: a:b\n      expr: 5\n")
	f.Add("--- {groups: [{rules: [{alert: A}, 5, null]}, null]}\n---\n")
	f.Fuzz(func(t *testing.T, text string) {
		set, _ := ParseFile([]byte(text), "file")
		assertSet(t, set)
	})
}

func FuzzFromPrometheusRule(f *testing.F) {
	f.Add(`{"spec":{"groups":[{"name":"g","rules":[{"alert":"A","expr":"up == 0","for":"1d2h"},{"record":"a:b","expr":5}]}]}}`)
	f.Add(`{"spec":{"groups":[{"rules":[{"alert":"A","expr":{},"labels":{"severity":5}}]},{"rules":{}},null]}}`)
	f.Fuzz(func(t *testing.T, text string) {
		var object map[string]any
		if json.Unmarshal([]byte(text), &object) == nil {
			set, _ := FromPrometheusRule(object, "object")
			assertSet(t, set)
		}
	})
}

func assertSet(t testing.TB, set Set) {
	t.Helper()
	for _, rule := range set.Alerts {
		assert.GreaterOrEqual(t, rule.For, time.Duration(0), "no rule has to be true for less than no time")
		c := Compile(rule, set.Recordings, shop)
		assertCompiled(t, rule.Expr, c)
		if rule.Problem != "" {
			assert.True(t, c.Mode == Refused && strings.Contains(c.Why, rule.Problem), rule.Expr)
		}
	}
}
