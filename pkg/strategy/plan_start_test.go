package strategy_test

import (
	"testing"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

func TestPlanOfTheFirstRollOut(t *testing.T) {
	unknown := func(s *scene) { s.o.Record = nil }
	planned(t, atRest, []planCase{
		{
			name: "a Deployment that is seen for the first time is taken as it serves", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: unknown, actions: []string{"WriteRecord stable=shop-nativev1"},
		},
		{
			name: "one whose pods are yet to come rolls out by itself", phase: strategy.PhaseStarting, reason: spec.ReasonFirstRollout,
			change: func(s *scene) { unknown(s); s.set(v1).Available = 0 },
		},
		{
			name: "even where the policy has braked it", phase: strategy.PhaseStarting, reason: spec.ReasonFirstRollout,
			change:  func(s *scene) { unknown(s); s.set(v1).Available = 0; s.o.Deployment.Paused = true },
			actions: []string{"SetBrake false"},
		},
		{
			name: "a user's pause before the first ReplicaSet is respected", phase: strategy.PhaseStarting, reason: spec.ReasonFirstRollout,
			change: func(s *scene) { unknown(s); s.without(v1); s.o.Deployment.Paused = true },
		},
		{
			name: "without pods wanted it is at rest at once", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  func(s *scene) { unknown(s); s.set(v1).Available = 0; s.o.Deployment.Replicas = 0 },
			actions: []string{"WriteRecord stable=shop-nativev1"},
		},
		{
			name: "annotated with its brake on and another template: what serves is stable, and a run starts", phase: strategy.PhaseStarting,
			reason: spec.ReasonScaling,
			change: func(s *scene) { unknown(s); s.o.Deployment.Paused, s.o.Deployment.Template = true, "v2" },
			actions: []string{
				"WriteRecord run=1 Shifting step=1 weight=0", "Emit RunStarted", `Pin shop "nativev1"`,
				`EnsureCanaryService shop-canary "mnlrsh2rg2"`, "CreateCanary " + v2 + " replicas=1",
			},
		},
		{
			name: "annotated in the middle of a native roll-out: that goes on", phase: strategy.PhaseStarting, reason: spec.ReasonFirstRollout,
			change: func(s *scene) { unknown(s); s.o.Deployment.Template = "v2" },
		},
	})
}

func TestPlanOfWhatIsInTheWay(t *testing.T) {
	pushed := func(t testing.TB) *scene {
		s := atRest(t)
		s.o.Deployment.Template, s.o.Deployment.Paused = "v2", true
		return s
	}
	blocked := func(name string, reason spec.Reason, says string, change func(*scene)) planCase {
		return planCase{
			name: name, phase: strategy.PhaseBlocked, reason: reason, says: says, change: change, actions: []string{"Emit " + string(reason)},
		}
	}
	planned(t, pushed, []planCase{
		blocked("a wrong annotation", spec.ReasonInvalidAnnotation, `sluice.dev/steps: "x"`, func(s *scene) {
			s.s = spec.Parse(map[string]string{spec.AnnotationStrategy: "canary", spec.AnnotationSteps: "x"})
		}),
		blocked("a plan without steps", spec.ReasonInvalidAnnotation, "no steps", func(s *scene) { s.s.Steps = nil }),
		blocked("no Service", spec.ReasonServiceNotFound, "no Service in namespace prod", func(s *scene) { s.o.Services = nil }),
		blocked("a named Service that isn't there", spec.ReasonServiceNotFound, `no Service "web"`, func(s *scene) { s.s.Service = "web" }),
		blocked("a named Service with another selector", spec.ReasonServiceNotFound, "doesn't match", func(s *scene) {
			s.s.Service = app
			s.service(app).Matches = false
		}),
		blocked("two Services", spec.ReasonServiceAmbiguous, "Services shop, web all match", func(s *scene) {
			s.o.Services = append(s.o.Services, strategy.Service{Name: "web", Matches: true})
		}),
		blocked("a Service that is shared", spec.ReasonServiceShared, "pods of Deployment other", func(s *scene) {
			s.service(app).SharedWith = "other"
		}),
		blocked("a Service in another's run", spec.ReasonServiceShared, "in use by the run of Deployment other", func(s *scene) {
			s.service(app).RunBy = "other"
		}),
		blocked("a user's Service by the canary's name", spec.ReasonNameTaken, "isn't Sluice's", func(s *scene) {
			s.s.Service = app
			s.service("shop-canary").Managed = false
		}),
		blocked("no Prometheus", spec.ReasonNoPrometheus, "--prometheus-address", func(s *scene) { s.o.Settings.Prometheus = false }),
		blocked("no Istio", spec.ReasonNoIstio, "install Istio", func(s *scene) { s.o.Settings.Mesh = false }),
		blocked("a named VirtualService that leads elsewhere", spec.ReasonRouteInvalid, `names VirtualService "web"`, func(s *scene) {
			s.s.VirtualServices = []spec.RouteRef{{Name: "web"}}
		}),
		blocked("a VirtualService that can't be edited", spec.ReasonRouteInvalid, "odd weights", func(s *scene) {
			s.o.Routes[0].Problem = "odd weights"
		}),
		blocked("a VirtualService in another's run", spec.ReasonRouteConflict, "in use by the run of Deployment other", func(s *scene) {
			s.o.Routes[0].RunBy = "other"
		}),
		blocked("a VirtualService of another namespace for the host", spec.ReasonRouteConflict, "elsewhere/shop has the traffic", func(s *scene) {
			s.o.Routes[0].Namespace = "elsewhere"
			s.o.Routes[0].View = traffic.View{Governs: true}
		}),
		blocked("stable is gone", spec.ReasonStableGone, "not the Deployment's any more", func(s *scene) { s.without(v1) }),
		blocked("no pods are wanted", spec.ReasonScaledToZero, "spec.replicas is 0", func(s *scene) {
			s.o.Deployment.Replicas = 0
			s.set(v1).Replicas, s.set(v1).Actual, s.set(v1).Available = 0, 0, 0
		}),
		{
			name: "stable without a hash of its own", phase: strategy.PhaseBlocked, reason: spec.ReasonNameTaken, says: "pod-template-hash",
			change:  func(s *scene) { s.o.Record.Stable.Hash, s.o.Deployment.Paused = "", false },
			actions: []string{"SetBrake true", "Emit NameTaken"},
		},
	})
	planned(t, atRest, []planCase{
		{
			name: "at rest it is said too, and the rest is kept", phase: strategy.PhaseBlocked, reason: spec.ReasonNoIstio,
			change: func(s *scene) { s.o.Settings.Mesh = false; s.o.Deployment.Paused = true }, actions: []string{"SetBrake false", "Emit NoIstio"},
		},
		{
			name: "before there is a record not even the brake goes on", phase: strategy.PhaseBlocked, reason: spec.ReasonNoIstio,
			change: func(s *scene) {
				s.o.Settings.Mesh, s.o.Settings.Brake, s.o.Record = false, strategy.BrakePaused, nil
			},
			actions: []string{"Emit NoIstio"},
		},
		{
			name: "a VirtualService of another namespace for another Service is not in the way", phase: strategy.PhaseAtRest,
			reason: spec.ReasonPromoted,
			change: func(s *scene) {
				s.o.Routes[0].Namespace, s.o.Routes[0].Service = "elsewhere", "other"
				s.o.Routes[0].View = traffic.View{Governs: true, Routes: 1}
			},
		},
		{
			name: "a named VirtualService that is there is not in the way", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) { s.s.VirtualServices = []spec.RouteRef{{Name: app}} },
		},
		{
			name: "gates that are off need no Prometheus", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: func(s *scene) {
				s.o.Settings.Prometheus, s.s.MaxErrorRate, s.s.MaxLatency = false, 0, spec.Latency{}
			},
		},
	})
}

func TestPlanOfAStart(t *testing.T) {
	pushed := func(t testing.TB) *scene {
		s := atRest(t)
		s.o.Deployment.Template, s.o.Deployment.Paused = "v2", true
		return s
	}
	begun := []string{"WriteRecord run=1 Shifting step=1 weight=0", "Emit RunStarted"}
	made := append(begun[:2:2], `Pin shop "nativev1"`, `EnsureCanaryService shop-canary "mnlrsh2rg2"`, "CreateCanary "+v2+" replicas=1")
	held := strategy.ReplicaSet{Name: "shop-x", Hash: "x", Template: "v2", Owner: strategy.OwnedByNobody}
	planned(t, pushed, []planCase{
		{name: "the record first, the pin before the first pod", phase: strategy.PhaseStarting, reason: spec.ReasonScaling, actions: made},
		{
			name: "the failure of the last run is taken back first of all", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) {
				s.o.Deployment.Conditions = []strategy.Condition{{Type: "Progressing", Status: "False", Reason: "ProgressDeadlineExceeded"}}
			},
			actions: append([]string{"SetConditions Progressing=Unknown/DeploymentPaused Promoted=Unknown/WaitingForCanary"}, made...),
		},
		{
			name: "a brake that is off goes on", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change:  func(s *scene) { s.o.Deployment.Paused = false },
			actions: append(append(begun[:2:2], "SetBrake true"), made[2:]...),
		},
		{
			name: "a ReplicaSet whose record was lost is held again", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change:  func(s *scene) { s.o.ReplicaSets = append(s.o.ReplicaSets, held) },
			actions: append(begun[:2:2], `Pin shop "nativev1"`, `EnsureCanaryService shop-canary "x"`, "Capture shop-x"),
		},
		{
			name: "a name that another template has is avoided", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) {
				s.o.ReplicaSets = append(s.o.ReplicaSets, strategy.ReplicaSet{Name: v2, Hash: v2hash, Template: "z", Owner: strategy.OwnedByOther})
			},
			actions: append(begun[:2:2], `Pin shop "nativev1"`, `EnsureCanaryService shop-canary "c9hvnj6nl2"`, "CreateCanary shop-c9hvnj6nl2 replicas=1"),
		},
		{
			name: "a DestinationRule of the user's is followed", phase: strategy.PhaseStarting, reason: spec.ReasonScaling,
			change: func(s *scene) {
				s.o.Policies = []strategy.Policy{{Service: app, Source: app}, {Service: "other", Source: "x"}}
			},
			actions: append(begun[:2:2], `Pin shop "nativev1"`, `EnsureCanaryService shop-canary "mnlrsh2rg2"`, "EnsurePolicy",
				"CreateCanary "+v2+" replicas=1"),
		},
		{
			name: "an older version that got pods in place of stable is taken away first", phase: strategy.PhaseStarting, reason: spec.ReasonCaptured,
			change: func(s *scene) {
				s.set(v1).Replicas, s.set(v1).Actual, s.set(v1).Available = 0, 0, 0
				s.o.ReplicaSets = append(s.o.ReplicaSets,
					strategy.ReplicaSet{Name: "shop-old", Template: "v0", Owner: strategy.OwnedByDeployment, Replicas: 4, Actual: 4})
			},
			actions: []string{"Capture shop-old", "Scale " + v1 + " replicas=4"},
		},
		{
			name: "a roll-out that escaped is captured, and pinned away when stable has its pods", phase: strategy.PhaseStarting,
			reason: spec.ReasonCaptured,
			change: func(s *scene) {
				s.set(v1).Available = 3
				s.o.ReplicaSets = append(s.o.ReplicaSets, strategy.ReplicaSet{
					Name: "shop-x", Hash: "x", Template: "v2", Owner: strategy.OwnedByDeployment, Replicas: 2, Actual: 2, Available: 2,
				})
			},
			actions: []string{"WriteRecord run=1 Shifting step=1 weight=0", "Emit RolloutCaptured", "Emit RunStarted", "Capture shop-x"},
		},
	})
}
