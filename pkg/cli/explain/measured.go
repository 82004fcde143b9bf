package explain

import (
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
)

// measured is what the gates say, each in a sentence with its numbers.
func measured(r *rollout.Rollout, now time.Time) []string {
	e := r.Evidence
	if e.Source == rollout.FromNothing || (r.Run == nil && r.Phase != rollout.AtRest) {
		if r.Running() && r.Judges() {
			return []string{"Nothing yet."}
		}
		return nil
	}
	texts := []string{Age(e, now)}
	for i := range e.Gates {
		texts = append(texts, gate(&e.Gates[i]))
	}
	return texts
}

// Age says how old evidence is, and where it is from.
func Age(e rollout.Evidence, now time.Time) string {
	switch e.Source {
	case rollout.FromCondition:
		return fmt.Sprintf("As the controller said %s:", Ago(e.At, now))
	case rollout.FromDecision:
		return "When the last step was passed:"
	case rollout.FromEnd:
		return fmt.Sprintf("At the end of run %d, %s:", e.Run, Ago(e.At, now))
	case rollout.FromNothing:
	}
	return "Nothing was measured."
}

func gate(g *rollout.Gate) string {
	why, ok := Gate(g.Reason)
	if !ok {
		why = outcome(g.Outcome)
	}
	text := fmt.Sprintf("%s: %s.", g.Name, why)
	if c := g.Canary; c != nil && c.Requests > 0 {
		text += fmt.Sprintf(" Bad: %.0f of the canary's %.0f requests (%s)", c.Bad, c.Requests, Percent(c.Share()))
		if g.Stable != nil {
			text += fmt.Sprintf(", %.0f of stable's %.0f (%s)", g.Stable.Bad, g.Stable.Requests, Percent(g.Stable.Share()))
		}
		if g.Threshold > 0 {
			text += fmt.Sprintf("; allowed: %s", Percent(g.Threshold))
		}
		text += "."
	} else if g.Message != "" {
		text += " " + g.Message + "."
	}
	for _, side := range []struct {
		what, done string
		w          *analysis.Weighed
	}{{"to go on", "enough", g.Promote}, {"to abort", "enough", g.Abort}} {
		if side.w == nil {
			continue
		}
		if side.w.Reached() {
			text += fmt.Sprintf(" The evidence %s is %s: %s.", side.what, side.done, Weighed(*side.w))
		} else {
			text += fmt.Sprintf(" The evidence %s is %s.", side.what, Weighed(*side.w))
		}
	}
	if g.Note != "" {
		text += " " + strings.ToUpper(g.Note[:1]) + g.Note[1:] + "."
	}
	return text
}

// Weighed writes evidence as the factor that it is: "3.2 of the 20 that it takes". What is not reached is rounded down.
func Weighed(w analysis.Weighed) string {
	if w.Reached() {
		return fmt.Sprintf("%s, and %s suffices", Factor(w.Log10E), Factor(w.Log10Limit))
	}
	return fmt.Sprintf("%s of the %s that it takes", Factor(w.Log10E), Factor(w.Log10Limit))
}

// Factor writes 10^x.
func Factor(x float64) string {
	// 10^log10(20) may come out a hair below 20.
	v := math.Pow(10, x) * (1 + 1e-9)
	switch {
	case math.IsNaN(x):
		return "unknown"
	case x >= 6:
		return fmt.Sprintf("10^%.0f", math.Floor(x))
	case v >= 10:
		return fmt.Sprintf("%.0f", math.Floor(v))
	case v >= 0.1:
		return fmt.Sprintf("%.1f", math.Floor(v*10)/10)
	default:
		return "below 0.1"
	}
}

// Percent writes a share with the decimals that it takes.
func Percent(share float64) string {
	percent := math.Round(1e5*share) / 1e3
	switch {
	case percent == math.Trunc(percent):
		return fmt.Sprintf("%.0f %%", percent)
	case percent >= 1:
		return fmt.Sprintf("%.1f %%", percent)
	default:
		return fmt.Sprintf("%.2g %%", percent)
	}
}
