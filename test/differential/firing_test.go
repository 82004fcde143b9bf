package differential

import (
	"encoding/json"
	"fmt"
	"math"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

const (
	// tick is the time between two places where a sample may be, evaluations how many a rule has.
	tick        = 5 * time.Second
	evaluations = 60
)

// scopedRules are expressions of different kinds, each with its duration.
var scopedRules = []rules.Rule{
	{Name: "Gauge", Expr: `max(inflight) > 60`},
	{Name: "GaugePerPod", Expr: `inflight > 50`, For: 30 * time.Second},
	{Name: "Average", Expr: `avg by (path) (avg_over_time(inflight[1m])) > 42`, For: 40 * time.Second},
	{Name: "Errors", Expr: `sum by (path) (increase(http_requests_total{status=~"5.."}[1m])) > 22`, For: 15 * time.Second},
	{Name: "Both", Expr: `rate(http_requests_total{status="500"}[1m]) > 0.15 and on (pod, path) inflight > 30`, For: time.Minute},
	{Name: "Unless", Expr: `inflight unless inflight < 45`, For: 31 * time.Second},
	{Name: "Either", Expr: `sum(inflight) > 150 or count(inflight > 60) > 1 # either will do`, For: 10 * time.Second},
	{Name: "Long", Expr: `sum(rate(http_requests_total[1m])) > 0.5`, For: 10 * time.Minute},
	{Name: "Jumps", Expr: `resets(http_requests_total[2m]) + on (pod, path) changes(inflight[45s]) >= 3`, For: 15 * time.Second},
}

// scripted makes up two pods of a ReplicaSet, with scrapes that are missed and pods that come late and go early.
func scripted(rng *rand.Rand, h *history, replicaSet string) {
	for i := range 2 {
		pod := fmt.Sprintf("%s-aaaa%d", replicaSet, i)
		from, until, offset := rng.IntN(60), 120+rng.IntN(90), rng.IntN(3)
		for _, path := range []string{"/", "/pay"} {
			labels := func(metric string, more ...string) map[string]string {
				all := map[string]string{"__name__": metric, "namespace": "shop", "pod": pod, "instance": pod + ":80", "path": path}
				for n := 0; n < len(more); n += 2 {
					all[more[n]] = more[n+1]
				}
				return all
			}
			inflight, failed := h.add(labels("inflight")), h.add(labels("http_requests_total", "status", "500"))
			load, errors := 20+40*rng.Float64(), 0.
			for n := from + offset; n < until; n += 3 {
				load = max(0, load+30*(rng.Float64()-.5))
				if errors += float64(rng.IntN(6)); rng.IntN(30) == 0 {
					errors = 0
				}
				if rng.IntN(12) == 0 {
					continue
				}
				at := base.Add(time.Duration(n) * tick)
				inflight.points = append(inflight.points, point{at, math.Round(load)})
				failed.points = append(failed.points, point{at, errors})
			}
		}
	}
}

// testInput is the history of a ReplicaSet's pods as promtool's unit tests have it.
func (h *history) testInput(replicaSet string) []map[string]string {
	input := []map[string]string{}
	for _, s := range h.series {
		if !strings.HasPrefix(s.labels["pod"], replicaSet) {
			continue
		}
		values, next := []string{}, 0
		for _, p := range s.points {
			n := int(p.at.Sub(base) / tick)
			for ; next < n; next++ {
				values = append(values, "_")
			}
			values, next = append(values, strconv.FormatFloat(p.value, 'g', -1, 64)), n+1
		}
		input = append(input, map[string]string{"series": s.name(), "values": strings.Join(values, " ")})
	}
	return input
}

// claim is what we say of a rule at a time.
type claim struct {
	at    time.Duration
	state analysis.FiringState
}

// verify has Prometheus's own rule manager run the rule over the pods of one version alone, and compares the state of its alert at
// each claim.
func verify(t *testing.T, rule rules.Rule, input []map[string]string, claims []claim) {
	t.Helper()
	dir := t.TempDir()
	write := func(name string, content any) string {
		text, err := json.Marshal(content) // YAML too
		require.NoError(t, err)
		path := filepath.Join(dir, name)
		require.NoError(t, os.WriteFile(path, text, 0o600))
		return path
	}
	type object = map[string]any
	ruleFile := write("rules.yaml", object{"groups": []object{{"name": "g", "rules": []object{
		{"alert": rule.Name, "expr": rule.Expr, "for": min(rule.For, 2*time.Minute).String()},
	}}}})
	tests := []object{}
	for _, c := range claims {
		for matcher, is := range map[string]bool{"": c.state.Active, `,alertstate="firing"`: c.state.Firing} {
			want := []object{}
			if is {
				want = append(want, object{"labels": "{}", "value": 1})
			}
			tests = append(tests, object{
				"expr": fmt.Sprintf(`clamp_max(count(ALERTS{alertname=%q%s}), 1)`, rule.Name, matcher), "eval_time": c.at.String(), "exp_samples": want,
			})
		}
	}
	out, err := promtool(t, "test", "rules", write("test.yaml", object{
		"rule_files": []string{ruleFile}, "evaluation_interval": scrape.String(),
		"tests": []object{{"interval": tick.String(), "input_series": input, "promql_expr_test": tests}},
	}))
	assert.NoError(t, err, out[:min(len(out), 2000)])
}

func TestScopedRulesFireAsInAPrometheusOfOneVersion(t *testing.T) {
	for seed := range uint64(2) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) { compareStates(t, rand.New(rand.NewPCG(seed, 1))) })
	}
}

// compareStates evaluates all rules over one history, in both ways.
func compareStates(t *testing.T, rng *rand.Rand) {
	t.Helper()
	h := &history{}
	scripted(rng, h, "shop-old")
	scripted(rng, h, "shop-new")
	scripted(rng, h, "another-new")
	sub := newService(0, h).subject()
	sub.Namespace, sub.Since, sub.Gates = "shop", base.Add(-time.Minute), analysis.Gates{}
	for _, rule := range scopedRules {
		compiled := rules.Compile(rule, nil, rules.Scope{Namespace: "shop", Deployment: "shop"})
		require.Equal(t, rules.Scoped, compiled.Mode, "%s: %s", rule.Name, compiled.Why)
		sub.Gates.Alerts = append(sub.Gates.Alerts, compiled.Alert)
	}
	claims := make([][2][]claim, len(scopedRules))
	s := source(t, h.serve(t))
	for n := range evaluations {
		at := time.Duration(n) * scrape
		ev := collect(t, s, sub, base.Add(at+scrape))
		for i := range scopedRules {
			firing := &ev.Alerts[i].Firing
			require.Equal(t, base.Add(at), firing.At)
			if firing.Problem != nil {
				require.Equal(t, analysis.ReasonPositiveControl, firing.Problem.Reason, "%s: %s", scopedRules[i].Name, firing.Problem.Detail)
			}
			claims[i][analysis.Canary] = append(claims[i][analysis.Canary], claim{at, firing.Canary})
			claims[i][analysis.Stable] = append(claims[i][analysis.Stable], claim{at, firing.Stable})
		}
	}
	for i, rule := range scopedRules {
		t.Run(rule.Name, func(t *testing.T) {
			states := map[string]int{}
			for side, replicaSet := range []string{"shop-new", "shop-old"} {
				verify(t, rule, h.testInput(replicaSet), claims[i][side])
				for _, c := range claims[i][side] {
					states[fmt.Sprintf("active %t firing %t", c.state.Active, c.state.Firing)]++
				}
			}
			t.Log(states)
			assert.GreaterOrEqual(t, len(states), 2, "a rule that never changes shows nothing")
		})
	}
}
