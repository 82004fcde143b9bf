package strategy

import (
	"fmt"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// Blue-green is a plan of two steps without routes: at weight 0 the new version, at full size, is reached by the preview Service alone;
// at weight 100 the user's Service selects it. Everything else (the brake, the gates, the hand over) is the canary's.

func (p *planner) blueGreen() bool { return p.s.Strategy == spec.StrategyBlueGreen }

// swap points the user's Service at the version that the run's weight says, in one write.
func (p *planner) swap() {
	if hash := p.chosen(); traffic.PinnedTo(p.svc.Selector) != hash || p.svc.RunBy != p.o.Key.Name {
		p.do(Pin{Service: p.svc.Name, ResourceVersion: p.svc.ResourceVersion, Hash: hash})
	}
}

// chosen is the version that the user's Service is to select in blue-green.
func (p *planner) chosen() string {
	if p.run.Weight > 0 {
		return p.run.Canary.Hash
	}
	return p.run.Stable.Hash
}

// disputed puts the Service's selector back where somebody else has changed it. The step then starts again, and whoever keeps changing it
// has the last word: stable.
func (p *planner) disputed() bool {
	if traffic.PinnedTo(p.svc.Selector) == p.chosen() {
		return false
	}
	switch {
	case p.unpinnedByOthers(p.chosen()) && (p.run.Weight == 0 || p.served()):
		// At weight 0 nothing is waited for: the preview's pods get users' requests.
		return p.revertPin(p.chosen())
	case p.run.Weight == 0:
		p.swap()
		return false
	case !p.served():
		p.ensureCanaryService(p.run.Canary.Hash)
		if !p.overdue() {
			p.hold(spec.ReasonNotReady, fmt.Sprintf(
				"Service %s doesn't have the endpoints that all traffic needs; the swap is written when it has", p.beside(p.svc.Name)))
		}
		return true
	}
	// Not yet written.
	if p.run.WeightAt.Add(tick).Before(p.now) {
		p.redate()
	}
	p.swap()
	p.report(PhaseShifting, spec.ReasonSwapped, p.where())
	return true
}

// hashLabel is the label that a pin selects by.
const hashLabel = "pod-template-hash"

// previewJudged says whether the swap may be made. Traffic of its own is not asked of a preview; but where it has some, that is judged:
// a failing gate has ended the run already, and too little evidence is waited for as long as the bake lasts. Then the swap is made, and
// the bake judges.
func (p *planner) previewJudged() (outcome analysis.Outcome, reason spec.Reason, message string, answered bool) {
	v := p.verdict()
	if v == nil || !v.StepSince.Equal(p.run.WeightAt) || v.Judged.Before(p.run.WeightAt.Add(p.o.Settings.Sight)) {
		if p.now.Before(p.run.WeightAt.Add(p.o.Settings.Sight + p.o.Settings.Stale)) {
			return analysis.Hold, spec.ReasonEvidence, "looking whether the preview has traffic", true
		}
		return "", "", "", false // what is said of any step without a verdict
	}
	patience := p.run.WeightAt.Add(min(p.s.Bake, p.s.MaxHold))
	switch {
	case v.Outcome != analysis.Pass && untravelled(v):
		return analysis.Pass, spec.ReasonPassed, "the preview has no traffic to judge", true
	case v.Outcome == analysis.Wait && !p.now.Before(patience):
		return analysis.Pass, spec.ReasonPassed, "nothing against the preview: " + v.Message, true
	case v.Outcome == analysis.Wait:
		p.wake(patience)
		return analysis.Hold, spec.ReasonEvidence, fmt.Sprintf("swapped at %s at the latest: %s", patience.UTC().Format(time.TimeOnly), v.Message), true
	}
	return "", "", "", false
}

// untravelled says whether a verdict has nothing to say but that the canary has had no requests.
func untravelled(v *analysis.Verdict) bool {
	return !slices.ContainsFunc(v.Gates, func(g analysis.Gate) bool {
		switch {
		case g.Outcome == analysis.Pass, g.Reason == analysis.ReasonSilent:
			return false
		case g.Outcome == analysis.Wait && g.Reason == analysis.ReasonNotEnough:
			return g.Canary.Requests > 0
		}
		return true
	})
}
