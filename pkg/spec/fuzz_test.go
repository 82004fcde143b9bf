package spec_test

import (
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// FuzzParse: whatever stands in an annotation, a Spec comes out that can be planned with, and where there is a problem with it, the
// field has its default.
func FuzzParse(f *testing.F) {
	for _, value := range []string{
		"10@2m,50@pause,100", "shop/api,shop-tcp", "0.5%", "p99.9<2s", "off", "abort 6f7d8c9b54", "30m", "canary", "", "\x00", "1e-320%", "10%", "x-canary=always", "cronjob/migrate", "blue-green", "0@pause,100", "infra/shop/*", "5e-324%", "p5e-324<1s", "p1e-9<1ns",
	} {
		for i := range annotations() {
			f.Add(uint8(i), value)
		}
	}
	f.Fuzz(func(t *testing.T, which uint8, value string) {
		names := annotations()
		name := names[int(which)%len(names)]
		got := spec.Parse(map[string]string{name: value})
		assert.LessOrEqual(t, len(got.Problems), 1)
		usable(t, got, strings.TrimSpace(value) == "off")
		for _, problem := range got.Problems {
			assert.Equal(t, name, problem.Annotation)
			assert.NotEmpty(t, problem.Wrong)
			assert.NotEmpty(t, problem.Want)
			assert.Less(t, len(problem.String()), 1500)
			if utf8.ValidString(value) {
				assert.True(t, utf8.ValidString(problem.Value))
			}
		}
		if len(got.Problems) > 0 {
			got.Problems = nil
			want := spec.Default()
			want.Managed = name == spec.AnnotationStrategy
			assert.Equal(t, want, got)
		}
	})
}

// usable is what Plan and the gates rely on.
func usable(t *testing.T, s spec.Spec, off bool) {
	t.Helper()
	last := -1
	for _, step := range s.Steps {
		assert.Greater(t, step.Weight, last)
		assert.GreaterOrEqual(t, step.Hold, time.Duration(0))
		assert.LessOrEqual(t, step.Hold, 30*24*time.Hour)
		last = step.Weight
	}
	assert.Equal(t, 100, last, "full traffic is always judged")
	assert.True(t, s.MaxErrorRate > 0 && s.MaxErrorRate < 1 || s.MaxErrorRate == 0 && off, "%v", s.MaxErrorRate)
	assert.True(t, off && s.MaxLatency == spec.Latency{} || (s.MaxLatency.Quantile > 0 && s.MaxLatency.Quantile < 1 && s.MaxLatency.Threshold > 0), "%v", s.MaxLatency)
	assert.GreaterOrEqual(t, s.MaxHold, time.Duration(0))
	assert.Contains(t, []spec.Inconclusive{spec.InconclusiveHold, spec.InconclusivePromote, spec.InconclusiveAbort}, s.OnInconclusive)
	assert.Equal(t, s.Command.Verb == "", s.Command.Hash == "")
}
