package strategy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestPlanDrainsAnAbortedCanary(t *testing.T) {
	drained := func(s *scene) { s.now = s.now.Add(20 * time.Second) }
	planned(t, abortingAfter(10*time.Second), []planCase{
		{
			name: "it keeps its pods for the drain time", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			says: "drain time of 30s", wake: 20 * time.Second,
		},
		{
			name: "then they go", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed, change: drained,
			actions: []string{"Scale " + v2 + " replicas=0"},
		},
		{
			name: "with what a lost record has left", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				drained(s)
				s.canary().Replicas, s.canary().Actual = 0, 0
				s.o.ReplicaSets = append(s.o.ReplicaSets, strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByNobody, Replicas: 1})
			},
			actions: []string{"Scale shop-x replicas=0"},
		},
		{
			name: "pods that are on their way out are waited for", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) { drained(s); s.canary().Replicas = 0 }, says: "being removed",
		},
		{
			name: "without pods the run is aborted and the Service unpinned", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change:  func(s *scene) { s.canary().Replicas, s.canary().Actual = 0, 0 },
			actions: []string{"WriteRecord run=1 Aborted step=1 weight=0", `Pin shop ""`}, says: "retry " + v2hash,
		},
		{
			name: "a canary that never had traffic isn't drained", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.o.Record.Run.FirstAt = time.Time{} }, actions: []string{"Scale " + v2 + " replicas=0"},
		},
		{
			name: "traffic that was led back again is led to stable again, and the drain starts anew", phase: strategy.PhaseAborting,
			reason:  spec.ReasonGateFailed,
			change:  func(s *scene) { s.o.Routes[0].View.Split = true },
			actions: []string{"WriteRecord run=1 Aborting step=1 weight=0", "RestoreRoute shop"},
		},
		{
			name: "a Service that leads to the canary comes before the routes", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				s.service(app).Selector = map[string]string{hashLabel: v2hash}
				s.o.Routes[0].View.Split = true
			},
			actions: []string{"WriteRecord run=1 Aborting step=1 weight=0", `Pin shop "nativev1"`, "RestoreRoute shop"},
		},
		{
			name: "the drain counts from when the routes showed it", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				drained(s)
				s.o.Routes[0].ShownSince, s.o.Routes[0].First = s.now.Add(-time.Second), false
			},
			wake: 29 * time.Second,
		},
		{
			name: "and from when the Service lost its endpoints", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				drained(s)
				s.service(app).Ready[v2] = strategy.Levels{{Count: 0, Since: s.now.Add(-2 * time.Second)}}
			},
			wake: 28 * time.Second,
		},
		{
			name: "not at all before it has", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed, says: "still has endpoints",
			change: func(s *scene) {
				drained(s)
				s.service(app).Ready[v2] = strategy.Levels{{Count: 1, Since: epoch}}
			},
		},
		{
			name: "a pipeline is told, should the first write of that have been lost", phase: strategy.PhaseAborting,
			reason: spec.ReasonGateFailed, change: func(s *scene) { s.o.Deployment.Conditions = nil },
			actions: []string{"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/GateFailed"},
		},
		{
			name: "a cancelled run leaves no aborted one", phase: strategy.PhaseAborting, reason: spec.ReasonCancelled,
			change: func(s *scene) {
				s.o.Record.Run.Reason = spec.ReasonCancelled
				s.canary().Replicas, s.canary().Actual = 0, 0
			},
			actions: []string{"WriteRecord stable=" + v1, `Pin shop ""`},
		},
		{
			name: "nor does one that was superseded", phase: strategy.PhaseAborting, reason: spec.ReasonSuperseded,
			change: func(s *scene) {
				s.o.Record.Run.Reason = spec.ReasonSuperseded
				s.canary().Replicas, s.canary().Actual = 0, 0
			},
			actions: []string{"WriteRecord stable=" + v1, `Pin shop ""`},
		},
		{
			name: "another template pushed meanwhile changes nothing", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.o.Deployment.Template = "v3" }, says: "drain time",
		},
	})
	s := abortingAfter(10 * time.Second)(t)
	s.o.Routes[0].View.Split = true
	write, ok := strategy.Plan(s.o, s.s, s.now).Actions[0].(strategy.WriteRecord)
	assert.True(t, ok && write.BestEffort, "an abort doesn't wait for its record")
	assert.Equal(t, s.now, write.Record.Run.Since)
}

func TestPlanOfAnAbortedRun(t *testing.T) {
	extra := func(rs strategy.ReplicaSet) func(*scene) {
		return func(s *scene) { s.o.ReplicaSets = append(s.o.ReplicaSets, rs) }
	}
	started := []string{
		"SetConditions Progressing=Unknown/DeploymentPaused Promoted=Unknown/WaitingForCanary",
		"WriteRecord run=2 Shifting step=1 weight=0", "Emit RunStarted", `Pin shop "nativev1"`, "Scale " + v2 + " replicas=1",
	}
	planned(t, abortingAfter(2*time.Minute), []planCase{
		{
			name: "it waits, braked, for another template or a retry", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			says: "waiting for another template, or sluice.dev/command: retry " + v2hash, wake: -1,
		},
		{
			name: "a brake that was released goes on again", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.o.Deployment.Paused = false }, actions: []string{"SetBrake true"},
		},
		{
			name: "another template ends it", phase: strategy.PhaseStarting, reason: spec.ReasonStarted,
			change: func(s *scene) { s.o.Deployment.Template = "v3" }, actions: []string{"WriteRecord stable=" + v1},
		},
		{
			name: "so does stable's", phase: strategy.PhaseStarting, reason: spec.ReasonStarted,
			change: func(s *scene) { s.o.Deployment.Template = "v1" }, actions: []string{"WriteRecord stable=" + v1},
		},
		{
			name: "retry judges the same ReplicaSet again", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) { s.command(spec.VerbRetry) }, actions: started,
		},
		{
			name: "a retry that was carried out is not again", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.command(spec.VerbRetry); s.o.Record.Run.Handled = spec.VerbRetry },
		},
		{
			name: "when it is gone the same may be given once more", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change:  func(s *scene) { s.o.Record.Run.Handled = spec.VerbRetry },
			actions: []string{"WriteRecord run=1 Aborted step=1 weight=0"},
		},
		{
			name: "none starts while something is in the way", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.command(spec.VerbRetry); s.o.Settings.Mesh = false },
		},
		{
			name: "nor without pods", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				s.command(spec.VerbRetry)
				s.o.Deployment.Replicas, s.stable().Replicas, s.stable().Actual, s.stable().Available = 0, 0, 0, 0
			},
		},
		{
			name: "other commands do nothing", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.command(spec.VerbPromote) },
		},
		{
			name: "a split that somebody puts back is taken out", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.o.Routes[0].View.Split = true }, actions: []string{"RestoreRoute shop"},
		},
		{
			name: "a pin is taken off", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.service(app).Selector[hashLabel] = v1hash }, actions: []string{`Pin shop ""`},
		},
		{
			name: "a DestinationRule that the run has left goes", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				s.o.Policies = []strategy.Policy{{Service: app, Source: app, ResourceVersion: "1", Equal: true}}
			},
			actions: []string{"DeletePolicy"},
		},
		{
			name: "a canary that somebody scales up is scaled down", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.canary().Replicas = 2 }, actions: []string{"Scale " + v2 + " replicas=0"},
			says: "what the run had changed is put back",
		},
		{
			name: "not before stable has its pods", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.canary().Replicas, s.stable().Available = 2, 3 },
		},
		{
			name: "the aborted version rolled out past the brake is taken away again", phase: strategy.PhaseAborted,
			reason:  spec.ReasonGateFailed,
			change:  extra(strategy.ReplicaSet{Name: "shop-x", Template: "v2", Owner: strategy.OwnedByDeployment, Replicas: 1}),
			actions: []string{"Capture shop-x"},
		},
		{
			name: "even without pods, or it would be the one that is revived", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			change:  extra(strategy.ReplicaSet{Name: "shop-x", Template: "v2", Owner: strategy.OwnedByDeployment}),
			actions: []string{"Capture shop-x"},
		},
		{
			name: "to zero and back revives stable, whichever the Deployment has chosen", phase: strategy.PhaseAborted,
			reason: spec.ReasonGateFailed,
			change: func(s *scene) {
				s.stable().Replicas, s.stable().Actual, s.stable().Available = 0, 0, 0
				extra(strategy.ReplicaSet{Name: "shop-x", Template: "v0", Owner: strategy.OwnedByDeployment, Replicas: 4})(s)
			},
			actions: []string{"Capture shop-x", "Scale " + v1 + " replicas=4"},
		},
		{
			name: "without stable nothing is taken away", phase: strategy.PhaseAborted, reason: spec.ReasonGateFailed,
			says: "waiting for another template",
			change: func(s *scene) {
				s.without(v1)
				extra(strategy.ReplicaSet{Name: "shop-x", Template: "v0", Owner: strategy.OwnedByDeployment, Replicas: 4})(s)
			},
		},
	})
}
