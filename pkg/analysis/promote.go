package analysis

import "math"

// favour is the test for the canary: that less than the tolerated share of its requests is bad.
type favour struct {
	// bad and good are by how much a bad and a good request change log E, per alternative.
	bad, good [len(fractions)]float64
}

func newFavour(tolerated, phi float64) favour {
	var f favour
	for j, part := range fractions {
		f.bad[j] = math.Log(part) / phi
		f.good[j] = (math.Log1p(-part*tolerated) - math.Log1p(-tolerated)) / phi
	}
	return f
}

// logE is the natural logarithm of the evidence.
func (f *favour) logE(c Counts) float64 {
	var logs [len(fractions)]float64
	good := c.Requests - c.Bad
	for j := range logs {
		logs[j] = c.Bad*f.bad[j] + good*f.good[j]
	}
	return logSumExp(logs[:]) - math.Log(float64(len(fractions)))
}

// most is the largest number of further requests that is worth naming.
const most = 1 << 40

// needed is about how many more requests it takes to promote, if the share of bad ones stays what it was. False if no number does.
func (f *favour) needed(c Counts) (float64, bool) {
	share := c.Share()
	enough := func(n float64) bool { return f.logE(c.plus(Counts{Requests: n, Bad: n * share})) >= promoteLimit() }
	if enough(0) {
		return 0, true
	}
	// Between few, which are too few, and many, which do.
	few, many := 0.0, 64.0
	for ; !enough(many); many *= 2 {
		if many >= most {
			return 0, false
		}
		few = many
	}
	for many-few > 1 {
		if half := math.Floor((few + many) / 2); enough(half) {
			many = half
		} else {
			few = half
		}
	}
	return many, true
}
