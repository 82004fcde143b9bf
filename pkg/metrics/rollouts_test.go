package metrics

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

func at(second int) time.Time { return time.Unix(1_800_000_000+int64(second), 0).UTC() }

func rests() watch.Rollout {
	return watch.Rollout{
		Key: strategy.Key{Namespace: "ns", Name: "calm"}, Status: strategy.Status{Phase: strategy.PhaseAtRest, Reason: spec.ReasonPromoted, Stable: "calm-a"},
		StableReady: 2, StableWanted: 2,
	}
}

// runs is at 10 %, with what two gates have measured.
func runs() watch.Rollout {
	run := &strategy.Run{
		ID: "r7", Number: 7, Phase: strategy.RunShifting, StartedAt: at(0), Since: at(20), FirstAt: at(20), Weight: 10, WeightAt: at(20),
		Weights: []strategy.WeightChange{{At: at(20), Weight: 10, Reason: spec.ReasonWeight}},
	}
	return watch.Rollout{
		Key: strategy.Key{Namespace: "ns", Name: "shop"}, Run: run, StableReady: 9, StableWanted: 10, Braked: true,
		Past: []strategy.Summary{{ID: "r6", Result: strategy.ResultAborted, Reason: spec.ReasonGateFailed, StartedAt: at(-100), EndedAt: at(-50)}},
		Status: strategy.Status{
			Phase: strategy.PhaseHeld, Reason: spec.ReasonEvidence, Stable: "shop-a", Canary: "shop-b", Step: 1, Steps: 3, Weight: 10,
			CanaryReady: 1, CanaryWanted: 2,
			Gates: []analysis.Gate{
				{
					Name: analysis.GateErrorRate, Outcome: analysis.Wait, Value: .01, StableValue: .02, Threshold: .05,
					Canary: analysis.Counts{Requests: 100, Bad: 1}, Stable: analysis.Counts{Requests: 900, Bad: 18},
					Abort: analysis.Weighed{Log10E: -.5, Log10Limit: 3}, Promote: analysis.Weighed{Log10E: .25, Log10Limit: 1},
				},
				{
					Name: analysis.GateLatency, Outcome: analysis.Pass, Threshold: .05, Bound: 500 * time.Millisecond,
					Canary: analysis.Counts{Requests: 110}, Stable: analysis.Counts{Requests: 800},
				},
				{Name: "alert/Queue", Mode: analysis.ModeScoped, Outcome: analysis.Pass, Value: 12},
			},
		},
	}
}

func blocked() watch.Rollout {
	return watch.Rollout{
		Key:    strategy.Key{Namespace: "ns", Name: "wrong"},
		Status: strategy.Status{Phase: strategy.PhaseBlocked, Reason: spec.ReasonServiceNotFound},
	}
}

func scenes() []watch.Rollout { return []watch.Rollout{rests(), runs(), blocked()} }

func reverted() watch.Transition {
	return watch.Transition{Rollout: runs(), Warning: true, Reason: spec.ReasonReverted}
}

// shown are the series of a Deployment, as text, one a line, sorted.
func shown(t *testing.T, registry *prometheus.Registry, deployment string) string {
	t.Helper()
	var lines []string
	families, err := registry.Gather()
	require.NoError(t, err)
	for _, f := range families {
		for _, m := range f.GetMetric() {
			var labels []string
			is := false
			for _, l := range m.GetLabel() {
				switch l.GetName() {
				case "deployment":
					is = l.GetValue() == deployment
				case "namespace":
				default:
					labels = append(labels, l.GetValue())
				}
			}
			if value := m.GetGauge().GetValue() + m.GetCounter().GetValue(); is {
				lines = append(lines, strings.TrimPrefix(f.GetName(), "sluice_")+" "+strings.Join(append(labels, number(value)), " "))
			}
		}
	}
	return strings.Join(lines, "\n")
}

func TestADeploymentAtRestHasFewSeries(t *testing.T) {
	t.Parallel()
	assert.Equal(t, "rollout_phase AtRest 1\nrollout_ready_pods stable 2\nrollout_version_info calm-a stable 1", shown(t, served(t), "calm"))
}

func TestABlockedDeploymentSaysWhy(t *testing.T) {
	t.Parallel()
	text := shown(t, served(t), "wrong")
	assert.Contains(t, text, "rollout_phase Blocked 1")
	assert.Contains(t, text, "rollout_phase AtRest 0")
	assert.Contains(t, text, "rollout_reason ServiceNotFound 1")
}

func TestARunShowsItsNumbers(t *testing.T) {
	t.Parallel()
	text := shown(t, served(t), "shop")
	for _, line := range []string{
		"rollout_phase Held 1", "rollout_phase Shifting 0", "rollout_reason WaitingForEvidence 1", "rollout_step 1", "rollout_steps 3",
		"rollout_weight_ratio 0.1", "rollout_braked 1", "rollout_version_info shop-b canary 1", "rollout_ready_pods canary 1", "rollout_desired_pods canary 2",
		"rollout_ready_pods stable 9", "rollout_desired_pods stable 10",
		"gate_value error-rate canary 0.01", "gate_value error-rate stable 0.02", "gate_threshold error-rate 0.05", "gate_requests error-rate canary 100",
		"gate_evidence_log10 abort error-rate -0.5", "gate_evidence_limit_log10 abort error-rate 3", "gate_evidence_log10 promote error-rate 0.25",
		"gate_verdict error-rate Wait 1", "gate_verdict error-rate Fail 0", "gate_verdict latency Pass 1", "gate_bound_seconds latency 0.5",
		"gate_value alert/Queue canary 12", "run_start_timestamp_seconds 1800000000", "step_start_timestamp_seconds 1800000020",
		"event_timestamp_seconds started 1800000000", "event_timestamp_seconds step 1800000020", "event_timestamp_seconds aborted 1799999950",
		"rollout_runs_total aborted 0", "rollout_runs_total promoted 0",
		"requests_judged_total canary 110", "requests_judged_total stable 900", "contested_writes_total 1", "traffic_writes_total 0",
	} {
		assert.Contains(t, strings.Split(text, "\n"), line)
	}
	assert.NotContains(t, text, "gate_threshold alert/Queue", "an expression that Prometheus evaluates has no share to allow")
	assert.NotContains(t, text, "gate_bound_seconds error-rate")
}

func TestCountersGoOnOverRunsAndGaugesDoNot(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	m := NewRollouts(registry)
	r := runs()
	m.Seen(r)
	m.Seen(r) // the same verdict once more
	m.Led(r.Key)

	before := strategy.Record{Run: r.Run, History: r.Past}
	ended := strategy.Summary{ID: "r7", Result: strategy.ResultPromoted, Reason: spec.ReasonPromoted, StartedAt: at(0), EndedAt: at(90)}
	passed := *r.Run
	passed.Step, passed.Since = 1, at(50)
	m.Recorded(r.Key, &before, strategy.Record{Run: &passed, History: r.Past}, at(50))
	after := strategy.Record{History: []strategy.Summary{ended, r.Past[0]}}
	m.Recorded(r.Key, &strategy.Record{Run: &passed, History: r.Past}, after, at(90))
	m.Recorded(r.Key, &after, after, at(95)) // written again for another reason

	rest := watch.Rollout{Key: r.Key, Past: after.History, Status: strategy.Status{Phase: strategy.PhaseAtRest, Stable: "shop-b"}}
	m.Seen(rest)
	text := shown(t, registry, "shop")
	assert.Contains(t, text, "requests_judged_total canary 110")
	assert.Contains(t, text, "rollout_runs_total promoted 1")
	assert.Contains(t, text, "traffic_writes_total 1")
	assert.Contains(t, text, "event_timestamp_seconds promoted 1800000090")
	for _, gone := range []string{"gate_", "rollout_weight_ratio", "rollout_step", "ready_pods canary", "rollout_reason", "phase Held"} {
		assert.NotContains(t, text, gone)
	}
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP sluice_run_duration_seconds How long runs took, by result.
# TYPE sluice_run_duration_seconds histogram
`+histogram("sluice_run_duration_seconds", `result="aborted",`, of("sluice_run_duration_seconds").Buckets)+
		histogram("sluice_run_duration_seconds", `result="cancelled",`, of("sluice_run_duration_seconds").Buckets)+
		histogram("sluice_run_duration_seconds", `result="promoted",`, of("sluice_run_duration_seconds").Buckets, 90)+
		histogram("sluice_run_duration_seconds", `result="superseded",`, of("sluice_run_duration_seconds").Buckets)+`
# HELP sluice_step_duration_seconds How long steps took that were passed.
# TYPE sluice_step_duration_seconds histogram
`+histogram("sluice_step_duration_seconds", "", of("sluice_step_duration_seconds").Buckets, 30)),
		"sluice_run_duration_seconds", "sluice_step_duration_seconds"))

	r.Run.ID, r.Status.Gates[0].Canary.Requests, r.Status.Gates[1].Canary.Requests = "r8", 5, 0
	m.Seen(r)
	assert.Contains(t, shown(t, registry, "shop"), "requests_judged_total canary 115", "those of the next run come on top")

	m.Gone(r.Key)
	assert.Empty(t, shown(t, registry, "shop"))
	m.Led(r.Key)
	assert.Empty(t, shown(t, registry, "shop"), "a last write doesn't bring them back")
}

func TestWhatAnAbortedRunLeavesIsMarkedOnce(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	m := NewRollouts(registry)
	r := runs()
	r.Run.Phase, r.Run.Reason, r.Run.EndedAt = strategy.RunAborting, spec.ReasonGateFailed, at(40)
	r.Run.Weights = append(r.Run.Weights, strategy.WeightChange{At: at(40), Reason: spec.ReasonGateFailed})
	m.Seen(r)
	assert.Contains(t, shown(t, registry, "shop"), "event_timestamp_seconds aborted 1800000040")
	assert.Contains(t, shown(t, registry, "shop"), "event_timestamp_seconds step 1800000020", "the way back is no step")
}

func TestEveryEndingIsThereBeforeItHappens(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	NewRollouts(registry)
	n, err := testutil.GatherAndCount(registry, "sluice_runs_total")
	require.NoError(t, err)
	assert.Len(t, spec.Endings(), n)
}
