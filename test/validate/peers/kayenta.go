package peers

import (
	"math"
	"math/rand/v2"
	"slices"

	"github.com/sluice-dev/sluice/test/validate/dice"
	"github.com/sluice-dev/sluice/test/validate/traffic"
)

const (
	// everyMinutes is the analysis interval. Spinnaker, "Best practices for configuring canary": at least 50 points per metric; "a
	// good starting point is to have a canary lifetime of 3 hours, an interval of 1 hour and no warm-up period".
	everyMinutes = 60
	// confidence and tolerance are what Kayenta's judge passes to its classifier (kayenta-judge, NetflixACAJudge.scala, commit
	// 8a754a1651fb: MannWhitneyClassifier(tolerance = 0.25, confLevel = 0.98)). The classifier alone would take 0.95.
	confidence = .98
	tolerance  = .25
)

// kayenta is the judge of Kayenta, NetflixACAJudge-v1.0, at its defaults, for one metric: the share of bad requests, one point per
// minute, of the canary and of the baseline.
//
// Documentation: Spinnaker, "How canary judgment works", and docs/canary-config.md of Kayenta (commit 2a5be9b640d0). The metric is
// High, and failed, if the lower end of the confidence interval of the shift between the two is above a quarter of the estimated
// shift (MannWhitneyClassifier.scala). With one metric the score is 0 or 100, so that the thresholds, marginal 75 and pass 95,
// come to the same: High fails the canary. The direction is increase, as the documentation has it for errors; points without
// requests are NaN and removed (nanStrategy remove, the default); no data on either side is NODATA, which is no failure.
//
// Simplified: the baseline is stable, not a second deployment of its size and age; there is one metric only, and it is the whole
// analysis. An hour later there would be a second analysis, and a third: here the run ends.
func kayenta(minutes []traffic.Minute, _ float64, rng *rand.Rand) int {
	for end := everyMinutes; end <= len(minutes); end += everyMinutes {
		if high(points(minutes[:end], true), points(minutes[:end], false), rng) {
			return end
		}
	}
	return 0
}

// points are the shares of bad requests per minute, without the minutes that have none.
func points(minutes []traffic.Minute, canary bool) []float64 {
	var all []float64
	for _, m := range minutes {
		c := m.Stable
		if canary {
			c = m.Canary
		}
		if c.Requests > 0 {
			all = append(all, c.Share())
		}
	}
	return all
}

// high says whether the experiment is classified as High.
func high(experiment, control []float64, rng *rand.Rand) bool {
	if len(experiment) == 0 || len(control) == 0 {
		return false
	}
	a, b := slices.Sorted(slices.Values(experiment)), slices.Sorted(slices.Values(control))
	if slices.Equal(a, b) {
		return false
	}
	if a[0] == a[len(a)-1] && b[0] == b[len(b)-1] {
		if a[0] == b[0] {
			return false
		}
		// Two constants leave no ranks to compare: Kayenta adds Gaussian noise, a hundred thousandth of the value.
		a, b = noisy(a, rng), noisy(b, rng)
	}
	if mean := dice.Mean(b); mean != 0 && dice.Mean(a)/mean < 1 {
		return false
	}
	lower := lowest(a, b, confidence)
	return lower > 0 && lower > tolerance*math.Abs(middle(a, b))
}

func noisy(values []float64, rng *rand.Rand) []float64 {
	all := make([]float64, len(values))
	for i, v := range values {
		all[i] = v + rng.NormFloat64()*v*1e-5
	}
	return all
}
