package analysis

import (
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/assert"
)

// stretches are so many intervals of 20 requests of the canary and 180 of stable, with these shares of bad ones.
func stretches(rng *rand.Rand, n int, canary, stable float64) [][2]Counts {
	var all [][2]Counts
	for range n {
		all = append(all, [2]Counts{draw(rng, 20, canary), draw(rng, 180, stable)})
	}
	return all
}

func TestARunGoesOnAfterAnOutageOfBothVersions(t *testing.T) {
	rng := rand.New(rand.NewPCG(14, 1))
	good, outage := func(n int) [][2]Counts { return stretches(rng, n, .001, .001) }, stretches(rng, 20, .15, .15)
	ill := func(n int) [][2]Counts { return stretches(rng, n, .15, .001) }
	tests := map[string]struct {
		weight  int
		counts  [][][2]Counts
		outcome Outcome
		reason  Reason
		says    string
	}{
		"while it lasts the run holds": {
			counts: [][][2]Counts{good(20), outage}, outcome: Hold, reason: ReasonEnvironment, says: "stable is ill as well",
		},
		"and until it is certain that it is over": {
			counts: [][][2]Counts{good(20), outage, good(3)}, outcome: Hold, reason: ReasonEnvironment,
		},
		"then it waits for evidence anew": {
			counts: [][][2]Counts{good(20), outage, good(6)}, outcome: Wait, reason: ReasonNotEnough, says: "since the outage of both versions",
		},
		"and passes on what came after": {counts: [][][2]Counts{good(20), outage, good(40)}, outcome: Pass, reason: ReasonEnough},
		"a canary that is ill by itself afterwards is an abort": {
			counts: [][][2]Counts{good(20), outage, ill(12)}, outcome: Fail, reason: ReasonErrorRate,
		},
		"what both suffered is no reason to abort at 100 % either": {
			weight: 100, counts: [][][2]Counts{good(20), outage, good(40)}, outcome: Pass, reason: ReasonEnough,
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			var counts [][2]Counts
			for _, part := range test.counts {
				counts = append(counts, part...)
			}
			sub := subject(onlyErrors)
			sub.Since = second(-3600)
			sub.StepSince = sub.Since
			if sub.Weight = 10; test.weight != 0 {
				sub.Weight = test.weight
			}
			v := Judge(sub, evidence(history(counts...)), second(125))
			assert.Equal(t, test.outcome, v.Outcome, v.Message)
			assert.Equal(t, test.reason, v.Reason, v.Message)
			assert.Contains(t, v.Message, test.says)
		})
	}
}

// Stable at its limit must hardly ever look as if it was in an outage: each would cost the evidence from before it.
func TestChanceIsNoOutage(t *testing.T) {
	rng := rand.New(rand.NewPCG(15, 2))
	for _, n := range []int{5, 50, 500, 5000} {
		marked := 0
		const runs = 4000
		for range runs {
			var run []paired
			for range 1 + 1 + calm {
				run = append(run, paired{stable: Counts{Requests: float64(n)}})
			}
			run[0].stable.Bad = min(float64(n), poisson(rng, float64(n)*.05))
			if recovered(run, .05, 1) > 0 {
				marked++
			}
		}
		assert.LessOrEqual(t, marked, 2, "of %d, %d requests each", runs, n)
	}
}
