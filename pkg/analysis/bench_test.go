package analysis

import (
	"math/rand/v2"
	"testing"
	"time"
)

// An hour of intervals of 15 s, both gates on and compared. A verdict is to cost at most 100 µs.
func BenchmarkJudge(b *testing.B) {
	tests := []struct {
		name           string
		canary, stable float64
		burst          int
	}{
		{"healthy", .005, .005, 1}, {"failing", .2, .005, 1}, {"in an outage", .2, .2, 1}, {"bursts", .005, .005, 10},
	}
	for _, test := range tests {
		b.Run(test.name, func(b *testing.B) {
			rng := rand.New(rand.NewPCG(10, 11))
			var hour [][2]Counts
			for range 240 {
				hour = append(hour, [2]Counts{inBursts(rng, 150, test.canary, test.burst), inBursts(rng, 1350, test.stable, test.burst)})
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
