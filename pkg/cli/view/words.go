package view

import (
	"fmt"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// phaseTone is what a phase means for a person: good, bad, on its way, or waiting for something.
func phaseTone(p rollout.Phase) Tone {
	switch p {
	case rollout.AtRest:
		return Good
	case rollout.Aborting, rollout.Aborted, rollout.Blocked:
		return Bad
	case rollout.Held, rollout.Pending, rollout.Unseen:
		return Warn
	case rollout.Starting, rollout.Shifting, rollout.Promoting:
		return Busy
	case rollout.Unmanaged:
		return Faint
	}
	return Normal
}

func resultTone(r strategy.Result) Tone {
	switch r {
	case strategy.ResultPromoted:
		return Good
	case strategy.ResultAborted:
		return Bad
	case strategy.ResultCancelled, strategy.ResultSuperseded:
		return Warn
	}
	return Normal
}

func outcomeTone(o analysis.Outcome) Tone {
	switch o {
	case analysis.Pass:
		return Good
	case analysis.Fail:
		return Bad
	case analysis.Hold:
		return Warn
	case analysis.Wait:
		return Busy
	}
	return Faint
}

// step is as in "2/3", or "bake" in blue-green; a dash when no run goes on.
func step(r *rollout.Rollout) string {
	if r.Run == nil || r.Phase == rollout.Aborted || r.Phase == rollout.Aborting {
		return "-"
	}
	if stage := r.Stage(); stage != rollout.NoStage {
		return string(stage)
	}
	if r.Strategy() == spec.StrategyBlueGreen {
		return "-" // the bake is over
	}
	n, of := r.Step()
	return fmt.Sprintf("%d/%d", n, of)
}

// age is short and without "ago", for tables; a dash when it is not known.
func age(t, now time.Time) string {
	if t.IsZero() {
		return "-"
	}
	return explain.Short(now.Sub(t))
}

// weights is as in "10 → 50 → 100"; the way back to 0 at the end is part of it.
func weights(changes []strategy.WeightChange) string {
	var words []string
	for _, c := range changes {
		words = append(words, fmt.Sprintf("%d", c.Weight))
	}
	if len(words) == 0 {
		return "none"
	}
	return strings.Join(words, " → ")
}

// image is the last part of a reference, which tells versions apart: "shop:v2".
func image(v *rollout.Version) string {
	if v == nil || len(v.Images) == 0 {
		return ""
	}
	ref := v.Images[0]
	name := ref[strings.LastIndexByte(ref, '/')+1:]
	if repository, digest, ok := strings.Cut(name, "@sha256:"); ok {
		return repository + "@" + digest[:min(len(digest), 12)]
	}
	return name
}

// reasonOf is the reason to show: "-" when there is none.
func reasonOf(r *rollout.Rollout) string {
	reason := explain.Standing(r)
	if reason == "" || unsaid(r) != "" {
		return "-"
	}
	return string(reason)
}

// unsaid is what there is to say of a state that the controller has not said anything about; empty: it has.
func unsaid(r *rollout.Rollout) string {
	switch r.Phase {
	case rollout.Unmanaged:
		return "no annotation " + spec.AnnotationStrategy + ": Kubernetes rolls it out"
	case rollout.Unseen:
		return "nothing was said yet: is the controller running, and does it watch this namespace?"
	case rollout.Pending:
		return "a new template was pushed; its run has not begun yet"
	case rollout.AtRest, rollout.Blocked, rollout.Starting, rollout.Shifting, rollout.Held, rollout.Promoting, rollout.Aborting, rollout.Aborted:
	}
	return ""
}

// said is what the controller says, without what the view shows anyway.
func said(r *rollout.Rollout) string {
	if message := unsaid(r); message != "" {
		return message
	}
	message := r.Message
	if r.Run != nil {
		message = placeless(message, r.Run.Canary.Name)
	}
	if r.Phase == rollout.Aborted && r.Run.Message != "" {
		message = r.Run.Message // the condition tells of the way there, too
	}
	if r.RecordProblem != "" {
		message = r.RecordProblem
	}
	if len(r.Spec.Problems) > 0 {
		message = spec.Describe(r.Spec.Problems)
	}
	return message
}

// placeless is a message without the words on which canary it is and where.
func placeless(message, canary string) string {
	for _, what := range []string{"canary ", "preview "} {
		if rest, ok := strings.CutPrefix(message, what+canary); ok {
			if _, after, found := strings.Cut(rest, ": "); found {
				return after
			}
		}
	}
	return message
}
