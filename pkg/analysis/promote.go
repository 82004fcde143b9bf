package analysis

import (
	"math"
	"sort"
)

// promote is the natural logarithm of the evidence that less than the tolerated share of the requests is bad.
func promote(c Counts, tolerated float64) float64 {
	var logs [len(fractions)]float64
	good := c.Requests - c.Bad
	for j, f := range fractions {
		logs[j] = c.Bad*math.Log(f) + good*(math.Log1p(-f*tolerated)-math.Log1p(-tolerated))
	}
	return logSumExp(logs[:]) - math.Log(float64(len(fractions)))
}

// most is the largest number of further requests that is worth naming.
const most = 1 << 40

// needed is about how many more requests it takes to promote, if the share of bad ones stays what it was. False if no number does.
func needed(c Counts, tolerated float64) (float64, bool) {
	share := c.Share()
	enough := func(n float64) bool {
		return promote(c.plus(Counts{Requests: n, Bad: n * share}), tolerated) >= promoteLimit()
	}
	if !enough(most) {
		return 0, false
	}
	return float64(sort.Search(most, func(n int) bool { return enough(float64(n)) })), true
}
