package strategy_test

import (
	"testing"
	"time"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

func benchmark(b *testing.B, s *scene) {
	b.Helper()
	b.ReportAllocs()
	for b.Loop() {
		strategy.Plan(s.o, s.s, s.now)
	}
}

func BenchmarkPlanAtRest(b *testing.B)    { benchmark(b, atRest(b)) }
func BenchmarkPlanHolding(b *testing.B)   { benchmark(b, holding(b)) }
func BenchmarkPlanPromoting(b *testing.B) { benchmark(b, promotingAfter(2*time.Second)(b)) }
