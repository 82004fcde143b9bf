package view

import (
	"math"
	"strings"
)

// bar is a filled and an empty part of so many columns together. Anything at all shows, and only all of it fills the bar.
func bar(share float64, columns int, full Tone) Line {
	n := int(math.Round(share * float64(columns)))
	if share > 0 {
		n = max(n, 1)
	}
	if share < 1 {
		n = min(n, columns-1)
	}
	n = min(max(n, 0), columns)
	return Line{toned(full, strings.Repeat("█", n)), toned(Faint, strings.Repeat("░", columns-n))}
}

// dots shows ready and missing pods, one dot each, in so many columns.
func dots(ready, wanted, columns int, full Tone) Line {
	total := min(max(ready, wanted), columns)
	ready = min(ready, total)
	return Line{
		toned(full, strings.Repeat("●", ready)), toned(Faint, strings.Repeat("○", total-ready)), text(spaces(columns - total)),
	}
}
