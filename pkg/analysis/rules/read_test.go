package rules

import (
	"encoding/json"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestParseFile(t *testing.T) {
	set, err := ParseFile([]byte(`
groups:
- name: first
  interval: 30s
  rules:
  - alert: A
    expr: up == 0
    for: 1d2h
    keep_firing_for: 5m
    labels: {severity: critical, level: 3, quiet: true, empty: null}
  - record: job:up:sum
    expr: sum by (job) (up)
    labels: {team: shop}
--- # another
groups:
- name: second
  rules:
  - alert: Always
    expr: 1
  - alert: BadFor
    expr: up
    for: 5 minutes
  - alert: BadExpr
    expr: [up]
  - alert: BadLabels
    expr: up
    labels: [x]
  - alert: Missing
  - 7
  - record: job:bad
    expr: {}
  - record: job:bad2
    expr: up
    labels: {a: []}
  - alert: Both
    record: both
    expr: up
  - expr: up
- name: third
  rules: 5
- fourth
---
kind: PrometheusRule
spec:
  groups:
  - rules:
    - {alert: B, expr: up == 0}
---
---
key: [unclosed
---
a: b
---
groups:
`), "file")
	assert.Equal(t, Set{
		Alerts: []Rule{
			{
				Name: "A", Expr: "up == 0", For: 26 * time.Hour, Group: "first", Source: "file",
				Labels: map[string]string{"severity": "critical", "level": "3", "quiet": "true", "empty": ""},
			},
			{Name: "Always", Expr: "1", Group: "second", Source: "file"},
			{Name: "BadFor", Expr: "up", Group: "second", Source: "file", Problem: `for: unknown unit " minutes" in duration "5 minutes"`},
			{Name: "BadExpr", Group: "second", Source: "file", Problem: "expr: a list, want a string"},
			{Name: "BadLabels", Expr: "up", Group: "second", Source: "file", Problem: "labels: a list, want an object of strings"},
			{Name: "Missing", Group: "second", Source: "file", Problem: "expr: missing"},
			{Name: "B", Expr: "up == 0", Group: "number 1", Source: "file"},
		},
		Recordings: []Recording{{Record: "job:up:sum", Expr: "sum by (job) (up)", Labels: map[string]string{"team": "shop"}}},
	}, set)
	require.Error(t, err)
	for _, want := range []string{
		"file: group second: rule 6: not an object", "rule 7: expr: an object", "rule 8: labels: one is a list",
		`rule 9: both alert "Both" and record "both"`, "rule 10: neither alert nor record",
		"group third: no list of rules", "group number 3: no list of rules", "document 5", "file: no list of groups",
	} {
		require.ErrorContains(t, err, want)
	}
	for _, rule := range set.Alerts {
		if rule.Problem != "" {
			c := Compile(rule, nil, shop)
			assert.Equal(t, Refused, c.Mode)
			assert.Equal(t, "the rule can't be read: "+rule.Problem, c.Why)
		}
	}
}

func TestFromPrometheusRule(t *testing.T) {
	var object map[string]any
	require.NoError(t, json.Unmarshal([]byte(`{"spec":{"groups":[{"name":"g","rules":[{"alert":"A","expr":1,"for":"90s"},{"alert":"B","expr":"up","for":5}]}]}}`), &object))
	set, err := FromPrometheusRule(object, "PrometheusRule shop")
	require.NoError(t, err)
	assert.Equal(t, []Rule{
		{Name: "A", Expr: "1", For: 90 * time.Second, Group: "g", Source: "PrometheusRule shop"},
		{Name: "B", Expr: "up", Group: "g", Source: "PrometheusRule shop", Problem: `for: not a valid duration string: "5"`},
	}, set.Alerts)
	for _, object := range []map[string]any{nil, {}, {"spec": 5}, {"spec": map[string]any{"groups": "x"}}} {
		_, err := FromPrometheusRule(object, "x")
		assert.Error(t, err)
	}
}
