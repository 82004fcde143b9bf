package analysis

import (
	"math/rand/v2"
	"testing"
	"time"
)

// An hour of intervals of 15 s, both gates on and compared. A verdict is to cost at most 100 µs.
func BenchmarkJudge(b *testing.B) {
	for name, rate := range map[string]float64{"healthy": .005, "failing": .2} {
		b.Run(name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(10, 11))
			var hour [][2]Counts
			for range 240 {
				hour = append(hour, [2]Counts{draw(rng, 150, rate), draw(rng, 1350, .005)})
			}
			ev := evidence(history(hour...))
			ev.Latency = ev.Errors
			sub := subject(Gates{MaxErrorRate: .01, LatencyQuantile: .95, LatencyThreshold: time.Second, Compare: true})
			sub.Since = second(-3600)
			for b.Loop() {
				Judge(sub, ev, second(135))
			}
		})
	}
}

// The samples of an interval: 5 pods on each side with 8 series each.
func BenchmarkLedger(b *testing.B) {
	var all []Series
	for pod := range 10 {
		for n := range 8 {
			all = append(all, with(series(Side(pod%2), string(rune('a'+pod)), "200", nil), "path", string(rune('a'+n))))
		}
	}
	l := ledger()
	at := 0
	for b.Loop() {
		at += tick
		for i := range all {
			all[i].Samples = values(at, float64(at*10))
		}
		l.Advance(second(at), all)
	}
}
