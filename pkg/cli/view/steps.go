package view

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// steps shows the plan: what is behind, where the run is, what is ahead, and how long the step lasts at least.
func steps(r *rollout.Rollout, now time.Time, width int) []Line {
	plan, between := planned(r), " · "
	if r.Strategy() == spec.StrategyBlueGreen {
		plan, between = staged(r), " → "
	}
	lines := []Line{{label("steps")}}
	for i, p := range plan {
		last := &lines[len(lines)-1]
		switch {
		case i == 0:
		case last.width()+columns(between)+columns(p.text) > width:
			lines = append(lines, Line{label("")})
			last = &lines[len(lines)-1]
		default:
			*last = append(*last, toned(Faint, between))
		}
		*last = append(*last, p)
	}
	if r.Phase != rollout.Shifting && r.Phase != rollout.Held {
		return lines
	}
	if until := r.HoldsUntil(); until.After(now) {
		words := "at least " + explain.Short(until.Sub(now)) + " more"
		if last := &lines[len(lines)-1]; last.width()+3+columns(words) <= width {
			*last = append(*last, toned(Faint, "   "+words))
		} else {
			lines = append(lines, Line{label(""), toned(Faint, words)})
		}
	}
	return lines
}

// planned are the weights of a plan.
func planned(r *rollout.Rollout) []piece {
	at, _ := r.Step()
	list := make([]piece, len(r.Spec.Steps))
	for i, s := range r.Spec.Steps {
		word := fmt.Sprintf("%d %%", s.Weight)
		if s.Pause {
			word += " pause"
		}
		list[i] = passed(r, i+1, at, word)
	}
	return list
}

// staged are the stages of a blue-green run.
func staged(r *rollout.Rollout) []piece {
	words := map[rollout.Stage]string{
		rollout.Preview: "preview", rollout.Swap: "swap", rollout.Bake: "bake " + explain.Short(r.Spec.Bake),
	}
	if r.Spec.Approval {
		words[rollout.Preview] = "preview pause"
	}
	stages := rollout.Stages()
	at := slices.Index(stages, r.Stage())
	list := make([]piece, len(stages))
	for i, stage := range stages {
		list[i] = passed(r, i, at, words[stage])
	}
	return list
}

// passed marks a part of the plan by whether it is before, at or behind the one where the run is.
func passed(r *rollout.Rollout, i, at int, word string) piece {
	over := !r.Running() || r.Phase == rollout.Aborting
	switch {
	case r.Phase == rollout.Promoting || i < at:
		return toned(Good, "✓ "+word)
	case i == at && over:
		return toned(Bad, "✗ "+word)
	case i == at:
		return toned(Strong, "▶ "+word)
	default:
		return toned(Faint, word)
	}
}
