package analysis

import "math"

// What both versions suffered is no evidence against the canary when it is over, and none for it either; but left in the counts it would
// outweigh hours of good requests, and a run that was held through an outage could neither go on nor, at 100 %, stay. So evidence begins
// anew after an outage. Which stretches are one is told by stable's counts alone: whatever is left out by them, the canary's tests keep
// their promise.

const (
	// outstanding is how many standard deviations above the limit stable's bad requests in a stretch show an outage: with the one more
	// that is added to what is due, less than once in a thousand stretches of a stable that is at the limit.
	outstanding = 4
	// calm is how many stretches without one say that it is over.
	calm = 3
)

// recovered is the index of the first stretch after the last outage of stable, 0 if there was none or if it isn't over. The stretch
// that follows an outage still belongs to it: the two versions are never scraped at the same moment.
func recovered(run []paired, share, phi float64) int {
	for i := len(run) - 1; i >= 0; i-- {
		due := run[i].stable.Requests * share
		if run[i].stable.Bad > due+outstanding*math.Sqrt(phi*(due+1)) {
			if after := i + 2; len(run)-after >= calm {
				return after
			}
			return 0
		}
	}
	return 0
}
