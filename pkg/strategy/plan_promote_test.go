package strategy_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestPlanPromotesWithoutRepointingWhatCarriesTraffic(t *testing.T) {
	unpinned := func(s *scene) {
		s.service(app).Selector = map[string]string{"app": app, hashLabel: v1hash}
	}
	cases := []planCase{
		{
			name: "the Service without traffic settles on the canary", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			says: "the mesh is given 12s", wake: 10 * time.Second,
		},
		{
			name: "its endpoints are waited for", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting, says: "3 of 4 endpoints",
			change: func(s *scene) {
				s.service(app).Ready[v2] = strategy.Levels{{Count: 3, Since: epoch}}
			},
		},
		{
			name: "before, it has weight 0 for the settle time", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			says: "take all traffic away", wake: 7 * time.Second,
			change: func(s *scene) { unpinned(s); s.o.Routes[0].ShownSince = s.now.Add(-5 * time.Second) },
		},
		{
			name: "and the canary all the endpoints", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			says: "waiting for 4 ready canary endpoints",
			change: func(s *scene) {
				unpinned(s)
				s.o.Deployment.Replicas, s.canary().Replicas = 4, 4
				s.service("shop-canary").Ready[v2] = strategy.Levels{{Count: 2, Since: epoch}}
				s.service(app).Ready[v2] = strategy.Levels{{Count: 4, Since: epoch}}
			},
		},
		{
			name: "then it is pointed at the canary", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: unpinned, actions: []string{`Pin shop "mnlrsh2rg2"`}, says: "is pointed at the canary",
		},
		{
			name: "an obstacle holds before that", phase: strategy.PhaseHeld, reason: spec.ReasonInvalidAnnotation,
			change: func(s *scene) { unpinned(s); s.s.Problems = []spec.Problem{{Annotation: "x"}} },
		},
		{
			name: "after it, there is no way but on or back", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) { s.s.Problems = []spec.Problem{{Annotation: "x"}} }, says: "the mesh is given",
		},
		{
			name: "the canary follows the Deployment's size", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) { s.canary().Replicas = 5 }, actions: []string{"Scale " + v2 + " replicas=4"},
		},
		{
			name: "templates that differ hold", phase: strategy.PhaseHeld, reason: spec.ReasonDiffers,
			change: func(s *scene) { s.canary().Template = "v2 with a default" },
		},
		{
			name: "a canary that somebody else owns holds", phase: strategy.PhaseHeld, reason: spec.ReasonNotReady, says: "not Sluice's any more",
			change: func(s *scene) { s.canary().Owner = strategy.OwnedByOther },
		},
		{
			name: "a gate that fails aborts, the Service first", phase: strategy.PhaseAborting, reason: spec.ReasonGateFailed,
			change: func(s *scene) { s.judge(analysis.Fail) },
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit GateFailed", `Pin shop "nativev1"`, "RestoreRoute shop",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/GateFailed",
			},
		},
		{
			name: "so does the command", phase: strategy.PhaseAborting, reason: spec.ReasonCommand,
			change: func(s *scene) { s.command(spec.VerbAbort) },
			actions: []string{
				"WriteRecord run=1 Aborting step=1 weight=0", "Emit AbortedByCommand", `Pin shop "nativev1"`, "RestoreRoute shop",
				"SetConditions Progressing=False/ProgressDeadlineExceeded Promoted=False/AbortedByCommand",
			},
		},
		{
			name: "when the mesh knows, the routes lead to the user's Service again", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) { s.now = s.now.Add(10 * time.Second) }, actions: []string{"RestoreRoute shop"},
		},
	}
	planned(t, promotingAfter(2*time.Second), cases)
}

func TestPlanHandsOver(t *testing.T) {
	ready := func(s *scene) { s.now = s.now.Add(15 * time.Second) }
	cases := []planCase{
		{
			name: "not before stable is drained", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting, wake: 15 * time.Second,
			says: "drain time of 30s",
		},
		{
			name: "then in one write with the sizes that the Deployment goes by", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: ready, actions: []string{"HandOver " + v2 + " replicas=4 max=5", "Emit HandedOver"},
		},
		{
			name: "not while the Service has endpoints of stable", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			says: "still has endpoints of stable",
			change: func(s *scene) {
				ready(s)
				s.service(app).Ready[v1] = strategy.Levels{{Count: 1, Since: epoch}}
			},
		},
		{
			name: "not while a canary pod is missing", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) { ready(s); s.canary().Available = 3 }, says: "3 of 4 canary pods available",
		},
		{
			name: "nor while one is too many", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) { ready(s); s.canary().Actual = 5 },
		},
		{
			name: "nor before stable has followed the Deployment's size", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) { ready(s); s.stable().Replicas = 3 }, says: "stable has 3",
		},
		{
			name: "nor without the brake", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: func(s *scene) { ready(s); s.o.Deployment.Paused = false }, actions: []string{"SetBrake true"},
			says: "the brake is put on again",
		},
	}
	planned(t, promotingAfter(15*time.Second), cases)
}

func TestPlanAfterTheHandOver(t *testing.T) {
	handed := func(change func(*scene)) func(*scene) {
		return func(s *scene) {
			s.canary().Owner, s.canary().Available = strategy.OwnedByDeployment, 4
			if change != nil {
				change(s)
			}
		}
	}
	gone := func(s *scene) { s.stable().Replicas, s.stable().Actual, s.stable().Available = 0, 0, 0 }
	finished := []string{"WriteRecord stable=" + v2, "Emit Promoted", `Pin shop ""`}
	planned(t, promotingAfter(30*time.Second-time.Nanosecond), []planCase{
		{
			name: "the Deployment takes stable's pods away", phase: strategy.PhasePromoting, reason: spec.ReasonPromoting,
			change: handed(nil), says: "takes stable's pods away",
		},
		{
			name: "then the run is over", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change: handed(gone), actions: append(finished[:3:3], "SetBrake false"),
		},
		{
			name: "where the brake rests on, it stays", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  handed(func(s *scene) { gone(s); s.o.Settings.Brake = strategy.BrakePaused }),
			actions: finished,
		},
		{
			name: "another template pushed in between waits braked", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  handed(func(s *scene) { gone(s); s.o.Deployment.Template = "v3" }),
			actions: finished,
		},
		{
			name: "the Deployment, without a new ReplicaSet then, would shrink both: we do it", phase: strategy.PhasePromoting,
			reason: spec.ReasonPromoting,
			change: handed(func(s *scene) { s.o.Deployment.Template, s.canary().Replicas = "v3", 3 }),
			actions: []string{
				"Scale " + v1 + " replicas=0", "Scale " + v2 + " replicas=4",
			},
		},
		{
			name: "an abort comes too late", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  handed(func(s *scene) { gone(s); s.command(spec.VerbAbort); s.judge(analysis.Fail) }),
			actions: append(finished[:3:3], "SetBrake false"),
		},
		{
			name: "so does the removal of the annotation, which goes on after it", phase: strategy.PhaseAtRest, reason: spec.ReasonPromoted,
			change:  handed(func(s *scene) { gone(s); s.s.Managed = false }),
			actions: finished,
		},
	})
	s := promotingAfter(20 * time.Second)(t)
	handed(gone)(s)
	record := recordIn(t, strategy.Plan(s.o, s.s, s.now))
	assert.Nil(t, record.Run)
	assert.Equal(t, strategy.Ref{Name: v2, Hash: v2hash}, record.Stable)
	assert.Equal(t, strategy.ResultPromoted, record.History[0].Result)
	assert.Equal(t, s.o.Record.Run.StartedAt, record.History[0].StartedAt)
	assert.Equal(t, s.now, record.History[0].EndedAt)
	assert.NotEmpty(t, record.History[0].Weights)
}
