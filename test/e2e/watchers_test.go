package e2e

import (
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/sluice-dev/sluice/pkg/notify"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// receiver keeps what a webhook is told, in order, if it is signed rightly. The first delivery it refuses.
type receiver struct {
	*httptest.Server
	secret string
	// heard has the reason of each notification that was taken.
	heard chan string

	mu      sync.Mutex // guards what follows
	refused bool
	got     []notify.Notification
	wrong   []string
}

func newReceiver(t *testing.T) *receiver {
	t.Helper()
	r := &receiver{secret: "open sesame", heard: make(chan string, 100)}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

// ServeHTTP checks the signature as docs/notifications.md tells receivers to.
func (r *receiver) ServeHTTP(w http.ResponseWriter, req *http.Request) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.refused {
		r.refused = true
		w.WriteHeader(http.StatusServiceUnavailable)
		return
	}
	var n notify.Notification
	var at int64
	body, err := io.ReadAll(req.Body)
	signature := req.Header.Get(notify.HeaderSignature)
	if _, scan := fmt.Sscanf(signature, "t=%d,", &at); err != nil || scan != nil ||
		signature != notify.Sign([]byte(r.secret), body, time.Unix(at, 0)) || json.Unmarshal(body, &n) != nil {
		r.wrong = append(r.wrong, signature)
		return
	}
	r.got = append(r.got, n)
	r.heard <- n.Reason
}

// await returns when a notification with a reason has come.
func (r *receiver) await(s *stage, reason spec.Reason) {
	s.Helper()
	for {
		select {
		case heard := <-r.heard:
			if heard == string(reason) {
				return
			}
		case <-s.ctx.Done():
			require.Fail(s, "it was not told", "%s; but %v", reason, r.reasons())
		}
	}
}

// reasons are those of the notifications so far, but for NoEvidence: whether stable has been scraped by the first look is chance.
func (r *receiver) reasons() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []string
	for _, n := range r.got {
		if n.Reason != string(spec.ReasonBlind) {
			all = append(all, n.Reason)
		}
	}
	return all
}

// last is the newest notification with a reason.
func (r *receiver) last(t *testing.T, reason spec.Reason) notify.Notification {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	for i := len(r.got) - 1; i >= 0; i-- {
		if r.got[i].Reason == string(reason) {
			return r.got[i]
		}
	}
	require.Fail(t, "no such notification", "%s among %v", reason, r.got)
	return notify.Notification{}
}

// get is what an address answers.
func (s *stage) get(url string) (int, string) {
	s.Helper()
	request, err := http.NewRequestWithContext(s.ctx, http.MethodGet, url, nil)
	require.NoError(s, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(s, err)
	body, err := io.ReadAll(response.Body)
	require.NoError(s, err)
	require.NoError(s, response.Body.Close())
	return response.StatusCode, string(body)
}

// ours are the lines of the controller's metrics that are about the Deployment.
func (s *stage) ours() []string {
	s.Helper()
	_, text := s.get(s.controller.URL() + "/metrics")
	problems, err := promlint.New(strings.NewReader(text)).Lint()
	require.NoError(s, err)
	for _, p := range problems {
		assert.False(s, strings.HasPrefix(p.Metric, "sluice_"), "promlint: %s: %s", p.Metric, p.Text)
	}
	var lines []string
	for line := range strings.Lines(text) {
		if strings.Contains(line, fmt.Sprintf("namespace=%q", s.namespace)) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	return lines
}

// An abort as a receiver of notifications, the web page and Prometheus see it.
func TestWatchers_AnAbortIsToldShownAndCounted(t *testing.T) {
	t.Parallel()
	told := newReceiver(t)
	secret := filepath.Join(t.TempDir(), "secret")
	require.NoError(t, os.WriteFile(secret, []byte(told.secret+"\n"), 0o600))
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	page := listener.Addr().String()
	require.NoError(t, listener.Close())
	s := newStage(t, setup{
		virtualService: handwritten, app: cluster.App{Annotations: map[string]string{spec.AnnotationSteps: "10@1s,100@1s"}},
		flags: map[string]string{"web-address": page, "webhook-url": told.URL, "webhook-secret-file": secret},
	})
	s.annotate()
	users := s.load(60)
	s.push("v2", map[string]string{"ERROR_RATE": "0.5"})
	s.aborted(1)
	users.unharmed()
	told.await(s, spec.ReasonGateFailed)
	_, err = cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		c := condition(d, spec.ConditionPromoted)
		return c != nil && strings.Contains(c.Message, "waiting for another template")
	})
	require.NoError(t, err)

	assert.Equal(t, []string{"RunStarted", "WeightChanged", "GateFailed"}, told.reasons(), "in order, each once, the refused one too")
	assert.Empty(t, told.wrong, "signatures")
	n := told.last(t, spec.ReasonGateFailed)
	assert.Equal(t, "warning", n.Severity)
	assert.Equal(t, "aborted", n.Result)
	assert.Equal(t, s.canary("v2"), n.Canary)
	assert.Contains(t, n.Message, "error-rate: canary ")
	require.NotEmpty(t, n.Gates)

	code, body := s.get("http://" + page + "/rollouts/" + s.namespace + "/shop")
	assert.Equal(t, http.StatusOK, code)
	assert.Contains(t, body, "GateFailed")
	assert.Contains(t, body, "kubectl sluice -n "+s.namespace+" retry shop")
	code, body = s.get("http://" + page + "/api/rollouts/" + s.namespace + "/shop")
	assert.Equal(t, http.StatusOK, code)
	var shown struct {
		Phase, Reason string
		Plot          struct{ Weight []float64 }
	}
	require.NoError(t, json.Unmarshal([]byte(body), &shown))
	assert.Equal(t, "Aborted", shown.Phase)
	assert.Contains(t, shown.Plot.Weight, 10.0, "a sample of the step")

	series := strings.Join(s.ours(), "\n")
	for _, want := range []string{
		`sluice_rollout_phase{deployment="shop",namespace="NS",phase="Aborted"} 1`, `sluice_rollout_reason{deployment="shop",namespace="NS",reason="GateFailed"} 1`,
		`sluice_rollout_runs_total{deployment="shop",namespace="NS",result="aborted"} 1`, `sluice_rollout_braked{deployment="shop",namespace="NS"} 1`,
		`sluice_gate_verdict{deployment="shop",gate="error-rate",namespace="NS",verdict="Fail"} 1`, `sluice_rollout_weight_ratio{deployment="shop",namespace="NS"} 0`,
		`sluice_event_timestamp_seconds{deployment="shop",event="aborted",namespace="NS"} `,
	} {
		assert.Contains(t, series, strings.ReplaceAll(want, "NS", s.namespace))
	}

	s.kubectl(cluster.Developer, "annotate", "deployment", "shop", spec.AnnotationStrategy+"-")
	s.plain()
	assert.Empty(t, s.ours(), "series of a Deployment that is not managed any more")
	code, _ = s.get("http://" + page + "/rollouts/" + s.namespace + "/shop")
	assert.Equal(t, http.StatusNotFound, code)
}
