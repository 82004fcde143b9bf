// Package peers has the rules by which other projects judge a canary, as their documentation and source have them. Each is asked
// once a minute, about the same requests as ours, and nothing in them is tuned.
//
// What is simplified is so in the peers' favour, where it makes a difference:
//
//   - A check sees all requests of the last minute, at once and exactly. In truth rate(…[1m]) of counters scraped every 15 s sees
//     three of four scrape intervals, some seconds late, and misses a new series' first errors.
//   - Nothing is ever missing: no pod vanishes, no scrape fails, no series appears late.
//   - A rule doesn't steer the traffic: weights are those of the scenario, the same for all. Flagger would stay at a weight while a
//     check fails and go on when it passes.
//
// The package only counts and compares; it knows nothing of how requests come about.
package peers

import (
	"math/rand/v2"

	"github.com/sluice-dev/sluice/test/validate/traffic"
)

// Rule is a peer's rule for one metric: the share of bad requests, of which limit is allowed.
type Rule struct {
	// Name is the key in the results.
	Name string
	// Abort is the minute after which the canary is aborted, counted from 1; 0: not at all. The source is for rules that draw.
	Abort func(minutes []traffic.Minute, limit float64, rng *rand.Rand) int
}

// All are all rules, in the order of the tables.
func All() []Rule {
	return []Rule{
		{Name: "argoFailureLimit0", Abort: argo(0)},
		{Name: "argoFailureLimit3", Abort: argo(3)},
		{Name: "flaggerThreshold5", Abort: flagger(5)},
		{Name: "kayentaMannWhitney", Abort: kayenta},
	}
}
