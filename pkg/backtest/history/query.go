package history

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/prometheus/common/model"
)

// maxQueries bounds the queries of one report: the scans of a year, with room for the roll-outs.
const maxQueries = 20_000

var (
	errQueries = errors.New("more queries than allowed")
	errType    = errors.New("an answer of another type than asked for")
)

// asker sends queries, one at a time.
type asker struct {
	api     apiv1.API
	timeout time.Duration
	sent    int
	// remarks are what Prometheus had to say beside its answers, that a part of the history is missing, say; each once.
	remarks []string
}

// few is how many remarks are kept.
const few = 5

func (a *asker) remark(warnings apiv1.Warnings) {
	for _, w := range warnings {
		if len(a.remarks) < few && !slices.Contains(a.remarks, w) {
			a.remarks = append(a.remarks, w)
		}
	}
}

// instant asks about one time.
func (a *asker) instant(ctx context.Context, promQL string, at time.Time) (model.Vector, error) {
	ctx, cancel, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer cancel()
	value, warnings, _, err := a.api.Query(ctx, promQL, at, apiv1.WithTimeout(a.timeout))
	if err != nil {
		return nil, fmt.Errorf("ask Prometheus: %w", err)
	}
	a.remark(warnings)
	v, ok := value.(model.Vector)
	if !ok {
		return nil, fmt.Errorf("ask Prometheus: %w", errType)
	}
	return v, nil
}

func (a *asker) begin(ctx context.Context) (context.Context, context.CancelFunc, error) {
	if a.sent >= maxQueries {
		return nil, nil, fmt.Errorf("%w (%d)", errQueries, maxQueries)
	}
	a.sent++
	ctx, cancel := context.WithTimeout(ctx, a.timeout)
	return ctx, cancel, nil
}

func (a *asker) ranged(ctx context.Context, promQL string, r apiv1.Range) (model.Matrix, error) {
	ctx, cancel, err := a.begin(ctx)
	if err != nil {
		return nil, err
	}
	defer cancel()
	value, warnings, _, err := a.api.QueryRange(ctx, promQL, r, apiv1.WithTimeout(a.timeout))
	if err != nil {
		return nil, fmt.Errorf("ask Prometheus: %w", err)
	}
	a.remark(warnings)
	m, ok := value.(model.Matrix)
	if !ok {
		return nil, fmt.Errorf("ask Prometheus: %w", errType)
	}
	return m, nil
}

// Chunks of a range: at most so many points at once (Prometheus refuses more than 11,000 per series, and what one query reads is to
// stay small), and as few as this before giving up.
const (
	mostPoints  = 288
	fewestPoint = 4
)

// inChunks asks about a long range, chunk by chunk: the points are from + step, from + 2·step, … up to until. A chunk that is refused
// or takes too long is halved, and so are those after it.
func (a *asker) inChunks(ctx context.Context, promQL string, from, until time.Time, step time.Duration, take func(model.Matrix)) error {
	points := mostPoints
	for at := from.Add(step); !at.After(until); {
		left := int(until.Sub(at)/step) + 1
		n := min(points, left)
		r := apiv1.Range{Start: at, End: at.Add(time.Duration(n-1) * step), Step: step}
		m, err := a.ranged(ctx, promQL, r)
		if err != nil {
			if ctx.Err() != nil || !tooMuch(err) || n <= fewestPoint {
				return err
			}
			points = max(fewestPoint, n/2)
			continue
		}
		take(m)
		at = r.End.Add(step)
	}
	return nil
}

// tooMuch says whether a smaller query may do better.
func tooMuch(err error) bool {
	var e *apiv1.Error
	if errors.As(err, &e) {
		return e.Type == apiv1.ErrTimeout || e.Type == apiv1.ErrExec || e.Type == apiv1.ErrCanceled || e.Type == apiv1.ErrServer
	}
	return errors.Is(err, context.DeadlineExceeded)
}
