package view

import (
	"math"
	"strings"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// bar is a filled and an empty part of so many columns together. Anything at all shows, and only all of it fills the bar.
func bar(share float64, n int, full Tone) Line {
	filled := int(math.Round(share * float64(n)))
	if share > 0 {
		filled = max(filled, 1)
	}
	if share < 1 {
		filled = min(filled, n-1)
	}
	filled = min(max(filled, 0), n)
	return Line{toned(full, strings.Repeat("█", filled)), toned(Faint, strings.Repeat("░", n-filled))}
}

// dots shows ready and missing pods, one dot each, in so many columns; where there are more pods than columns, in proportion.
func dots(ready, wanted, n int, full Tone) Line {
	total := max(ready, wanted)
	if total > n {
		if ready > 0 && ready < total {
			ready = min(max(ready*n/total, 1), n-1)
		}
		ready, total = min(ready, n), n
	}
	return Line{
		toned(full, strings.Repeat("●", ready)), toned(Faint, strings.Repeat("○", total-ready)), text(spaces(n - total)),
	}
}

// reached is how much of its limit evidence has come to, 0 to 1, on the scale of its logarithm: on that, requests add up.
func reached(w analysis.Weighed) float64 {
	if !(w.Log10Limit > 0) || !(w.Log10E > 0) {
		return 0
	}
	return math.Min(1, w.Log10E/w.Log10Limit)
}
