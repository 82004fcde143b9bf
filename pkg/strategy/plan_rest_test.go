package strategy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestPlanWithoutADeployment(t *testing.T) {
	planned(t, holding, []planCase{
		{
			name: "a Deployment that is gone gives its objects back", phase: strategy.PhaseUnmanaged, reason: spec.ReasonDeploymentGone, wake: -1,
			change: func(s *scene) { s.o.Deployment, s.o.ReplicaSets, s.o.Record = nil, nil, nil }, actions: []string{"RestoreRoute shop", `Pin shop ""`},
		},
		{
			name: "one that is being deleted does so at once", phase: strategy.PhaseUnmanaged, reason: spec.ReasonDeploymentGone, wake: -1,
			change: func(s *scene) { s.o.Deployment.Deleting = true }, actions: []string{"RestoreRoute shop", `Pin shop ""`},
		},
		{
			name: "what carries the mark of another Deployment stays", phase: strategy.PhaseUnmanaged, reason: spec.ReasonDeploymentGone, wake: -1,
			change: func(s *scene) {
				s.o.Deployment, s.o.Record = nil, nil
				s.o.Services[0].RunBy, s.o.Routes[0].RunBy, s.o.Routes[0].View.Split = "other", "other", false
			},
		},
		{
			name: "a VirtualService that was made for the run is deleted", phase: strategy.PhaseUnmanaged, reason: spec.ReasonDeploymentGone,
			change:  func(s *scene) { s.o.Deployment = nil; s.o.Routes[0].Managed = true },
			actions: []string{"DeleteRoute shop", `Pin shop ""`},
		},
	})
}

func TestPlanOfWhatIsNotOurs(t *testing.T) {
	planned(t, func(testing.TB) *scene {
		w := newWorld(production())
		w.deploy(4, "v1")
		w.route(app, false)
		w.obey()
		return sceneOf(w)
	}, []planCase{
		{name: "a Deployment that was never annotated is left alone", phase: strategy.PhaseUnmanaged, wake: -1},
		{
			name:  "so is its paused roll-out",
			phase: strategy.PhaseUnmanaged, change: func(s *scene) { s.o.Deployment.Paused, s.o.Deployment.Template = true, "v2" },
		},
		{
			name: "a mark of ours is taken off all the same", phase: strategy.PhaseUnmanaged, reason: spec.ReasonReleased,
			change:  func(s *scene) { s.o.Services[0].RunBy = app },
			actions: []string{`Pin shop ""`, "Forget []", "Emit Released"},
		},
		{
			name: "so is one on a VirtualService", phase: strategy.PhaseUnmanaged, reason: spec.ReasonReleased,
			change:  func(s *scene) { s.o.Routes[0].RunBy = app },
			actions: []string{"RestoreRoute shop", "Forget []", "Emit Released"},
		},
	})
}

func TestPlanWithARecordThatCannotBeRead(t *testing.T) {
	planned(t, holding, []planCase{{
		name: "changes nothing and says so", phase: strategy.PhaseBlocked, reason: spec.ReasonRecordUnreadable, says: `unknown phase "x"`,
		change: func(s *scene) { s.o.Record, s.o.RecordProblem = nil, `unknown phase "x"` }, actions: []string{"Emit RecordUnreadable"},
	}})
}

func TestPlanAfterTheAnnotationWasRemoved(t *testing.T) {
	released := func(s *scene) { s.s.Managed = false }
	s := atRest(t)
	released(s)
	d := strategy.Plan(s.o, s.s, s.now)
	var lines []string
	for _, action := range d.Actions {
		lines = append(lines, brief(action))
	}
	assert.Equal(t, []string{"Forget [shop-canary]", "SetConditions Promoted=/", "Emit Released"}, lines,
		"the condition goes last: without a record it is all that tells of work left undone")
	lost := func(brake strategy.Brake) func(*scene) {
		return func(s *scene) {
			released(s)
			s.o.Record, s.o.Deployment.Paused, s.o.Settings.Brake = nil, true, brake
		}
	}
	planned(t, atRest, []planCase{
		{
			name: "a brake of which no record tells is the policy's", phase: strategy.PhaseUnmanaged, reason: spec.ReasonReleased,
			change: lost(strategy.BrakeAdmission), actions: []string{"SetBrake false", "Forget [shop-canary]", "Emit Released"},
		},
		{
			name: "without the policy it may be the user's own", phase: strategy.PhaseUnmanaged, reason: spec.ReasonReleased,
			change: lost(strategy.BrakePaused), actions: []string{"Forget [shop-canary]", "Emit Released"},
		},
	})
	planned(t, holding, []planCase{{
		name: "a run is aborted, traffic first", phase: strategy.PhaseAborting, reason: spec.ReasonReleased, change: released,
		actions: []string{"WriteRecord run=1 Aborting step=1 weight=0", "Emit Released", "RestoreRoute shop"},
	}})
	planned(t, abortingAfter(time.Minute), []planCase{
		{
			name: "what an aborted run held goes before the record that holds it", phase: strategy.PhaseUnmanaged, reason: spec.ReasonReleased,
			change: released, actions: []string{"DeleteReplicaSet " + v2}, says: "the canary is being deleted",
		},
		{
			name:  "without a canary nothing is left",
			phase: strategy.PhaseUnmanaged, reason: spec.ReasonReleased, change: func(s *scene) { released(s); s.without(v2) },
			actions: []string{
				"SetBrake false", "Forget [shop-canary]",
				"SetConditions Progressing=Unknown/DeploymentPaused Promoted=/", "Emit Released",
			},
		},
	})
}

func TestPlanTakesNoNoticeOfAMarkInANamespaceThatIsNobodysBusiness(t *testing.T) {
	s := atRest(t)
	s.s.Managed = false
	s.o.Record, s.o.Deployment.Paused, s.o.Deployment.Conditions, s.o.Services = nil, true, nil, s.o.Services[:1]
	s.o.Routes[0].Namespace, s.o.Routes[0].Listed, s.o.Routes[0].RunBy = "elsewhere", false, s.o.Key.Name
	d := strategy.Plan(s.o, s.s, s.now)
	assert.Empty(t, d.Actions, "somebody else has paused it, and somebody else's VirtualService says that we did")
	assert.Equal(t, strategy.PhaseUnmanaged, d.Status.Phase)
}

func TestPlanAnnotatedAgainWhileItWasBeingReleased(t *testing.T) {
	planned(t, abortingAfter(time.Minute), []planCase{{
		name: "the run ends, and Sluice stays", phase: strategy.PhaseAborting, reason: spec.ReasonReleased,
		change: func(s *scene) {
			s.o.Record.Run.Phase, s.o.Record.Run.Reason = strategy.RunAborting, spec.ReasonReleased
			s.without(v2)
		},
		actions: []string{"WriteRecord stable=shop-nativev1"},
	}})
}

func TestPlanWhenSluiceIsUninstalled(t *testing.T) {
	leaving := func(s *scene) { s.o.Settings.Leaving = true }
	s := atRest(t)
	leaving(s)
	d := strategy.Plan(s.o, s.s, s.now)
	var lines []string
	for _, action := range d.Actions {
		lines = append(lines, brief(action))
		if emit, ok := action.(strategy.Emit); ok {
			assert.Equal(t, "Sluice is being uninstalled; the Deployment is plain again", emit.Message)
		}
	}
	assert.Equal(t, []string{"Forget [shop-canary]", "SetConditions Promoted=/", "Emit Released"}, lines, "annotated as it is")
	plain := func(s *scene) {
		leaving(s)
		s.o.Record, s.o.Deployment.Paused, s.o.Deployment.Conditions, s.o.Services = nil, true, nil, s.o.Services[:1]
	}
	planned(t, atRest, []planCase{
		{
			name: "a push that the policy braked meanwhile is let go", phase: strategy.PhaseUnmanaged, reason: spec.ReasonReleased,
			change: plain, actions: []string{"SetBrake false", "Forget []", "Emit Released"},
		},
		{
			name: "what was never annotated stays paused", phase: strategy.PhaseUnmanaged,
			change: func(s *scene) { plain(s); s.s.Managed = false },
		},
		{
			name: "without the policy it was the user who paused", phase: strategy.PhaseUnmanaged,
			change: func(s *scene) { plain(s); s.o.Settings.Brake = strategy.BrakePaused },
		},
	})
	planned(t, holding, []planCase{{
		name: "a run is aborted, traffic first", phase: strategy.PhaseAborting, reason: spec.ReasonReleased, change: leaving,
		says:    "Sluice is being uninstalled",
		actions: []string{"WriteRecord run=1 Aborting step=1 weight=0", "Emit Released", "RestoreRoute shop"},
	}})
}

func TestPlanAtRest(t *testing.T) {
	old := strategy.ReplicaSet{Name: "shop-old", UID: "u", Hash: "old", Owner: strategy.OwnedByDeployment, Template: "v0"}
	planned(t, atRest, []planCase{
		{name: "nothing is done", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted, wake: -1},
		{
			name: "a brake that is on is taken off", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) { s.o.Deployment.Paused = true }, actions: []string{"SetBrake false"},
		},
		{
			name: "where the brake rests on, it is put on", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) { s.o.Settings.Brake = strategy.BrakePaused }, actions: []string{"SetBrake true"},
		},
		{
			name: "a canary's Service that is gone is made again", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  func(s *scene) { s.o.Services = s.o.Services[:1] },
			actions: []string{`EnsureCanaryService shop-canary "nativev1"`},
		},
		{
			name: "one with other ports is corrected", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  func(s *scene) { s.service("shop-canary").Ports = "http/1" },
			actions: []string{`EnsureCanaryService shop-canary "nativev1"`},
		},
		{
			name: "a pin that is left is taken off", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  func(s *scene) { s.service(app).Selector[hashLabel] = "x" },
			actions: []string{`Pin shop ""`},
		},
		{
			name: "a split that is left is taken out", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  func(s *scene) { s.o.Routes[0].View.Split = true },
			actions: []string{"RestoreRoute shop"},
		},
		{
			name: "a DestinationRule that is left is deleted", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) {
				s.o.Policies = []strategy.Policy{{Service: app, ResourceVersion: "3"}, {Service: app, Source: "x"}}
			},
			actions: []string{"DeletePolicy"},
		},
		{
			name: "a ReplicaSet that Sluice made is deleted", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) {
				s.o.ReplicaSets = append(s.o.ReplicaSets, strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByRecord, Template: "x"})
			},
			actions: []string{"DeleteReplicaSet shop-x"},
		},
		{
			name: "one that was captured goes back into the Deployment's history", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) {
				s.o.ReplicaSets = append(s.o.ReplicaSets,
					strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByRecord, Template: "x", Revision: true})
			},
			actions: []string{"HandOver shop-x replicas=0 max=0"},
		},
		{
			name: "the failure of an aborted run is taken back", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) {
				s.o.Deployment.Conditions = append(s.o.Deployment.Conditions,
					strategy.Condition{Type: "Progressing", Status: "False", Reason: "ProgressDeadlineExceeded"})
			},
			actions: []string{"SetConditions Progressing=Unknown/DeploymentPaused"},
		},
		{
			name: "a version that was rolled out unseen is said to be ungated", phase: strategy.PhaseAtRest, reason: spec.ReasonUngated,
			change:  func(s *scene) { s.o.Record.Stable = strategy.Ref{Name: "shop-old", Hash: "old"} },
			actions: []string{"WriteRecord stable=shop-nativev1", `Emit Ungated`},
			says:    "without having been judged",
		},
		{
			name: "and stays so until a run", phase: strategy.PhaseAtRest, reason: spec.ReasonUngated, says: "as it was said",
			change: func(s *scene) {
				s.o.Deployment.Conditions = []strategy.Condition{
					{Type: spec.ConditionPromoted, Status: "True", Reason: "Ungated", Message: "as it was said"},
				}
			},
		},
		{
			name: "an older version without pods is no one's concern", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) { s.o.ReplicaSets = append(s.o.ReplicaSets, old) },
		},
		{
			name: "an older version with pods, where stable has its own, is taken away", phase: strategy.PhaseStarting,
			reason: spec.ReasonCaptured,
			change: func(s *scene) {
				rs := old
				rs.Replicas, rs.Actual, rs.Available = 1, 1, 1
				s.o.ReplicaSets = append(s.o.ReplicaSets, rs)
			},
			actions: []string{"SetBrake true", "Capture shop-old"},
		},
		{
			name: "what the routes and the Service still show of a run goes at once", phase: strategy.PhaseStarting, reason: spec.ReasonCaptured,
			change: func(s *scene) {
				rs := old
				rs.Replicas = 1
				s.o.ReplicaSets = append(s.o.ReplicaSets, rs)
				s.service(app).Selector[hashLabel], s.o.Routes[0].View.Split = "old", true
			},
			actions: []string{"SetBrake true", "RestoreRoute shop", `Pin shop ""`, "Capture shop-old"},
		},
		{
			name: "one that is held serves on until stable has its pods", phase: strategy.PhaseStarting, reason: spec.ReasonCaptured,
			change: func(s *scene) {
				s.set(v1).Available = 0
				s.o.ReplicaSets = append(s.o.ReplicaSets,
					strategy.ReplicaSet{Name: "shop-x", Owner: strategy.OwnedByRecord, Template: "x", Replicas: 4, Actual: 4, Available: 4})
			},
			actions: []string{"SetBrake true"},
		},
	})
}
