package prometheus

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// errCost is what Prometheus calls a query that would read more than it is configured to
// (github.com/prometheus/prometheus v0.316.0, web/api/v1/api.go, errorCostLimit).
const errCost apiv1.ErrorType = "cost_limit"

var (
	errTooMany = errors.New("more series than allowed")
	errType    = errors.New("an answer of another type than asked for")
)

// answer is what Prometheus said.
type answer struct {
	found []found
	notes []string
}

// query asks for one stretch of time. Without an answer and without a problem there was no query left to send: the rest is for
// the next time.
func (c *collection) query(ctx context.Context, k kind, b batch, from, until time.Time) (*answer, *analysis.Problem) {
	if c.down != nil {
		return nil, c.down
	}
	if c.queries >= c.source.options.MaxQueries {
		return nil, nil
	}
	c.queries++
	at := until
	if k == kindSamples && until.Equal(c.end) {
		// What is there already of the time after may show whether stable is in the same outage.
		at = c.now
	}
	a, err := c.source.ask(ctx, k, b.promQL(k, at.Sub(from)), at, b.span())
	if err == nil {
		c.failures = 0
		return a, nil
	}
	problem := classify(err)
	c.source.metrics.errors.WithLabelValues(string(problem.Reason)).Inc()
	if problem.Reason == analysis.ReasonUnreachable {
		c.fail(ctx, problem, b, err)
	}
	return nil, problem
}

// patience is how many failures in a row show that it is Prometheus, and not one large query.
const patience = 3

// fail takes note of a query that found no Prometheus.
func (c *collection) fail(ctx context.Context, problem *analysis.Problem, b batch, err error) {
	c.failures++
	for _, a := range b {
		if errors.Is(err, context.DeadlineExceeded) {
			a.state.slow++
		}
	}
	if c.failures >= patience || ctx.Err() != nil {
		c.down = problem
	}
}

// ask sends one query. A rule is evaluated at each interval of the span before as well.
func (s *Source) ask(ctx context.Context, k kind, promQL string, at time.Time, span time.Duration) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.QueryTimeout)
	defer cancel()
	s.metrics.queries.WithLabelValues(string(k)).Inc()
	options := []apiv1.Option{apiv1.WithTimeout(s.options.QueryTimeout), apiv1.WithLimit(uint64(s.options.MaxSeries) + 1)}
	var (
		value    model.Value
		warnings apiv1.Warnings
		err      error
		start    = time.Now()
	)
	if k == kindRule {
		value, warnings, _, err = s.api.QueryRange(ctx, promQL, apiv1.Range{Start: at.Add(-span), End: at, Step: s.options.Interval}, options...)
	} else {
		value, warnings, _, err = s.api.Query(ctx, promQL, at, options...)
	}
	s.metrics.seconds.Observe(time.Since(start).Seconds())
	if err != nil {
		return nil, err
	}
	a := &answer{notes: slices.Clone(warnings)}
	if a.found, err = read(value); err != nil {
		return nil, err
	}
	if len(a.found) > s.options.MaxSeries {
		return nil, fmt.Errorf("%w (%d)", errTooMany, s.options.MaxSeries)
	}
	return a, nil
}

// read reads an answer's series. An element that isn't there is nothing that Prometheus says.
func read(value model.Value) ([]found, error) {
	var all []found
	switch v := value.(type) {
	case model.Matrix:
		for _, stream := range v {
			if stream == nil {
				return nil, errType
			}
			all = append(all, found{labels: stream.Metric, samples: present(stream)})
		}
	case model.Vector:
		for _, sample := range v {
			if sample == nil {
				return nil, errType
			}
			all = append(all, found{labels: sample.Metric})
		}
	default:
		return nil, errType
	}
	return all, nil
}

// present are the samples of a stream. Of a histogram it only counts that it is there: a rule that is about one is true.
func present(s *model.SampleStream) []model.SamplePair {
	samples := s.Values
	for _, h := range s.Histograms {
		samples = append(samples, model.SamplePair{Timestamp: h.Timestamp, Value: model.SampleValue(math.NaN())})
	}
	return samples
}

// wordy is how much of an error is worth repeating.
const wordy = 300

const foreignTongue = "what answers at the address does not speak like Prometheus: "

// classify tells a Prometheus that can't be asked from one that answers, but not this.
func classify(err error) *analysis.Problem {
	reason, text := analysis.ReasonUnreachable, "Prometheus can't be reached: "
	var e *apiv1.Error
	switch {
	case errors.Is(err, errTooLarge), errors.Is(err, errTooMany):
		reason = analysis.ReasonRefused
	case errors.Is(err, errType):
		text = foreignTongue
	case errors.As(err, &e):
		switch e.Type {
		case apiv1.ErrBadData, apiv1.ErrExec, errCost:
			reason = analysis.ReasonRefused
		case apiv1.ErrBadResponse:
			text = foreignTongue
		case apiv1.ErrTimeout, apiv1.ErrCanceled, apiv1.ErrServer, apiv1.ErrClient:
			text = "Prometheus answers with an error: "
		}
	}
	if reason == analysis.ReasonRefused {
		text = "Prometheus refuses the query: "
	}
	detail := err.Error()
	if len(detail) > wordy {
		detail = detail[:wordy] + "…"
	}
	return &analysis.Problem{Reason: reason, Detail: text + detail}
}
