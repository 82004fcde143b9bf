package notify

import (
	"encoding/json"
	"math"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

func TestABodySaysWhatHasHappened(t *testing.T) {
	t.Parallel()
	body, err := json.Marshal(of(aborted("web", "5 % of requests fail"), 1))
	require.NoError(t, err)
	id := strictly(t, body).ID
	assert.Len(t, id, 32)
	assert.JSONEq(t, `{
		"version": "1", "id": "`+id+`", "time": "2026-03-04T05:06:07.000000089Z", "namespace": "shop", "deployment": "web",
		"reason": "GateFailed", "severity": "warning", "message": "5 % of requests fail", "phase": "Aborting", "strategy": "canary",
		"step": 2, "steps": 3, "weight": 0, "canary": "web-new", "stable": "web-old",
		"run": {"number": 7, "id": "7-abc", "startedAt": "2026-03-04T05:05:07.000000089Z"}, "result": "aborted",
		"gates": [
			{"name": "error-rate", "verdict": "Pass", "canary": 0.01, "stable": 0.012, "threshold": 0.05,
			 "evidence": {"abort": {"log10": -2, "limit": 2.6}, "promote": {"log10": 2, "limit": 1.3}}, "requests": {"canary": 400, "stable": 500}},
			{"name": "alert/Busy", "verdict": "Pass", "canary": 17, "stable": 18, "threshold": null,
			 "evidence": {"abort": {"log10": null, "limit": null}, "promote": {"log10": null, "limit": null}}, "requests": {"canary": 0, "stable": 0}}
		]}`, string(body))
}

func TestHowARunEndedIsInTheBody(t *testing.T) {
	t.Parallel()
	ended := func(reason spec.Reason) watch.Transition {
		w := aborted("web", "")
		w.Reason, w.Run.Reason = reason, reason
		return w
	}
	promoted := passed("web", "")
	promoted.Reason, promoted.Run = spec.ReasonPromoted, nil
	promoted.Status = strategy.Status{Phase: strategy.PhaseAtRest, Stable: "web-new"}
	promoted.Past = []strategy.Summary{{
		Number: 7, ID: "7-abc", Canary: strategy.Ref{Name: "web-new"}, Stable: strategy.Ref{Name: "web-old"}, Result: strategy.ResultPromoted,
		StartedAt: start, Gates: []analysis.Gate{{Name: "latency", Outcome: analysis.Pass}},
	}}
	edited := promoted
	edited.Reason = spec.ReasonInvalidAnnotation
	first := passed("web", "")
	first.Run = nil
	for _, c := range []struct {
		name   string
		t      watch.Transition
		result string
		run    bool
		gates  int
	}{
		{"a run that goes on has no result", passed("web", ""), "", true, 2},
		{"a gate that failed", ended(spec.ReasonGateFailed), "aborted", true, 2},
		{"a command", ended(spec.ReasonCommand), "aborted", true, 2},
		{"a revert", ended(spec.ReasonCancelled), "cancelled", true, 2},
		{"a newer version", ended(spec.ReasonSuperseded), "superseded", true, 2},
		{"no annotation any more is no failure", ended(spec.ReasonReleased), "cancelled", true, 2},
		{"a promotion, whose run is history already", promoted, "promoted", true, 1},
		{"what happens later is not about that run", edited, "", false, 0},
		{"no run yet", first, "", false, 2},
	} {
		n := of(c.t, 1)
		assert.Equal(t, c.result, n.Result, c.name)
		assert.Equal(t, c.run, n.Run != nil, c.name)
		assert.Len(t, n.Gates, c.gates, c.name)
	}
	assert.Equal(t, "web-new", of(promoted, 1).Canary)
	assert.Equal(t, "web-old", of(promoted, 1).Stable)
}

func TestHostileTextIsStillOneSmallJSONBody(t *testing.T) {
	t.Parallel()
	r := newReceiver(t)
	s := newStage(t, Options{URL: r.URL, SecretFile: file(t, "s3cret")}).run()
	for name, message := range map[string]string{
		"control characters": "a\x00b\r\nSluice-Signature: t=1,v1=00\x1b[2J",
		"no UTF-8":           "a\xff\xfeb",
		"markup":             `</script><script>alert("x")</script>{"version":"2"}`,
		"too long":           strings.Repeat("é", 1<<20),
	} {
		w := passed("web", message)
		g := &w.Status.Gates[0]
		g.Value, g.StableValue, g.Threshold, g.Abort.Log10E, g.Promote.Log10E = math.NaN(), math.Inf(1), math.Inf(-1), math.Inf(1), math.NaN()
		w.Status.Gates = append(w.Status.Gates, make([]analysis.Gate, 5000)...)
		s.Happened(w)
		assert.Equal(t, []string{ResultDelivered}, s.results(1), name)
		got := r.got()[len(r.got())-1]
		require.NoError(t, verify([]byte("s3cret"), got.header.Get(HeaderSignature), got.body, start), name)
		n := strictly(t, got.body)
		assert.True(t, utf8.ValidString(n.Message), name)
		assert.LessOrEqual(t, len(n.Message), maxMessage, name)
		assert.Less(t, len(got.body), 64<<10, name)
		assert.Len(t, n.Gates, maxGates, name)
		assert.Nil(t, n.Gates[0].Canary, name)
	}
}

func TestATransitionIsNotChanged(t *testing.T) {
	t.Parallel()
	w, same := aborted("web", "one"), aborted("web", "one")
	of(w, 1)
	assert.Equal(t, same, w)
}

func TestEqualTransitionsHaveDifferentIDs(t *testing.T) {
	t.Parallel()
	w := passed("web", "one")
	assert.NotEqual(t, of(w, 1).ID, of(w, 2).ID)
	later := w
	later.At = later.At.Add(time.Nanosecond)
	assert.NotEqual(t, of(w, 1).ID, of(later, 1).ID)
}
