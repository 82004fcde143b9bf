package analysis

import (
	"fmt"
	"math"
)

// numbers is what every message begins with: "error-rate: canary 14/212 (6.6 %), stable 9/1904 (0.5 %)".
func numbers(label string, s sums, compared bool) string {
	text := fmt.Sprintf("%s: canary %s", label, s.canary)
	if compared {
		text += fmt.Sprintf(", stable %s", s.stable)
	}
	return text
}

// bursts says that evidence was taken for less because stable's bad requests come in bursts.
func (g *Gate) bursts() string {
	if g.Dispersion <= 1 {
		return ""
	}
	return fmt.Sprintf(" (bad requests come in bursts: φ %.1f)", g.Dispersion)
}

// String is as in "14/212 (6.6 %)".
func (c Counts) String() string {
	return fmt.Sprintf("%.0f/%.0f (%.1f %%)", c.Bad, c.Requests, 100*c.Share())
}

// String is as in "E 310 ≥ 300", or "E 3.2 of 20".
func (w Weighed) String() string {
	if w.Reached() {
		return fmt.Sprintf("E %s ≥ %s", power(w.Log10E), power(w.Log10Limit))
	}
	return fmt.Sprintf("E %s of %s", power(w.Log10E), power(w.Log10Limit))
}

// power writes 10^x as people like to read it. What is not reached must not look as if it were, so it is rounded down.
func power(x float64) string {
	// 10^log10(20) may come out a hair below 20.
	v := math.Pow(10, x) * (1 + 1e-9)
	switch {
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

// more says how many more requests it takes.
func more(g *Gate, possible bool) string {
	if !possible {
		return "not to be reached at this share"
	}
	if g.Canary.Requests == 0 {
		return fmt.Sprintf("no requests yet, about %.0f needed", g.Needed)
	}
	return fmt.Sprintf("about %.0f more requests needed at this step", g.Needed)
}
