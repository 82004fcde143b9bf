package dashboards

import (
	"context"
	"fmt"
	"math"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"
)

// grafana asks Prometheus what a dashboard would, over a range of time.
type grafana struct {
	api        apiv1.API
	start, end time.Time
}

func newGrafana(t *testing.T, address string, start, end time.Time) grafana {
	t.Helper()
	client, err := api.NewClient(api.Config{Address: address})
	require.NoError(t, err)
	return grafana{api: apiv1.NewAPI(client), start: start, end: end}
}

const (
	// step of queries over time, and the interval of rates that goes with a scrape every second: four of them.
	step, rateInterval = time.Second, "4s"
	// longStep is that of panels that count per interval. It is shorter than they would have it, for so are the runs.
	longStep = 10 * time.Second
)

// builtIn are the variables that Grafana itself knows.
func (g grafana) builtIn(every time.Duration) map[string]string {
	whole := int64(g.end.Sub(g.start).Seconds())
	return map[string]string{
		"__interval": fmt.Sprintf("%ds", int64(every.Seconds())), "__rate_interval": rateInterval,
		"__range": fmt.Sprintf("%ds", whole), "__range_s": fmt.Sprint(whole),
	}
}

// with is the built-in variables and others.
func (g grafana) with(every time.Duration, values map[string]string) map[string]string {
	all := g.builtIn(every)
	for name, value := range values {
		all[name] = value
	}
	return all
}

// target runs one query of a panel; series that have nothing but NaN are left out.
func (g grafana) target(ctx context.Context, p boardPanel, q boardTarget, values map[string]string) (model.Matrix, error) {
	every := step
	if p.Interval != "" {
		every = longStep
	}
	expr, err := interpolate(q.Expr, g.with(every, values))
	if err != nil {
		return nil, err
	}
	return g.ask(ctx, expr, every, q.Instant)
}

func (g grafana) ask(ctx context.Context, expr string, every time.Duration, instant bool) (model.Matrix, error) {
	if !instant {
		value, warnings, infos, err := g.api.QueryRange(ctx, expr, apiv1.Range{
			Start: g.end.Add(-g.end.Sub(g.start).Truncate(every)), End: g.end, Step: every, // the end is a point
		})
		return known(expr, value, notes(warnings, infos), err)
	}
	value, warnings, infos, err := g.api.Query(ctx, expr, g.end)
	return known(expr, value, notes(warnings, infos), err)
}

// notes are what Prometheus remarks on a query; Grafana shows it in the corner of the panel.
func notes(warnings apiv1.Warnings, infos apiv1.Infos) []string {
	return append(slices.Clone(warnings), infos...)
}

// known are the series of an answer that have a number.
func known(expr string, value model.Value, notes []string, err error) (model.Matrix, error) {
	if err != nil {
		return nil, fmt.Errorf("%w in\n%s", err, expr)
	}
	if len(notes) > 0 {
		return nil, fmt.Errorf("Prometheus remarks %q on\n%s", notes, expr)
	}
	var all model.Matrix
	switch v := value.(type) {
	case model.Matrix:
		all = v
	case model.Vector:
		for _, s := range v {
			all = append(all, &model.SampleStream{Metric: s.Metric, Values: []model.SamplePair{{Timestamp: s.Timestamp, Value: s.Value}}})
		}
	default:
		return nil, fmt.Errorf("a %s is no series, in\n%s", value.Type(), expr)
	}
	var some model.Matrix
	for _, s := range all {
		for _, pair := range s.Values {
			if !math.IsNaN(float64(pair.Value)) {
				some = append(some, s)
				break
			}
		}
	}
	return some, nil
}

// labelValues is the form of the variables' queries.
var labelValues = regexp.MustCompile(`^label_values\((.+), (\w+)\)$`)

// values are those that a variable can be given.
func (g grafana) values(ctx context.Context, query string, chosen map[string]string) ([]string, error) {
	parts := labelValues.FindStringSubmatch(query)
	if parts == nil {
		return nil, fmt.Errorf("%q is not label_values(selector, label)", query)
	}
	selector, err := interpolate(parts[1], chosen)
	if err != nil {
		return nil, err
	}
	found, warnings, infos, err := g.api.LabelValues(ctx, parts[2], []string{selector}, g.start, g.end)
	if err != nil {
		return nil, fmt.Errorf("%w in %s", err, query)
	}
	if remarks := notes(warnings, infos); len(remarks) > 0 {
		return nil, fmt.Errorf("Prometheus remarks %q on %s", remarks, query)
	}
	var out []string
	for _, value := range found {
		out = append(out, string(value))
	}
	return out, nil
}

// mentions says whether a query depends on a variable.
func mentions(query, name string) bool {
	return strings.Contains(query, "$"+name) || strings.Contains(query, "${"+name)
}
