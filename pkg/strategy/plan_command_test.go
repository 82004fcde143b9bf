package strategy_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

func TestPlanCarriesOutCommandsOnce(t *testing.T) {
	given := func(verb spec.Verb) func(*scene) { return func(s *scene) { s.command(verb) } }
	saved := "WriteRecord run=1 Shifting step=1 weight=10"
	planned(t, holding, []planCase{
		{
			name: "approve", phase: strategy.PhaseShifting, reason: spec.ReasonHolding, change: given(spec.VerbApprove),
			actions: []string{saved, "Emit Approved"},
		},
		{
			name: "promote", phase: strategy.PhaseShifting, reason: spec.ReasonHolding, change: given(spec.VerbPromote),
			actions: []string{saved, "Emit PromotedByCommand"},
		},
		{
			name: "pause", phase: strategy.PhaseShifting, reason: spec.ReasonHolding, change: given(spec.VerbPause),
			actions: []string{saved, "Emit Paused"},
		},
		{
			name: "resume", phase: strategy.PhaseShifting, reason: spec.ReasonHolding, change: given(spec.VerbResume),
			actions: []string{saved, "Emit Resumed"},
		},
		{
			name: "retry of a run that goes on is remembered, and nothing else", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: given(spec.VerbRetry), actions: []string{saved},
		},
		{
			name: "a command that was carried out is not again", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) { s.command(spec.VerbPause); s.o.Record.Run.Handled = spec.VerbPause },
		},
		{
			name: "one that says again is", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) {
				s.command(spec.VerbApprove)
				s.s.Command.Again = true
				s.o.Record.Run.Handled = spec.VerbApprove
			},
			actions: []string{saved, "Emit Approved"},
		},
		{
			name: "but not for ever", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) {
				s.command(spec.VerbApprove)
				s.s.Command.Again = true
				s.o.Record.Run.Handled = "approve again"
			},
		},
		{
			name: "one for another version is not at all", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) { s.s.Command = spec.Command{Verb: spec.VerbPromote, Hash: "other"} },
		},
		{
			name: "when it is gone it may be given again", phase: strategy.PhaseShifting, reason: spec.ReasonHolding,
			change: func(s *scene) { s.o.Record.Run.Handled = spec.VerbPause }, actions: []string{saved},
		},
	})
	s := holding(t)
	s.command(spec.VerbPromote)
	s.o.Record.Run.Paused = true
	run := recordIn(t, strategy.Plan(s.o, s.s, s.now)).Run
	assert.True(t, run.Forced, "promote goes past every hold")
	assert.False(t, run.Paused, "a pause as well")
	assert.Equal(t, spec.VerbPromote, run.Handled)
	assert.True(t, s.o.Record.Run.Paused, "the input is untouched")
}

// recordIn is the record that a Decision writes.
