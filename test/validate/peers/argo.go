package peers

import (
	"math/rand/v2"

	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// argo is the analysis of Argo Rollouts with
//
//	interval: 1m
//	successCondition: isNaN(result[0]) || result[0] >= 0.99
//	failureLimit: 0, or 3
//
// Documentation: Argo Rollouts, "Analysis & Progressive Delivery" (docs/features/analysis.md, commit a8a44ec7a3b8), with the query
// of "Prometheus Metrics" (docs/analysis/prometheus.md, commit ae9091092d1d), the share of requests that are not 5xx. A
// measurement that does not meet the successCondition is Failed; the analysis is Failed, and the roll-out aborted, as soon as
// there are more than failureLimit of them (analysis/analysis.go, assessMetricStatus, commit 045c1cf0cd40: result.Failed >
// metric.FailureLimit). They need not be in a row. The default of failureLimit is 0.
//
// Without requests the query gives 0/0 = NaN. Of the three forms that the documentation has for it (successful, inconclusive, failed)
// this is the first one, in which silence is no failure: the kindest as to false aborts. consecutiveErrorLimit (4 by default) counts
// queries that fail, which they never do here.
func argo(failureLimit int) func([]traffic.Minute, float64, *rand.Rand) int {
	return func(minutes []traffic.Minute, limit float64, _ *rand.Rand) int {
		var failed int
		for i, m := range minutes {
			if m.Canary.Requests > 0 && m.Canary.Bad/m.Canary.Requests > limit {
				failed++
			}
			if failed > failureLimit {
				return i + 1
			}
		}
		return 0
	}
}
