package notify

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"go.uber.org/zap/zapcore"
	"go.uber.org/zap/zaptest/observer"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

// patience is how long a test waits for what must come.
const patience = 20 * time.Second

var start = time.Date(2026, 3, 4, 5, 6, 7, 89, time.UTC)

// quickClock goes on by itself whenever something is waited for.
type quickClock struct {
	mu    sync.Mutex
	t     time.Time
	waits []time.Duration
}

func (c *quickClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *quickClock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
	c.waits = append(c.waits, d)
}

func (c *quickClock) waited() []time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return append([]time.Duration(nil), c.waits...)
}

func (c *quickClock) wait(ctx context.Context, d time.Duration, woken <-chan struct{}) {
	if d >= 0 {
		c.advance(d)
		return
	}
	select {
	case <-ctx.Done():
	case <-woken:
	}
}

// tally are the metrics of a test.
type tally struct {
	results chan string

	mu      sync.Mutex
	dropped int
	queued  int
}

func (m *tally) Delivered(took time.Duration, result string) { m.results <- result }

func (m *tally) Dropped() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dropped++
}

func (m *tally) Queued(n int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.queued = n
}

func (m *tally) numbers() (dropped, queued int) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.dropped, m.queued
}

// stage is a Notifier with all that can be seen of it.
type stage struct {
	*Notifier
	t       *testing.T
	clock   *quickClock
	tally   *tally
	logs    *observer.ObservedLogs
	stop    context.CancelFunc
	stopped chan struct{}
}

func newStage(t *testing.T, o Options) *stage {
	t.Helper()
	core, logs := observer.New(zapcore.DebugLevel)
	s := &stage{
		t: t, clock: &quickClock{t: start}, tally: &tally{results: make(chan string, 10_000)}, logs: logs,
		stopped: make(chan struct{}),
	}
	o.Log, o.Metrics, o.Version = zap.New(core), s.tally, "1.2.3"
	var err error
	s.Notifier, err = New(o)
	require.NoError(t, err)
	s.Notifier.clock = s.clock
	return s
}

// run starts sending, until the test is over or stop is called.
func (s *stage) run() *stage {
	ctx, stop := context.WithCancel(s.t.Context())
	s.stop = stop
	go func() {
		defer close(s.stopped)
		s.Run(ctx)
	}()
	s.t.Cleanup(func() {
		stop()
		s.awaitEnd()
	})
	return s
}

func (s *stage) awaitEnd() {
	s.t.Helper()
	select {
	case <-s.stopped:
	case <-time.After(patience):
		require.Fail(s.t, "Run goes on")
	}
}

// results awaits as many attempts.
func (s *stage) results(n int) []string {
	s.t.Helper()
	var got []string
	for range n {
		select {
		case r := <-s.tally.results:
			got = append(got, r)
		case <-time.After(patience):
			require.Failf(s.t, "attempts are missing", "%d of %d: %v", len(got), n, got)
		}
	}
	return got
}

// request is what a receiver got.
type request struct {
	header http.Header
	body   []byte
}

// receiver answers each request in turn, the last answer for all that follow.
type receiver struct {
	*httptest.Server
	mu       sync.Mutex
	requests []request
}

func newReceiver(t *testing.T, answers ...http.HandlerFunc) *receiver {
	t.Helper()
	r := &receiver{}
	r.Server = httptest.NewServer(r.handler(answers))
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) handler(answers []http.HandlerFunc) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		body, err := io.ReadAll(q.Body)
		if err != nil {
			return
		}
		r.mu.Lock()
		i := len(r.requests)
		r.requests = append(r.requests, request{header: q.Header, body: body})
		r.mu.Unlock()
		if len(answers) > 0 {
			answers[min(i, len(answers)-1)](w, q)
		}
	})
}

func (r *receiver) got() []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	return append([]request(nil), r.requests...)
}

func status(code int, headers ...string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		for i := 0; i+1 < len(headers); i += 2 {
			w.Header().Set(headers[i], headers[i+1])
		}
		w.WriteHeader(code)
	}
}

// hangUp closes the connection without an answer.
func hangUp(w http.ResponseWriter, _ *http.Request) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err == nil {
		_ = conn.Close()
	}
}

func file(t *testing.T, content string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(content), 0o600))
	return path
}

// passed is a transition of a run in the middle.
func passed(name, message string) watch.Transition {
	return watch.Transition{
		Rollout: watch.Rollout{
			Key: strategy.Key{Namespace: "shop", Name: name}, At: start, Strategy: spec.StrategyCanary,
			Status: strategy.Status{
				Phase: strategy.PhaseShifting, Step: 2, Steps: 3, Weight: 50, Canary: name + "-new", Stable: name + "-old",
				Gates: []analysis.Gate{
					{
						Name: analysis.GateErrorRate, Outcome: analysis.Pass, Value: 0.01, StableValue: 0.012, Threshold: 0.05,
						Canary: analysis.Counts{Requests: 400, Bad: 4}, Stable: analysis.Counts{Requests: 500, Bad: 6},
						Abort: analysis.Weighed{Log10E: -2, Log10Limit: 2.6}, Promote: analysis.Weighed{Log10E: 2, Log10Limit: 1.3},
					},
					{Name: "alert/Busy", Mode: analysis.ModeScoped, Outcome: analysis.Pass, Value: 17, StableValue: 18},
				},
			},
			Run: &strategy.Run{Number: 7, ID: "7-abc", Phase: strategy.RunShifting, StartedAt: start.Add(-time.Minute)},
		},
		Reason: spec.ReasonPassed, Message: message,
	}
}

// aborted is the transition of an abort.
func aborted(name, message string) watch.Transition {
	t := passed(name, message)
	t.Warning, t.Reason, t.Status.Phase, t.Status.Weight = true, spec.ReasonGateFailed, strategy.PhaseAborting, 0
	t.Run.Phase, t.Run.Reason = strategy.RunAborting, spec.ReasonGateFailed
	return t
}
