package main

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestLintExits(t *testing.T) {
	const (
		good    = "kind: Deployment\nmetadata: {name: shop, annotations: {sluice.dev/strategy: canary, sluice.dev/alerts: A}}\n---\n"
		rule    = "groups: [{name: g, rules: [{alert: A, expr: up == 0}]}]\n"
		refused = "groups: [{name: g, rules: [{alert: A, expr: absent(up)}]}]\n"
	)
	for name, test := range map[string]struct {
		args  []string
		stdin string
		want  int
		says  string
	}{
		"nothing wrong":                      {[]string{"-"}, good + rule, 0, "ok       A: scoped"},
		"a rule that is refused":             {[]string{"-"}, good + refused, 1, "PROBLEM  A: refused"},
		"a rule that is missing":             {[]string{"-"}, good, 1, "no such alert rule"},
		"a wrong annotation":                 {[]string{"-"}, "kind: Deployment\nmetadata: {annotations: {sluice.dev/steps: x}}", 1, "PROBLEM  sluice.dev/steps"},
		"a refused rule that nobody names":   {[]string{"-"}, refused, 0, "note     A: refused"},
		"the namespace of those without one": {[]string{"--namespace", "shop", "-"}, good + rule, 0, "Deployment shop/shop"},
		"a file that isn't there":            {[]string{"testdata/none.yaml"}, "", 2, "no such file"},
		"no YAML":                            {[]string{"-"}, "a: [", 2, "document 1 can't be read"},
		"no file":                            {nil, "", 2, "Usage: controller lint"},
		"an unknown flag":                    {[]string{"--what"}, "", 2, "Usage: controller lint"},
		"an unknown output":                  {[]string{"--output", "xml", "-"}, "", 2, "want text or json"},
		"help":                               {[]string{"--help"}, "", 0, "Usage: controller lint"},
	} {
		t.Run(name, func(t *testing.T) {
			var stdout, stderr bytes.Buffer
			assert.Equal(t, test.want, lint(test.args, strings.NewReader(test.stdin), &stdout, &stderr))
			assert.Contains(t, stdout.String()+stderr.String(), test.says)
		})
	}
}

func TestLintWritesJSON(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(file, []byte("groups: [{name: g, rules: [{alert: A, expr: 'x > 1'}]}]"), 0o600))
	var stdout, stderr bytes.Buffer
	require.Equal(t, 0, lint([]string{"--output", "json", file}, nil, &stdout, &stderr))
	assert.Empty(t, stderr.String())
	var report struct {
		Version  int
		Findings []struct{ Check, Level, Name, Mode string }
	}
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &report))
	assert.Equal(t, 1, report.Version)
	require.Len(t, report.Findings, 1)
	assert.Equal(t, "scoped", report.Findings[0].Mode)
}
