package prometheus

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

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
func (c *collection) query(ctx context.Context, f *family, k kind, batch []*ask, from, until time.Time) (*answer, *analysis.Problem) {
	if c.down != nil {
		return nil, c.down
	}
	if c.queries >= c.source.options.MaxQueries {
		return nil, nil
	}
	c.queries++
	at := until
	if k == samplesOf && until.Equal(c.end) {
		// What is there already of the time after may show whether stable is in the same outage.
		at = c.now
	}
	a, err := c.source.query(ctx, f.metric, promQL(f, k, batch, at.Sub(from)), at)
	if err == nil {
		c.failures = 0
		return a, nil
	}
	problem := classify(err)
	c.source.metrics.errors.WithLabelValues(string(problem.Reason)).Inc()
	if problem.Reason == analysis.ReasonUnreachable {
		c.fail(ctx, problem, batch, err)
	}
	return nil, problem
}

// patience is how many failures in a row show that it is Prometheus, and not one large query.
const patience = 3

// fail takes note of a query that found no Prometheus.
func (c *collection) fail(ctx context.Context, problem *analysis.Problem, batch []*ask, err error) {
	c.failures++
	for _, a := range batch {
		if errors.Is(err, context.DeadlineExceeded) {
			a.book.slow++
		}
	}
	if c.failures >= patience || ctx.Err() != nil {
		c.down = problem
	}
}

// query sends one query.
func (s *Source) query(ctx context.Context, metric, promQL string, at time.Time) (*answer, error) {
	ctx, cancel := context.WithTimeout(ctx, s.options.QueryTimeout)
	defer cancel()
	s.metrics.queries.WithLabelValues(metric).Inc()
	start := time.Now()
	limit := uint64(s.options.MaxSeries) + 1
	value, warnings, _, err := s.api.Query(ctx, promQL, at, apiv1.WithTimeout(s.options.QueryTimeout), apiv1.WithLimit(limit))
	s.metrics.seconds.Observe(time.Since(start).Seconds())
	if err != nil {
		return nil, err
	}
	a := &answer{notes: slices.Clone(warnings)}
	switch v := value.(type) {
	case model.Matrix:
		for _, stream := range v {
			a.found = append(a.found, found{metric: stream.Metric, samples: stream.Values})
		}
	case model.Vector:
		for _, sample := range v {
			a.found = append(a.found, found{metric: sample.Metric})
		}
	default:
		return nil, errType
	}
	if len(a.found) > s.options.MaxSeries {
		return nil, fmt.Errorf("%w (%d)", errTooMany, s.options.MaxSeries)
	}
	return a, nil
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
		case apiv1.ErrBadData, apiv1.ErrExec:
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
