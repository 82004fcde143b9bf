package strategy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestPlanEndsARunForReasonsOutsideIt(t *testing.T) {
	aborted := func(reason spec.Reason) []string {
		return []string{"WriteRecord run=1 Aborting step=1 weight=0", "Emit " + string(reason), "RestoreRoute shop"}
	}
	failed := func(reason spec.Reason) []string {
		return append(aborted(reason), "SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/"+string(reason))
	}
	planned(t, holding, []planCase{
		{
			name: "scaled to zero", phase: strategy.PhaseAborting, reason: spec.ReasonScaledToZero,
			change: func(s *scene) { s.o.Deployment.Replicas = 0 }, actions: failed(spec.ReasonScaledToZero),
		},
		{
			name: "the template reverted to stable's is no failure", phase: strategy.PhaseAborting, reason: spec.ReasonCancelled,
			change: func(s *scene) { s.o.Deployment.Template = "v1" }, actions: aborted(spec.ReasonCancelled),
		},
		{
			name: "nor is a newer one", phase: strategy.PhaseAborting, reason: spec.ReasonSuperseded,
			change: func(s *scene) { s.o.Deployment.Template = "v3" }, actions: aborted(spec.ReasonSuperseded),
		},
		{
			name: "the abort command", phase: strategy.PhaseAborting, reason: spec.ReasonCommand,
			change: func(s *scene) { s.command(spec.VerbAbort) }, actions: failed(spec.ReasonCommand),
		},
		{
			name: "it waits for no Service, gate or mesh", phase: strategy.PhaseAborting, reason: spec.ReasonCommand,
			change: func(s *scene) {
				s.command(spec.VerbAbort)
				s.o.Settings.Prometheus, s.o.Settings.Mesh, s.o.Services, s.o.Verdict = false, false, nil, nil
			},
			actions: failed(spec.ReasonCommand),
		},
		{
			name: "what else is to be done comes after the traffic", phase: strategy.PhaseAborting, reason: spec.ReasonCommand,
			change: func(s *scene) { s.command(spec.VerbAbort); s.o.Deployment.Paused = false },
			actions: append(aborted(spec.ReasonCommand), "SetBrake true",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/AbortedByCommand"),
		},
		{
			name: "an abort of another version does nothing", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) { s.s.Command = spec.Command{Verb: spec.VerbAbort, Hash: "other"} },
		},
	})
}

func TestPlanKeepsARunBraked(t *testing.T) {
	extra := func(rs strategy.ReplicaSet) func(*scene) {
		return func(s *scene) { s.o.ReplicaSets = append(s.o.ReplicaSets, rs) }
	}
	planned(t, holding, []planCase{
		{
			name: "a brake that was released goes on again", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) { s.o.Deployment.Paused = false }, actions: []string{"SetBrake true"},
		},
		{
			name: "a ReplicaSet of the same template would be taken for the new one: it goes", phase: strategy.PhaseShifting,
			reason:  spec.ReasonHolding,
			change:  extra(strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByDeployment, Template: "v2"}),
			actions: []string{"DeleteReplicaSet shop-x"},
		},
		{
			name: "one of an older version that got pods is taken away", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change:  extra(strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByDeployment, Template: "v0", Replicas: 1}),
			actions: []string{"Capture shop-x"},
		},
		{
			name: "stable without pods gets its size back", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) { s.stable().Replicas = 0 }, actions: []string{"Scale " + v1 + " replicas=4"},
		},
		{
			name: "an empty canary of an earlier run goes", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change:  extra(strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByRecord, Template: "v0"}),
			actions: []string{"DeleteReplicaSet shop-x"},
		},
		{
			name: "one with pods is emptied when nothing leads there", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change:  extra(strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByNobody, Template: "v0", Replicas: 2, Actual: 2}),
			actions: []string{"Scale shop-x replicas=0"},
		},
		{
			name: "and not before", phase: strategy.PhaseShifting, reason: spec.ReasonHolding, wake: 10 * time.Second,
			change: func(s *scene) {
				extra(strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByNobody, Template: "v0", Replicas: 2, Actual: 2})(s)
				s.service(app).Ready["shop-x"] = strategy.Levels{{Count: 0, Since: s.now.Add(-20 * time.Second)}}
			},
		},
		{
			name: "what is somebody else's stays", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: extra(strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByOther, Template: "v2", Replicas: 2}),
		},
	})
}

func TestPlanOfABrokenRun(t *testing.T) {
	planned(t, holding, []planCase{
		{
			name: "without stable it is held", phase: strategy.PhaseHeld, reason: spec.ReasonStableGone, says: "not the Deployment's any more",
			change: func(s *scene) { s.without(v1) },
		},
		{
			name: "without its Service too", phase: strategy.PhaseHeld, reason: spec.ReasonServiceNotFound,
			change: func(s *scene) { s.o.Services = s.o.Services[1:] },
		},
		{
			name: "a canary that was deleted under its weight aborts", phase: strategy.PhaseAborting, reason: spec.ReasonUnavailable,
			change: func(s *scene) { s.without(v2) },
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit CanaryUnavailable", "RestoreRoute shop",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/CanaryUnavailable",
			},
		},
	})
}

func recordIn(t testing.TB, d strategy.Decision) strategy.Record {
	t.Helper()
	for _, action := range d.Actions {
		if write, ok := action.(strategy.WriteRecord); ok {
			return write.Record
		}
	}
	require.Fail(t, "no record is written")
	return strategy.Record{}
}

func TestPlanApproachesAStep(t *testing.T) {
	planned(t, starting, []planCase{
		{
			name: "it waits for pods, up to the progress deadline", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			says: "0 of 1 pods available, progress deadline 10m0s", wake: time.Minute,
			change: func(s *scene) { s.now = s.now.Add(8 * time.Minute) },
		},
		{
			name: "which aborts a canary that never had a weight", phase: strategy.PhaseAborting, reason: spec.ReasonDeadline,
			says: "0 of 1 pods available", change: func(s *scene) { s.now = s.now.Add(9 * time.Minute) },
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit ProgressDeadlineExceeded",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/ProgressDeadlineExceeded",
			},
		},
		{
			name: "without a deadline it waits for ever", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) { s.o.Deployment.ProgressDeadline = 0; s.now = s.now.Add(24 * time.Hour) },
		},
		{
			name: "the deadline counts from the last change of the endpoints", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) {
				s.now = s.now.Add(9 * time.Minute)
				s.service("shop-canary").Changed = map[string]time.Time{v2: s.now.Add(-time.Minute)}
			},
		},
		{
			name: "a wrong annotation holds", phase: strategy.PhaseHeld, reason: spec.ReasonInvalidAnnotation,
			change: func(s *scene) { s.s.Problems = []spec.Problem{{Annotation: "x"}} },
		},
		{
			name: "a pin that was taken off goes on again, before anything else", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change:  func(s *scene) { s.service(app).Selector = map[string]string{"app": app} },
			actions: []string{`Pin shop "nativev1"`},
		},
		{
			name: "a canary that was deleted is made again", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) { s.without(v2) }, actions: []string{"CreateCanary " + v2 + " replicas=1"},
		},
		{
			name: "one that is being deleted is waited for", phase: strategy.PhaseStarting, reason: spec.ReasonScaling, says: "being deleted",
			change: func(s *scene) { s.canary().Deleting = true },
		},
		{
			name: "one of somebody else is in the way", phase: strategy.PhaseHeld, reason: spec.ReasonNameTaken, says: "someone else",
			change: func(s *scene) { s.canary().Owner = strategy.OwnedByOther },
		},
		{
			name: "one whose record was lost is held again", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) { s.canary().Owner = strategy.OwnedByNobody }, actions: []string{"Capture " + v2},
		},
		{
			name: "one of another template can't be handed over", phase: strategy.PhaseHeld, reason: spec.ReasonDiffers,
			change: func(s *scene) { s.canary().Template = "v2 with a default" },
		},
		{
			name: "one that is too small is scaled up", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) { s.o.Deployment.Replicas = 40 }, actions: []string{"Scale " + v2 + " replicas=4"},
		},
		{
			name: "one that is too large is scaled down when nothing has led to it for the drain time", phase: strategy.PhaseStarting,
			reason: spec.ReasonScaling, change: func(s *scene) { s.canary().Replicas = 3 }, actions: []string{"Scale " + v2 + " replicas=1"},
		},
		{
			name: "and not before", phase: strategy.PhaseStarting, reason: spec.ReasonScaling, wake: 20 * time.Second,
			change: func(s *scene) {
				s.canary().Replicas = 3
				s.service(app).Ready[v2] = strategy.Levels{{Count: 0, Since: s.now.Add(-10 * time.Second)}}
			},
		},
		{
			name: "nor when a route has only just changed", phase: strategy.PhaseStarting, reason: spec.ReasonScaling, wake: 25 * time.Second,
			change: func(s *scene) {
				s.canary().Replicas = 3
				s.o.Routes[0].ShownSince = s.now.Add(-5 * time.Second)
			},
		},
		{
			name: "nor while it still has endpoints there", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) {
				s.canary().Replicas = 3
				s.service(app).Ready[v2] = strategy.Levels{{Count: 1, Since: s.now.Add(-time.Minute)}}
			},
		},
		{
			name: "one that can't be made within the deadline aborts", phase: strategy.PhaseAborting, reason: spec.ReasonDeadline,
			says: "its ReplicaSet is missing", change: func(s *scene) { s.without(v2); s.now = s.now.Add(9 * time.Minute) },
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit ProgressDeadlineExceeded", "CreateCanary " + v2 + " replicas=1",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/ProgressDeadlineExceeded",
			},
		},
		{
			name: "a DestinationRule of ours goes with the user's", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change:  func(s *scene) { s.o.Policies = []strategy.Policy{{Service: app, ResourceVersion: "1"}} },
			actions: []string{"DeletePolicy"},
		},
		{
			name: "what an earlier run left in the routes goes first", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) { s.o.Routes[0].View.Split = true }, actions: []string{"RestoreRoute shop"},
		},
	})
	ready := func(since time.Duration) func(*scene) {
		return func(s *scene) {
			s.canary().Available = 1
			s.service("shop-canary").Ready[v2] = strategy.Levels{{Count: 1, Since: s.now.Add(-since)}}
		}
	}
	grpc := func(s *scene) { ready(time.Hour)(s); s.acquaint() }
	planned(t, starting, []planCase{
		{
			name: "when endpoints are ready, every gRPC client is told of them", phase: strategy.PhaseStarting, reason: spec.ReasonSettling,
			change: func(s *scene) {
				grpc(s)
				r := &s.o.Routes[0]
				r.View.Known, r.View.Split, r.RunBy = false, false, ""
			},
			actions: []string{"SetWeight shop 0"},
		},
		{
			name: "where somebody has taken that away, the first step fights for it", phase: strategy.PhaseShifting, reason: spec.ReasonWeight,
			change: func(s *scene) {
				grpc(s)
				r := &s.o.Routes[0]
				r.View.Known, r.View.Split, r.RunBy = false, false, ""
				r.Previous.Known, r.ShownSince = true, s.now
			},
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "Emit WeightChanged", "SetWeight shop 10"},
		},
		{
			name: "where there is no VirtualService, by one that is made", phase: strategy.PhaseStarting, reason: spec.ReasonSettling,
			change: func(s *scene) { grpc(s); s.o.Routes = nil }, actions: []string{"CreateRoute shop-sluice 0"},
		},
		{
			name: "ready endpoints settle first", phase: strategy.PhaseStarting, reason: spec.ReasonSettling, wake: 2 * time.Second,
			change: ready(10 * time.Second),
		},
		{
			name: "then the weight is written, the record before it", phase: strategy.PhaseShifting, reason: spec.ReasonWeight,
			change:  ready(12 * time.Second),
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "Emit WeightChanged", "SetWeight shop 10"},
		},
		{
			name: "a route that was picked by its name", phase: strategy.PhaseShifting, reason: spec.ReasonWeight,
			change: func(s *scene) {
				ready(time.Hour)(s)
				s.s.VirtualServices = []spec.RouteRef{{Name: "other", Route: "x"}, {Name: app, Route: "api"}, {Name: app, Route: "web"}}
				other := s.o.Routes[0]
				other.Name = "other"
				s.o.Routes = append(s.o.Routes, other)
			},
			actions: []string{
				"WriteRecord run=1 Shifting step=1 weight=10", "Emit WeightChanged", "SetWeight shop 10", "SetWeight other 10",
			},
		},
		{
			name: "of several VirtualServices only the named one", phase: strategy.PhaseShifting, reason: spec.ReasonWeight,
			change: func(s *scene) {
				ready(time.Hour)(s)
				s.s.VirtualServices = []spec.RouteRef{{Name: app}}
				other := s.o.Routes[0]
				other.Name = "other"
				s.o.Routes = append(s.o.Routes, other)
			},
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=10", "Emit WeightChanged", "SetWeight shop 10"},
		},
		{
			name: "not while paused", phase: strategy.PhaseHeld, reason: spec.ReasonPaused,
			change: func(s *scene) { ready(time.Hour)(s); s.o.Record.Run.Paused = true },
		},
		{
			name: "not while the ReplicaSet says that pods aren't available", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) { ready(time.Hour)(s); s.canary().Available = 0 },
		},
	})
}

func TestPlanPicksRoutesByName(t *testing.T) {
	s := starting(t)
	s.canary().Available = 1
	s.service("shop-canary").Ready[v2] = strategy.Levels{{Count: 1, Since: s.now.Add(-time.Hour)}}
	s.s.VirtualServices = []spec.RouteRef{{Name: app, Route: "api"}, {Name: "x", Route: "y"}, {Name: app, Route: "web"}}
	s.o.Routes = append(s.o.Routes, strategy.Route{Key: strategy.Key{Namespace: ns, Name: "x"}, Service: app})
	for _, action := range strategy.Plan(s.o, s.s, s.now).Actions {
		if write, ok := action.(strategy.SetWeight); ok && write.Route.Name == app {
			assert.Equal(t, []string{"api", "web"}, write.Only)
		}
	}
	assert.Nil(t, strategy.RouteNames(spec.Spec{VirtualServices: []spec.RouteRef{{Name: app, Route: "api"}, {Name: app}}}, ns, strategy.Key{Namespace: ns, Name: app}),
		"a VirtualService named as a whole is meant as a whole")
}

func TestPlanAsksForEvidence(t *testing.T) {
	s := holding(t)
	run := s.o.Record.Run
	assert.False(t, run.FirstAt.IsZero())
	assert.Equal(t, run.WeightAt, run.FirstAt, "the run's evidence starts with its first weight")
	assert.Equal(t, &analysis.Subject{
		Namespace: ns, Deployment: app, Run: run.ID, Canary: v2, Stable: v1, Since: run.FirstAt, StepSince: run.WeightAt, Weight: 10,
		Gates: analysis.Gates{
			MaxErrorRate: 0.05, LatencyQuantile: 0.95, LatencyThreshold: 2 * time.Second, Compare: true,
			Reach: &analysis.Reach{Canary: "shop-canary", Stable: app},
		},
	}, strategy.Plan(s.o, s.s, s.now).Judge)
	s.s.MaxErrorRate, s.s.MaxLatency = 0, spec.Latency{}
	assert.Nil(t, strategy.Plan(s.o, s.s, s.now).Judge, "gates that are off need none")
	promoting := promotingAfter(time.Second)(t)
	promoting.o.Record.Run.Weight, promoting.o.Record.Run.FirstAt = 100, epoch
	assert.Equal(t, epoch, strategy.Plan(promoting.o, promoting.s, promoting.now).Judge.Since, "and goes on while it is promoted")
	s = starting(t)
	assert.Nil(t, strategy.Plan(s.o, s.s, s.now).Judge, "without a weight there is none")
	s = atRest(t)
	assert.Nil(t, strategy.Plan(s.o, s.s, s.now).Judge, "at rest there is none")
}
