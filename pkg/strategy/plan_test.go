package strategy_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// scene is a state that Plan is asked about: reached in the world, then changed by hand.
type scene struct {
	o strategy.Observed
	s spec.Spec
	// now is when Plan is asked.
	now time.Time
}

// planCase says what Plan wants in a scene.
type planCase struct {
	name   string
	change func(*scene)
	phase  strategy.Phase
	reason spec.Reason
	// actions are brief, without the condition that repeats the status.
	actions []string
	// says is part of the status' message.
	says string
	// wake is how long after now Plan wants to be woken; negative: never.
	wake time.Duration
}

// planned runs a table; every case starts from a fresh scene.
func planned(t *testing.T, from func(testing.TB) *scene, cases []planCase) {
	t.Helper()
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			s := from(t)
			if c.change != nil {
				c.change(s)
			}
			d := strategy.Plan(s.o, s.s, s.now)
			assert.Equal(t, c.phase, d.Status.Phase, d.Status.Message)
			assert.Equal(t, c.reason, d.Status.Reason, d.Status.Message)
			assert.Equal(t, c.actions, briefs(d))
			assert.Contains(t, d.Status.Message, c.says)
			switch {
			case c.wake < 0:
				assert.Zero(t, d.WakeAt)
			case c.wake > 0:
				assert.Equal(t, s.now.Add(c.wake), d.WakeAt)
			}
		})
	}
}

// briefs are the actions of a Decision in a line each; what repeats the status is left out: the condition, and the event of a hold.
func briefs(d strategy.Decision) []string {
	var lines []string
	repeats := d.Status.Phase == strategy.PhaseHeld && d.Status.Reason != spec.ReasonReverted
	for _, action := range d.Actions {
		if line := brief(action); !strings.HasPrefix(line, "SetConditions Promoted=") && (!repeats || line != "Emit "+string(d.Status.Reason)) {
			lines = append(lines, line)
		}
	}
	return lines
}

// sceneOf is the world as it is seen now.
func sceneOf(w *world) *scene { return &scene{o: w.observe(), s: w.spec(), now: w.now} }

// set is a ReplicaSet of the scene.
func (s *scene) set(name string) *strategy.ReplicaSet {
	for i := range s.o.ReplicaSets {
		if s.o.ReplicaSets[i].Name == name {
			return &s.o.ReplicaSets[i]
		}
	}
	return &strategy.ReplicaSet{}
}

// service is a Service of the scene.
func (s *scene) service(name string) *strategy.Service {
	for i := range s.o.Services {
		if s.o.Services[i].Name == name {
			return &s.o.Services[i]
		}
	}
	return &strategy.Service{}
}

func (s *scene) canary() *strategy.ReplicaSet { return s.set(s.o.Record.Run.Canary.Name) }
func (s *scene) stable() *strategy.ReplicaSet { return s.set(s.o.Record.Run.Stable.Name) }

// without drops a ReplicaSet.
func (s *scene) without(name string) {
	var kept []strategy.ReplicaSet
	for _, rs := range s.o.ReplicaSets {
		if rs.Name != name {
			kept = append(kept, rs)
		}
	}
	s.o.ReplicaSets = kept
}

// acquaint makes the routes show what is written before the first step.
func (s *scene) acquaint() {
	s.service(app).GRPC = true
	for i := range s.o.Routes {
		s.o.Routes[i].View.Known, s.o.Routes[i].View.Split, s.o.Routes[i].RunBy = true, true, app
	}
}

func (s *scene) command(verb spec.Verb) {
	s.s.Command = spec.Command{Verb: verb, Hash: s.o.Record.Run.Canary.Hash}
}

// judge gives the newest verdict on the present step.
func (s *scene) judge(outcome analysis.Outcome) *analysis.Verdict {
	run := s.o.Record.Run
	s.o.Verdict = &analysis.Verdict{
		Outcome: outcome, Message: "error-rate: " + string(outcome), Run: run.ID, StepSince: run.WeightAt, Judged: s.now,
		Gates: []analysis.Gate{{Name: analysis.GateErrorRate}},
	}
	return s.o.Verdict
}

// v2 and v1 are what the ReplicaSets are called in the scenes.
const (
	v1, v1hash = "shop-nativev1", "nativev1"
	v2, v2hash = "shop-mnlrsh2rg2", "mnlrsh2rg2"
)

// atRest is shop:v1 at rest.
func atRest(t testing.TB) *scene {
	t.Helper()
	return sceneOf(running(t, 4))
}

// holding is shop:v2 at 10 %, thirty seconds into its step of a minute, passed so far.
func holding(t testing.TB) *scene {
	t.Helper()
	w := running(t, 4)
	w.push("v2")
	w.advance(t, 42*time.Second)
	s := sceneOf(w)
	require.Equal(t, 10, s.o.Record.Run.Weight)
	s.judge(analysis.Pass)
	return s
}

// starting is shop:v2 whose pods aren't ready.
func starting(t testing.TB) *scene {
	t.Helper()
	w := running(t, 4)
	w.boot["v2"] = time.Hour
	w.push("v2")
	w.advance(t, time.Minute)
	return sceneOf(w)
}

// promotingAfter is shop:v2, all traffic its own, so long after its one step has passed.
func promotingAfter(after time.Duration) func(testing.TB) *scene {
	return func(t testing.TB) *scene {
		t.Helper()
		w := running(t, 4)
		w.annotate("steps", "100@15s")
		w.push("v2")
		w.advance(t, 27*time.Second+after)
		s := sceneOf(w)
		require.Equal(t, strategy.RunPromoting, s.o.Record.Run.Phase)
		return s
	}
}

// abortingAfter is shop:v2, aborted at 10 % so long ago.
func abortingAfter(after time.Duration) func(testing.TB) *scene {
	return func(t testing.TB) *scene {
		t.Helper()
		w := running(t, 4)
		w.mode = "fail"
		w.push("v2")
		w.advance(t, 27*time.Second+after)
		return sceneOf(w)
	}
}
