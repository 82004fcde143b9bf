package judged

import (
	"time"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// Pair is what was asked of the two versions between two looks.
type Pair struct{ Canary, Stable analysis.Counts }

// Stream are looks at requests as they come: one interval of a second per pair, nothing seen late.
func Stream(pairs []Pair, weight int) *Looks { return StreamEvery(pairs, weight, time.Second) }

// StreamEvery is Stream with intervals of another length.
func StreamEvery(pairs []Pair, weight int, interval time.Duration) *Looks {
	l := &Looks{Interval: interval, Scrape: interval}
	for i, p := range pairs {
		at := Start.Add(time.Duration(i) * interval)
		l.Errors = append(l.Errors, analysis.Interval{
			Start: at, From: at, Canary: p.Canary, Stable: p.Stable, CanaryReported: true, StableReported: true,
		})
		seen := at.Add(interval)
		l.CanarySeen, l.StableSeen = append(l.CanarySeen, seen), append(l.StableSeen, seen)
		l.Weight, l.StepSince = append(l.Weight, weight), append(l.StepSince, Start)
	}
	return l
}
