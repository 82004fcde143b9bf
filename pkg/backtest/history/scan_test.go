package history

import (
	"context"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
)

func shop() *pods {
	p := newPods("shop", "shop", spec.Selector{Metric: "http_requests_total"})
	return &p
}

func TestAFortnightIsScannedInDays(t *testing.T) {
	f := &fake{hash: "abc"}
	a := f.ask(t)
	p, err := a.scan(t.Context(), shop(), begin(), begin().Add(14*24*time.Hour))
	require.NoError(t, err)
	assert.Len(t, f.points, 15)
	for _, n := range f.points {
		assert.LessOrEqual(t, n, mostPoints)
	}
	for at, n := range f.seen {
		assert.Equal(t, 1, n, "asked once: %f", at)
	}
	assert.Len(t, f.seen, p.Stretches)
	spans := p.Spans()
	require.Len(t, spans, 1)
	assert.Equal(t, "abc", spans[0].Hash)
	assert.True(t, spans[0].Begins && spans[0].Open)
	assert.False(t, spans[0].First.After(begin()))
	assert.Equal(t, begin().Add(14*24*time.Hour), spans[0].Last)
}

func TestWhatIsTooMuchIsHalved(t *testing.T) {
	for sentence, c := range map[string]struct{ status, most int }{
		"too many samples": {http.StatusUnprocessableEntity, 40},
		"too slow":         {http.StatusServiceUnavailable, 10},
	} {
		t.Run(sentence, func(t *testing.T) {
			kind := map[int]string{http.StatusUnprocessableEntity: "execution", http.StatusServiceUnavailable: "timeout"}[c.status]
			f := &fake{hash: "abc", most: c.most, status: c.status, kind: kind}
			p, err := f.ask(t).scan(t.Context(), shop(), begin(), begin().Add(48*time.Hour))
			require.NoError(t, err)
			assert.Len(t, p.Spans(), 1)
			assert.Len(t, f.seen, p.Stretches)
			refused := 0
			for _, n := range f.points {
				if n > c.most {
					refused++
				}
			}
			assert.LessOrEqual(t, refused, 6, "it learns what size is answered")
		})
	}
}

func TestWhatIsRefusedForGoodIsAnError(t *testing.T) {
	for sentence, f := range map[string]*fake{
		"however short":         {most: 1, status: http.StatusUnprocessableEntity, kind: "execution"},
		"for what it asks for":  {most: 1, status: http.StatusBadRequest, kind: "bad_data"},
		"by who doesn't let in": {most: 1, status: http.StatusForbidden, kind: ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			_, err := f.ask(t).scan(t.Context(), shop(), begin(), begin().Add(48*time.Hour))
			require.ErrorContains(t, err, "ask Prometheus")
			assert.Less(t, len(f.points), 10)
		})
	}
}

func TestAnEndOfTheTimeEndsTheScan(t *testing.T) {
	f := &fake{hash: "abc"}
	a := f.ask(t)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	_, err := a.scan(ctx, shop(), begin(), begin().Add(48*time.Hour))
	require.ErrorIs(t, err, context.Canceled)
	assert.Empty(t, f.points)
}

func TestTheNumberOfQueriesIsBounded(t *testing.T) {
	a := (&fake{}).ask(t)
	a.sent = maxQueries
	_, err := a.instant(t.Context(), "up", begin())
	require.ErrorIs(t, err, errQueries)
	_, err = a.scan(t.Context(), shop(), begin(), begin().Add(time.Hour))
	require.ErrorIs(t, err, errQueries)
}

func TestWithoutAnyPodsTheReportSaysSo(t *testing.T) {
	f := &fake{}
	o := options()
	o.Address = f.start(t)
	report, err := Replay(t.Context(), o)
	require.ErrorIs(t, err, ErrNothing)
	require.NotNil(t, report)
	require.Len(t, report.Notes, 1)
	assert.Contains(t, report.Notes[0], "no pod named shop-HASH-xxxxx in namespace shop had any sample of http_requests_total, istio_requests_total")
}

func TestWithoutPrometheusThereIsNoReport(t *testing.T) {
	o := options()
	o.Address = "http://127.0.0.1:1"
	report, err := Replay(t.Context(), o)
	require.ErrorContains(t, err, "ask Prometheus")
	assert.Nil(t, report)
}

func TestOneVersionAloneIsNoRollout(t *testing.T) {
	f := &fake{hash: "abc"}
	o := options()
	o.Address = f.start(t)
	report, err := Replay(t.Context(), o)
	require.ErrorIs(t, err, ErrNothing)
	assert.Empty(t, report.Rollouts)
	assert.Equal(t, "http_requests_total", report.Metric)
	assert.Contains(t, report.Notes, "how often pods are scraped could not be found out; 15s is assumed")
}

func TestWhatPrometheusRemarksIsInTheReport(t *testing.T) {
	f := &fake{hash: "abc", warnings: []string{"a store is missing"}}
	o := options()
	o.Address = f.start(t)
	report, err := Replay(t.Context(), o)
	require.ErrorIs(t, err, ErrNothing)
	assert.Contains(t, report.Notes, "Prometheus remarks: a store is missing")
}
