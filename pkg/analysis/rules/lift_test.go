package rules

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// writer writes one rule in one of the many ways that mean the same.
type writer struct{ rng *rand.Rand }

func (w writer) one(of ...string) string { return of[w.rng.IntN(len(of))] }

func (w writer) parens(s string) string { return w.one(s, "("+s+")", "( ("+s+") )") }

// sum writes a sum by two labels.
func (w writer) sum(of string) string {
	by := w.one("by (route, job)", "by (job, route)", "by(route,job,job)")
	return w.parens(w.one("sum "+by+" ("+of+")", "sum("+w.parens(of)+") "+by, "sum "+by+" (sum by (pod, route, code, job) ("+of+"))"))
}

// compared writes left > limit.
func (w writer) compared(left string, limit float64) string {
	factor := w.one("1", "100", "0.5", "1e3")
	var k float64
	_, _ = fmt.Sscan(factor, &k)
	left = w.one(factor+" * "+left, left+" * "+factor, fmt.Sprintf("%s / (1 / %s)", left, factor))
	right := w.parens(w.one(fmt.Sprint(limit*k), fmt.Sprintf("%v * %v", limit, k), fmt.Sprintf("1 - (1 - %v)", limit*k)))
	return w.parens(w.one(left+" > "+right, left+" >= "+right, right+" < "+left, right+" <= "+left))
}

func TestLiftingDoesNotDependOnTheSpelling(t *testing.T) {
	seed := uint64(31)
	w := writer{rand.New(rand.NewPCG(seed, 1))}
	share := analysis.LiftedRule{
		Limit:    0.05,
		Requests: spec.Selector{Metric: "rpc_total", Matchers: []spec.Matcher{{Label: "side", Op: spec.MatchEqual, Value: "server"}}},
		Bad:      []spec.Matcher{{Label: "code", Op: spec.MatchRegexp, Value: "5.."}},
		Groups:   []string{"route"},
	}
	latency := analysis.LiftedRule{
		Limit: 0.01, Requests: spec.Selector{Metric: "rpc_seconds_bucket"}, Latency: true, Threshold: 0.25, Groups: []string{"route"},
	}
	for range 2000 {
		rate := w.one("rate", "irate", "increase")
		window := w.one("1m", "5m", "300s")
		all := w.sum(rate + `(rpc_total{side="server"}[` + window + `])`)
		bad := w.sum(rate + w.one(`(rpc_total{code=~"5..",side="server"}[`, `(rpc_total{side="server",code=~"5.."}[`) + window + `])`)
		good := w.sum(rate + `(rpc_total{side="server",code!~"5.."}[` + window + `])`)
		match := w.one("", "on (job, route)", "on (route, job, x)", "ignoring (x)", "ignoring ()")
		left := w.one(bad+" / "+match+" "+all, "1 - "+good+" / "+match+" "+all, "("+all+" - "+good+") / "+match+" "+all)
		expr := w.compared(w.one("("+left+")"), 0.05)
		c := Compile(Rule{Name: "X", Expr: expr}, nil, shop)
		require.Equal(t, Lifted, c.Mode, "seed %d: %s: %s", seed, expr, c.Why)
		require.Equal(t, share, *c.Alert.Lifted, "seed %d: %s", seed, expr)

		buckets := w.parens(`sum ` + w.one("by (le, route)", "by (route, le, job)") + ` (` + rate + `(rpc_seconds_bucket[` + window + `]))`)
		expr = w.compared("histogram_quantile("+w.one("0.99", "99 / 100", "1 - 0.01")+", "+buckets+")", 0.25)
		c = Compile(Rule{Name: "X", Expr: expr}, nil, shop)
		require.Equal(t, Lifted, c.Mode, "seed %d: %s: %s", seed, expr, c.Why)
		require.Equal(t, latency, *c.Alert.Lifted, "seed %d: %s", seed, expr)
	}
}

func TestWhatMeansSomethingElseIsNotLifted(t *testing.T) {
	const rule = `sum by (route) (rate(rpc_total{side="server",code=~"5.."}[5m])) / sum by (route) (rate(rpc_total{side="server"}[5m])) > 0.05`
	require.Equal(t, Lifted, Compile(Rule{Expr: rule}, nil, shop).Mode)
	for sentence, edit := range map[string][2]string{
		"another range on one side":               {`[5m])) /`, `[4m])) /`},
		"another function on one side":            {`(rate(rpc_total{side="server",c`, `(irate(rpc_total{side="server",c`},
		"another metric on one side":              {`(rate(rpc_total{side="server",c`, `(rate(rpc_failed_total{side="server",c`},
		"another aggregation on one side":         {`sum by (route) (rate(rpc_total{side="server"}`, `max by (route) (rate(rpc_total{side="server"}`},
		"another grouping on one side":            {`sum by (route) (rate(rpc_total{side="server"}`, `sum by (route, job) (rate(rpc_total{side="server"}`},
		"a grouping by what tells good from bad":  {`by (route)`, `by (route, code)`},
		"a matcher that only the divisor has":     {`{side="server"}`, `{side="server",zone="a"}`},
		"a value that differs between both sides": {`{side="server"}`, `{side="client"}`},
		"an operator that joins conditions":       {`> 0.05`, `> 0.05 and up == 1`},
		"bool":                                    {`> 0.05`, `> bool 0.05`},
		"equality":                                {`> 0.05`, `== 0.05`},
		"a limit of nothing":                      {`> 0.05`, `> 0`},
		"a limit of all":                          {`> 0.05`, `>= 1`},
		"a limit that moves":                      {`> 0.05`, `> on () group_left () max(rpc_limit)`},
		"a counter of seconds":                    {`rpc_total`, `rpc_seconds_total`},
		"a counter of bytes":                      {`rpc_total`, `rpc_received_bytes_total`},
		"a power":                                 {`> 0.05`, `^ 2 > 0.05`},
		"a join":                                  {`/ sum`, `/ on (route) group_left () sum`},
		"a match by fewer labels than groups":     {`/ sum`, `/ on () sum`},
		"a match that leaves out a group's label": {`/ sum`, `/ ignoring (route) sum`},
		"not a rate":                              {`rate(rpc_total{side="server",code=~"5.."}[5m])`, `rpc_total{side="server",code=~"5.."}`},
		"a rate of a subquery":                    {`{side="server",code=~"5.."}[5m]`, `{side="server",code=~"5.."}[5m:1m]`},
		"a smoothed rate":                         {`{side="server",code=~"5.."}[5m]`, `{side="server",code=~"5.."}[5m] smoothed`},
		"a factor of nothing":                     {`> 0.05`, `* 0 > 0.05`},
		"a division by nothing":                   {`> 0.05`, `/ 0 > 0.05`},
		"a constant added to one side":            {`/ sum`, `/ (1 + sum`},
	} {
		t.Run(sentence, func(t *testing.T) {
			expr := strings.ReplaceAll(rule, edit[0], edit[1])
			if strings.Contains(edit[1], "(1 +") {
				expr = strings.Replace(expr, " > ", ") > ", 1)
			}
			require.NotEqual(t, rule, expr)
			c := Compile(Rule{Expr: expr}, nil, shop)
			assert.NotEqual(t, Lifted, c.Mode, expr)
			if c.Mode == Scoped {
				assertScoped(t, expr, c)
			} else {
				assert.NotContains(t, c.Why, "doesn't parse", expr)
			}
		})
	}
}

func TestPartsOfATotal(t *testing.T) {
	total := func(expr string) *total {
		tree, no := parse(expr)
		require.Nil(t, no)
		read, why := totalOf(tree)
		require.NotNil(t, read, why)
		return read
	}
	all := total(`sum(rate(rpc_total{side="server"}[5m]))`)
	further, why := total(`sum(rate(rpc_total{code="500",side="server"}[5m]))`).part(all)
	assert.Equal(t, []spec.Matcher{{Label: "code", Op: spec.MatchEqual, Value: "500"}}, further, why)
	for sentence, expr := range map[string]string{
		"over another time":   `sum(rate(rpc_total{code="500",side="server"}[4m]))`,
		"by another function": `sum(increase(rpc_total{code="500",side="server"}[5m]))`,
		"of another metric":   `sum(rate(rpc_failed_total{code="500",side="server"}[5m]))`,
		"with other groups":   `sum by (job) (rate(rpc_total{code="500",side="server"}[5m]))`,
		"of the other side":   `sum(rate(rpc_total{code="500",side="client"}[5m]))`,
		"not added up":        `rate(rpc_total{code="500",side="server"}[5m])`,
		"of the same":         `sum(rate(rpc_total{side="server"}[5m]))`,
	} {
		further, why = total(expr).part(all)
		assert.Empty(t, further, sentence)
		assert.NotEmpty(t, why, sentence)
	}
}

func TestGroupings(t *testing.T) {
	by := func(names ...string) grouping { return newGrouping(false, names) }
	without := func(names ...string) grouping { return newGrouping(true, names) }
	assert.Equal(t, by("a"), by("a", "b").of(by("c", "a")), "by of by keeps what both keep")
	assert.Equal(t, by("a"), by("a", "b").of(without("b")))
	assert.Equal(t, by("a"), without("b").of(by("a", "b")))
	assert.Equal(t, without("a", "b"), without("b").of(without("a", "b")))
}

func TestFolding(t *testing.T) {
	for expr, want := range map[string]float64{
		"2 ^ 3 ^ 2": 512, "-2 ^ 2": -4, "7 % 4": 3, "(1 + 2) * 3 / 4 - 1": 1.25, "5m": 300,
	} {
		tree, no := parse(expr)
		require.Nil(t, no)
		got, ok := number(tree)
		assert.True(t, ok, expr)
		assert.Equal(t, want, got, expr)
	}
}
