package main

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	replay "github.com/sluice-dev/sluice/pkg/backtest"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// where are the flags that backtest can't do without.
func where(more ...string) []string {
	return append([]string{"--prometheus=http://localhost:9090", "--deployment=shop/cart"}, more...)
}

func TestBacktestFlagsThatCantBeRight(t *testing.T) {
	t.Parallel()
	for sentence, c := range map[string]struct {
		args []string
		want string
	}{
		"nothing at all":             {nil, "want http://HOST:PORT"},
		"no Deployment":              {[]string{"--prometheus=http://localhost:9090"}, `--deployment is ""; want NAMESPACE/NAME`},
		"a Deployment alone":         {where("--deployment=cart"), `--deployment is "cart"; want NAMESPACE/NAME`},
		"no name of a Deployment":    {where(`--deployment=shop/ca"rt`), "want NAMESPACE/NAME"},
		"an address that is none":    {where("--prometheus=localhost:9090"), `--prometheus is "localhost:9090"`},
		"a span that is none":        {where("--since=yesterday"), `--since is "yesterday"`},
		"a span of years":            {where("--since=3y"), "at most 400d"},
		"no span":                    {where("--since=0d"), `--since is "0d"`},
		"an end in the future":       {where("--until=2999-01-01T00:00:00Z"), "want a time in the past"},
		"an end that is no time":     {where("--until=noon"), `--until is "noon"`},
		"an output that isn't there": {where("--output=yaml"), `--output is "yaml"; want text or json`},
		"no interval":                {where("--interval=0"), "want more than 0"},
		"an error rate of nothing":   {where("--max-error-rate=5"), `--max-error-rate is "5": no percent sign`},
		"a latency without quantile": {where("--max-latency=2s"), "--max-latency is"},
		"steps that fall":            {where("--steps=50,10"), "weights must rise"},
		"rules without a file":       {where("--alerts=A"), "--alerts and --alerts-file want each other"},
		"a file without rules":       {where("--alerts-file=rules.yaml"), "--alerts and --alerts-file want each other"},
		"a file that isn't there":    {where("--alerts=A", "--alerts-file=/nowhere.yaml"), "/nowhere.yaml"},
		"a word without a flag":      {where("now"), `unexpected argument "now"`},
		"a flag that isn't there":    {where("--faster"), "flag provided but not defined"},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			_, err := parseBacktestFlags(c.args, io.Discard)
			require.ErrorContains(t, err, c.want)
			var stdout, stderr bytes.Buffer
			assert.Equal(t, 2, backtest(t.Context(), c.args, &stdout, &stderr))
			assert.Empty(t, stdout.String())
			assert.NotEmpty(t, stderr.String())
		})
	}
}

func TestBacktestFlags(t *testing.T) {
	t.Parallel()
	f, err := parseBacktestFlags(where("--since=36h", "--until=2026-07-28T12:00:00Z", "--max-error-rate=1%", "--steps=20@5m,100@pause", "--compare=off"), io.Discard)
	require.NoError(t, err)
	o := f.options
	assert.Equal(t, "shop", o.Namespace)
	assert.Equal(t, "cart", o.Deployment)
	assert.Equal(t, time.Date(2026, 7, 27, 0, 0, 0, 0, time.UTC), o.From)
	assert.Equal(t, replay.Settings{
		MaxErrorRate: "1%", MaxLatency: "p95<2s", Compare: "off", Steps: "20@5m,100@pause", OnInconclusive: "hold", MaxHold: "30m",
		Alerts: []replay.AlertState{},
	}, o.Settings)
	assert.InDelta(t, .01, o.Spec.MaxErrorRate, 1e-12)

	f, err = parseBacktestFlags(where(), io.Discard)
	require.NoError(t, err)
	assert.Equal(t, 14*24*time.Hour, f.options.Until.Sub(f.options.From))
	assert.Equal(t, spec.Default().Steps, f.options.Spec.Steps)
	assert.Equal(t, "5%", f.options.Settings.MaxErrorRate)
	assert.Equal(t, "10@1m,50@1m,100@1m", f.options.Settings.Steps)
}

func TestBacktestHelpExplainsEveryFlag(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 0, backtest(t.Context(), []string{"--help"}, &stdout, &stderr))
	for _, name := range []string{"-prometheus ", "-deployment", "-since", "-until", "-output", "-max-error-rate", "-max-latency", "-compare", "-steps", "-metrics", "-alerts ", "-alerts-file"} {
		assert.Contains(t, stderr.String(), name)
	}
}

func TestBacktestTellsWhichRulesAreReplayed(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "rules.yaml")
	require.NoError(t, os.WriteFile(file, []byte(`groups:
- name: app
  rules:
  - alert: Errors
    expr: sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.02
    labels: {severity: critical}
  - {alert: Queue, expr: sum(queue_length) > 100}
  - {alert: Absent, expr: absent(http_requests_total)}
`), 0o600))
	_, err := parseBacktestFlags(where("--alerts=Errors,Queue,Absent,Queue2!global", "--alerts-file="+file), io.Discard)
	require.ErrorContains(t, err, "has no alert rule named Queue2")
	f, err := parseBacktestFlags(where("--alerts=Errors,Queue,Absent", "--alerts-file="+file), io.Discard)
	require.NoError(t, err)
	require.Len(t, f.options.Alerts, 1)
	assert.Equal(t, "Errors", f.options.Alerts[0].Name)
	assert.InDelta(t, .02, f.options.Alerts[0].Lifted.Limit, 1e-12)
	states := f.options.Settings.Alerts
	require.Len(t, states, 3)
	assert.True(t, states[0].Replayed)
	assert.False(t, states[1].Replayed)
	assert.Contains(t, states[1].Detail, "a backtest does not")
	assert.False(t, states[2].Replayed)
	assert.Contains(t, states[2].Detail, "refused")

	f, err = parseBacktestFlags(where("--alerts=Queue!global", "--alerts-file="+file), io.Discard)
	require.NoError(t, err)
	assert.Contains(t, f.options.Settings.Alerts[0].Detail, "!global")
	assert.Empty(t, f.options.Alerts)
}

func TestBacktestOfAnEmptyHistory(t *testing.T) {
	t.Parallel()
	empty := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"matrix","result":[]}}`))
	}))
	t.Cleanup(empty.Close)
	args := []string{"--prometheus=" + empty.URL, "--deployment=shop/cart", "--since=1h"}
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 1, backtest(t.Context(), append(args, "--output=json"), &stdout, &stderr))
	var report replay.Report
	require.NoError(t, json.Unmarshal(stdout.Bytes(), &report), stdout.String())
	assert.Equal(t, replay.Schema, report.Schema)
	assert.Contains(t, stderr.String(), "nothing could be replayed")
	assert.Contains(t, stderr.String(), "looking for pods of shop/cart")

	stdout.Reset()
	stderr.Reset()
	assert.Equal(t, 1, backtest(t.Context(), append(args, "--quiet"), &stdout, &stderr))
	assert.Contains(t, stdout.String(), "No roll-outs were found.")
	assert.NotContains(t, stderr.String(), "looking for")
}

func TestBacktestWithoutPrometheus(t *testing.T) {
	t.Parallel()
	var stdout, stderr bytes.Buffer
	assert.Equal(t, 1, backtest(t.Context(), []string{"--prometheus=http://127.0.0.1:1", "--deployment=shop/cart"}, &stdout, &stderr))
	assert.Empty(t, stdout.String())
	assert.Contains(t, stderr.String(), "ask Prometheus")
}
