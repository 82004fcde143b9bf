package peers

import (
	"math/rand/v2"

	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// flagger is Flagger's canary analysis with
//
//	interval: 1m
//	threshold: 5
//	metrics: [{name: request-success-rate, interval: 1m, thresholdRange: {min: 99}}]
//
// Documentation: Flagger, "How it works" (docs/gitbook/usage/how-it-works.md, commit 061c17971e78; threshold: "max number of failed
// metric checks before rollback") and "Metrics Analysis" (docs/gitbook/usage/metrics.md). A check fails if the share of good
// requests of the last minute is below min, and if there is no value (pkg/controller/scheduler_metrics.go, commit 06d32049c843: "no
// values found … probably not receiving traffic"); NaN, from 0/0, is no value since pull request 1095. Failed checks add up over the
// whole analysis and are only set back by a new revision; at threshold the canary is rolled back (pkg/controller/scheduler.go:
// FailedChecks >= GetAnalysisThreshold). By the source that is noticed at the next check; here it is at once, since the
// documentation says that a roll-back takes "interval * threshold".
func flagger(threshold int) func([]traffic.Minute, float64, *rand.Rand) int {
	return func(minutes []traffic.Minute, limit float64, _ *rand.Rand) int {
		var failed int
		for i, m := range minutes {
			if m.Canary.Requests == 0 || m.Canary.Bad/m.Canary.Requests > limit {
				failed++
			}
			if failed >= threshold {
				return i + 1
			}
		}
		return 0
	}
}
