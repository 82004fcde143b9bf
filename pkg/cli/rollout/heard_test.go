package rollout_test

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/cli/clitest"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// judged is what pkg/analysis says of so many requests of canary and stable, in each of five intervals.
func judged(canary, slow, stable analysis.Counts) analysis.Verdict {
	since := clitest.Ago(time.Minute)
	family := func(c analysis.Counts) analysis.Family {
		f := analysis.Family{Metric: "http_requests_total", CanarySeen: clitest.Now(), StableSeen: clitest.Now()}
		for i := range 5 {
			at := since.Add(time.Duration(i) * 10 * time.Second)
			f.Intervals = append(f.Intervals, analysis.Interval{
				Start: at, From: at, Canary: c, Stable: stable, CanaryReported: true, StableReported: true,
			})
		}
		return f
	}
	s := spec.Default()
	return analysis.Judge(analysis.Subject{
		Namespace: "web", Deployment: "shop", Run: "run", Canary: clitest.CanaryRS, Stable: clitest.StableRS,
		Since: since, StepSince: since, Weight: 10,
		Gates: analysis.Gates{
			MaxErrorRate: s.MaxErrorRate, LatencyQuantile: s.MaxLatency.Quantile, LatencyThreshold: s.MaxLatency.Threshold, Compare: true,
		},
	}, analysis.Evidence{
		Run: "run", Interval: 10 * time.Second, Scrape: 10 * time.Second, End: clitest.Now(), Errors: family(canary), Latency: family(slow),
	}, clitest.Now())
}

func TestTheNumbersOfAVerdictAreReadFromItsMessage(t *testing.T) {
	for says, v := range map[string]analysis.Verdict{
		"waiting":                            judged(analysis.Counts{Requests: 4}, analysis.Counts{Requests: 4, Bad: 1}, analysis.Counts{Requests: 40}),
		"passing":                            judged(analysis.Counts{Requests: 200}, analysis.Counts{Requests: 200}, analysis.Counts{Requests: 900, Bad: 1}),
		"failing":                            judged(analysis.Counts{Requests: 200, Bad: 90}, analysis.Counts{Requests: 200}, analysis.Counts{Requests: 900}),
		"of a preview, with few requests":    judged(analysis.Counts{Requests: 4}, analysis.Counts{Requests: 4}, analysis.Counts{}),
		"of a bake, without any of stable's": judged(analysis.Counts{Requests: 200}, analysis.Counts{Requests: 200}, analysis.Counts{}),
		"both ill": judged(analysis.Counts{Requests: 200, Bad: 90}, analysis.Counts{Requests: 200},
			analysis.Counts{Requests: 900, Bad: 500}),
	} {
		t.Run(says, func(t *testing.T) {
			s := clitest.Waiting().Says(corev1.ConditionUnknown, spec.ReasonEvidence,
				"canary "+clitest.CanaryRS+" at 10 %, step 1 of 3: "+v.Message, 5*time.Second)
			e := s.Rollout().Evidence
			for _, where := range []string{
				"preview " + clitest.CanaryRS + " at 0 %, step 1 of 2: swapped at 12:09:20 at the latest: ",
				"canary " + clitest.CanaryRS + " at 100 %, step 2 of 2: held until 12:05:00; ",
				"canary " + clitest.CanaryRS + " at 0 %, step 1 of 4: ",
			} {
				s.Says(corev1.ConditionUnknown, spec.ReasonEvidence, where+v.Message, 5*time.Second)
				assert.Equal(t, e, s.Rollout().Evidence, where)
			}
			require.Equal(t, rollout.FromCondition, e.Source)
			assert.Equal(t, clitest.Ago(5*time.Second), e.At)
			spoken := 0
			for _, want := range v.Gates {
				if !strings.Contains(v.Message, want.Message) {
					continue
				}
				spoken++
				got := named(e.Gates, want.Name)
				require.NotNil(t, got, want.Name)
				assert.Equal(t, want.Outcome, got.Outcome)
				assert.Equal(t, want.Message, got.Message)
				assert.Equal(t, &want.Canary, got.Canary)
				if want.Stable.Requests > 0 {
					assert.Equal(t, &want.Stable, got.Stable)
				} else {
					assert.Nil(t, got.Stable)
				}
				assert.InDelta(t, want.Threshold, got.Threshold, 1e-9)
				weighed, other := got.Promote, got.Abort
				wanted := want.Promote
				if want.Outcome == analysis.Fail || want.Outcome == analysis.Hold {
					weighed, other, wanted = got.Abort, got.Promote, want.Abort
				}
				require.NotNil(t, weighed, want.Message)
				assert.Nil(t, other)
				// Messages round down: to a tenth, or to a power of ten.
				assert.InDelta(t, wanted.Log10E, weighed.Log10E, 1)
				assert.InDelta(t, wanted.Log10Limit, weighed.Log10Limit, 0.01)
				assert.Equal(t, wanted.Reached(), weighed.Reached())
			}
			assert.Positive(t, spoken)
		})
	}
}

func named(gates []rollout.Gate, name string) *rollout.Gate {
	for i := range gates {
		if gates[i].Name == name {
			return &gates[i]
		}
	}
	return nil
}

func TestHearing(t *testing.T) {
	at := func(message string) rollout.Evidence {
		return clitest.Waiting().Annotate(spec.AnnotationAlerts, "Pod Gone,Pod").Annotate(spec.AnnotationSteps, "10,100").
			Says(corev1.ConditionUnknown, spec.ReasonEvidence, "canary "+clitest.CanaryRS+" at 10 %, step 1 of 2: "+message, 0).Rollout().Evidence
	}
	t.Run("a gate that a waiting verdict does not speak of has passed", func(t *testing.T) {
		e := at("error-rate: canary 0/3 (0.0 %), E below 0.1 of 20, about 70 more requests needed at this step: wait")
		assert.Equal(t, analysis.Pass, named(e.Gates, analysis.GateLatency).Outcome)
		assert.InDelta(t, -1, named(e.Gates, analysis.GateErrorRate).Promote.Log10E, 1e-9)
		assert.Equal(t, "about 70 more requests needed at this step", named(e.Gates, analysis.GateErrorRate).Note)
	})
	t.Run("of one that holds nothing is known of the others", func(t *testing.T) {
		e := at("error-rate: http_requests_total: no connection: hold")
		assert.Equal(t, analysis.Hold, named(e.Gates, analysis.GateErrorRate).Outcome)
		assert.Nil(t, named(e.Gates, analysis.GateErrorRate).Canary)
		assert.Empty(t, named(e.Gates, analysis.GateLatency).Outcome)
	})
	t.Run("names of alert rules may begin alike and have spaces", func(t *testing.T) {
		e := at(`alert/Pod Gone: true for the canary since 10s (value 1), fires after 1m0s: wait`)
		assert.Equal(t, analysis.Wait, named(e.Gates, "alert/Pod Gone").Outcome)
		assert.Equal(t, analysis.Pass, named(e.Gates, "alert/Pod").Outcome)
	})
	t.Run("what callers saw is named by no annotation", func(t *testing.T) {
		e := at(`reachability: canary 9/31 (29.0 %), stable 0/288 (0.0 %), E 500 ≥ 400: abort`)
		assert.NotNil(t, named(e.Gates, analysis.GateReach).Abort)
	})
	t.Run("other words are nobody's numbers", func(t *testing.T) {
		assert.Equal(t, rollout.FromNothing, at("0 of 1 pods available; error-rate is not a word of it").Source)
	})
}
