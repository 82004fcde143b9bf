package web

import (
	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// phaseWords and the other words say in text what colours say as well.
func phaseWords(p strategy.Phase) string {
	if p == strategy.PhaseAtRest {
		return "At rest"
	}
	return string(p)
}

func phaseMark(p strategy.Phase) string {
	switch p {
	case strategy.PhaseAtRest:
		return "✓"
	case strategy.PhaseBlocked, strategy.PhaseAborted:
		return "✕"
	case strategy.PhaseAborting:
		return "↩"
	case strategy.PhaseHeld:
		return "‖"
	case strategy.PhaseStarting, strategy.PhaseShifting, strategy.PhasePromoting:
		return "▶"
	case strategy.PhaseUnmanaged:
		return "–"
	}
	return "?"
}

func outcomeMark(o analysis.Outcome) string {
	switch o {
	case analysis.Pass:
		return "✓"
	case analysis.Fail:
		return "✕"
	case analysis.Hold:
		return "‖"
	case analysis.Wait:
		return "…"
	}
	return "–"
}

func outcomeWords(o analysis.Outcome) string {
	switch o {
	case analysis.Pass:
		return "pass"
	case analysis.Fail:
		return "fail"
	case analysis.Hold:
		return "hold"
	case analysis.Wait:
		return "wait"
	}
	return "not judged"
}

func attentionWords(a Attention) string {
	switch a {
	case AttentionAct:
		return "waiting for somebody"
	case AttentionLook:
		return "worth a look"
	case AttentionRun:
		return "running"
	case AttentionRest:
		return "at rest"
	}
	return string(a)
}

// tally is how many there are of one degree of attention.
type tally struct {
	Attention Attention
	Words     string
	N         int
}

func attentions(list []Rollout) []tally {
	var tallies []tally
	for _, a := range []Attention{AttentionAct, AttentionLook, AttentionRun, AttentionRest} {
		t := tally{Attention: a, Words: attentionWords(a)}
		for i := range list {
			if list[i].Attention == a {
				t.N++
			}
		}
		if t.N > 0 {
			tallies = append(tallies, t)
		}
	}
	return tallies
}
