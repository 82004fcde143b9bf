package rules

import (
	"fmt"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
)

func TestRecordedSeriesAreInlined(t *testing.T) {
	recordings := []Recording{
		{Record: "job:requests:rate5m", Expr: `sum by (job) (rate(http_requests_total[5m]))`},
		{Record: "job:errors:rate5m", Expr: `sum by (job) (rate(http_requests_total{code=~"5.."}[5m]))`},
		{Record: "job:error_share:rate5m", Expr: `job:errors:rate5m / job:requests:rate5m`},
		{Record: "job_le:duration:rate5m", Expr: `sum by (job, le) (rate(http_request_duration_seconds_bucket[5m]))`},
		{Record: "job:p99", Expr: `histogram_quantile(0.99, job_le:duration:rate5m)`},
		{Record: "queue:length:max", Expr: `max by (queue) (queue_length)`, Labels: map[string]string{"tier": "$1", "owner": "me"}},
		{Record: "pods:restarts:sum", Expr: `sum by (pod) (restarts_total)`},
		{Record: "old:requests", Expr: `sum(rate(http_requests_total[5m] offset 1d))`},
		{Record: "loop:a", Expr: `loop:b + 1`},
		{Record: "loop:b", Expr: `loop:a + 1`},
		{Record: "broken:a", Expr: `sum(`},
		{Record: "number:a", Expr: `5`},
		{Record: "two:a", Expr: `max(queue_length)`, Labels: map[string]string{"kind": "max"}},
		{Record: "two:a", Expr: `min(queue_length)`, Labels: map[string]string{"kind": "min"}},
		{Record: "two:a", Expr: `max(queue_length offset 1d)`, Labels: map[string]string{"kind": "past"}},
		{Record: "same:a", Expr: `max(  queue_length)`},
		{Record: "same:a", Expr: `max(queue_length)`},
		{Record: "teams:a", Expr: `max(queue_length{namespace="cart"})`, Labels: map[string]string{"namespace": "cart"}},
		{Record: "teams:a", Expr: `max(queue_length{namespace="shop"})`, Labels: map[string]string{"namespace": "shop"}},
		{Record: "renamed:a", Expr: `label_replace(up, "site", "$1", "instance", "(.*)")`},
		{Record: "joined:a", Expr: `queue_length * on (pod) group_left (version) build_info`},
		{Record: "either:a", Expr: `queue_length or on (pod) backlog`},
		{Record: "moved:a", Expr: `max(queue_length)`, Labels: map[string]string{"pod": "x"}},
	}
	for name, test := range map[string]struct {
		expr  string
		mode  Mode
		query string
		why   string
	}{
		"a share of two recorded rates is lifted": {
			expr: `job:errors:rate5m / job:requests:rate5m > 0.05`, mode: Lifted, why: `http_requests_total have code=~"5.."`,
		},
		"a recorded share is lifted, over two levels": {
			expr: `job:error_share:rate5m{job="shop"} * 100 > 5`, mode: Lifted,
			why: `5 % of the requests in http_requests_total{job="shop"} have code=~"5.."`,
		},
		"sums of recorded sums are lifted": {
			expr: `sum(job:errors:rate5m) / sum(job:requests:rate5m) > 0.05`, mode: Lifted, why: `http_requests_total have code=~"5.."`,
		},
		"a quantile of recorded buckets is lifted": {
			expr: `histogram_quantile(0.9, sum by (le) (job_le:duration:rate5m{job=~"shop|cart"})) > 1`, mode: Lifted,
			why: `10 % of the requests in http_request_duration_seconds_bucket{job=~"shop|cart"} take longer than 1`,
		},
		"a recorded quantile is lifted": {expr: `job:p99 > 1`, mode: Lifted, why: "1 % of the requests"},
		"a recorded quantile has no le to select": {
			expr: `job:p99{le="5"} > 1`, mode: Refused, why: "selects recorded series by le",
		},
		"labels of a recording rule are put on": {
			expr: `queue:length:max{queue="in",tier="$1"} > 5`, mode: Scoped,
			query: `(label_replace(label_replace(max by (queue) (queue_length{namespace="shop",pod=~"__sluice_pods__",queue="in"}), ` +
				`"owner", "me", "", ""), "tier", "$$1", "", "")) > 5`,
		},
		"a matcher on them selects nothing": {expr: `queue:length:max{tier="2"} > 5`, mode: Refused, why: "no recording rule gives queue:length:max"},
		"a label that is aggregated away can't be selected": {
			expr: `queue:length:max{host="a"} > 5`, mode: Refused, why: "host is aggregated away",
		},
		"a definition that is not known": {expr: `other:rate5m > 5`, mode: Refused, why: "other:rate5m is recorded by a rule whose definition was not found"},
		"a range of a recorded series":   {expr: `max_over_time(job:requests:rate5m[1h]) > 5`, mode: Refused, why: "range of recorded series"},
		"an offset on a recorded series": {expr: `job:requests:rate5m offset 1d > 5`, mode: Refused, why: "another time"},
		"an offset within a definition":  {expr: `old:requests > 5`, mode: Refused, why: "the recording rule of old:requests: http_requests_total offset 1d is of another time"},
		"definitions that need each other": {
			expr: `loop:a > 1`, mode: Refused, why: "the recording rule of loop:a reads loop:a itself",
		},
		"a definition that doesn't parse": {expr: `broken:a > 1`, mode: Refused, why: "the recording rule of broken:a: the expression doesn't parse"},
		"a definition that is a number":   {expr: `number:a > 1`, mode: Refused, why: "gives no vector"},
		"two definitions that differ":     {expr: `two:a{kind!="past"} > 1`, mode: Refused, why: "recorded by 2 rules that differ"},
		"a matcher picks one of the two": {
			expr: `two:a{kind="min"} > 1`, mode: Scoped, query: `(label_replace(min(queue_length{namespace="shop",pod=~"__sluice_pods__"}), "kind", "min", "", "")) > 1`,
		},
		"one definition that is loaded twice": {expr: `same:a > 1`, mode: Scoped, query: `(max(queue_length{namespace="shop",pod=~"__sluice_pods__"})) > 1`},
		"the definition of another namespace does not count": {
			expr: `teams:a > 1`, mode: Scoped, query: `(max(queue_length{namespace="shop",pod=~"__sluice_pods__"})) > 1`,
		},
		"a label that is made can't be selected":   {expr: `renamed:a{site="x"} > 1`, mode: Refused, why: "site is made in their definition"},
		"a label that is joined can't be selected": {expr: `joined:a{version="x"} > 1`, mode: Refused, why: "comes from the other side of a join"},
		"a label of the larger side of a join is selected there": {
			expr: `joined:a{queue="x"} > 1`, mode: Scoped,
			query: `(queue_length{namespace="shop",pod=~"__sluice_pods__",queue="x"} * on (pod) group_left (version) build_info{namespace="shop",pod=~"__sluice_pods__"}) > 1`,
		},
		"a label that or doesn't match can't be selected": {expr: `either:a{queue="x"} > 1`, mode: Refused, why: "left out when two sides are matched"},
		"the pod of a recorded series is the scope's":     {expr: `pods:restarts:sum{pod=~"shop-.*"} > 1`, mode: Scoped, query: `(sum by (pod) (restarts_total{namespace="shop",pod=~"__sluice_pods__"})) > 1`},
		"a recording rule that names its pod":             {expr: `moved:a > 1`, mode: Refused, why: "label_replace() writes the label pod"},
	} {
		t.Run(name, func(t *testing.T) {
			c := Compile(Rule{Name: "X", Expr: test.expr}, recordings, shop)
			assert.Equal(t, test.mode, c.Mode, c.Why)
			assert.Contains(t, c.Why, test.why)
			if test.mode == Scoped {
				assertScoped(t, test.expr, c)
				assert.Equal(t, test.query, c.Alert.Scoped.Query)
			}
		})
	}
}

func TestDefinitionsThatGrowExponentially(t *testing.T) {
	recordings := []Recording{{Record: "level:0", Expr: "queue_length"}}
	for i := range 60 {
		recordings = append(recordings, Recording{Record: fmt.Sprintf("level:%d", i+1), Expr: fmt.Sprintf("level:%d + level:%d", i, i)})
	}
	c := Compile(Rule{Name: "X", Expr: "level:60 > 1"}, recordings, shop)
	assert.Equal(t, Refused, c.Mode)
	assert.Contains(t, c.Why, "more than 3000 parts")

	c = Compile(Rule{Name: "X", Expr: "level:3 > 1"}, recordings, shop)
	require.Equal(t, Scoped, c.Mode, c.Why)
	assert.Equal(t, 8, strings.Count(c.Alert.Scoped.Query, analysis.ScopePods))
	assert.Equal(t, []analysis.Control{{Selector: spec.Selector{Metric: "queue_length"}}}, c.Alert.Scoped.Controls, "each once")
}

func TestExpressionsThatAreTooLong(t *testing.T) {
	for name, expr := range map[string]string{
		"too many bytes": "up > " + strings.Repeat("1 + ", longest/4) + "1",
		"too deep":       strings.Repeat("(", 300) + "up" + strings.Repeat(")", 300) + " > 1",
		"too many parts": "up > " + strings.Repeat("1+", most) + "1",
	} {
		t.Run(name, func(t *testing.T) {
			c := Compile(Rule{Name: "X", Expr: expr}, nil, shop)
			assert.Equal(t, Refused, c.Mode)
			assert.Less(t, len(c.Why), 500)
		})
	}
}
