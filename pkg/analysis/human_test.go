package analysis

import (
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// span is so many intervals of 15 s alike.
func span(n int, canary, stable Counts) [][2]Counts {
	all := make([][2]Counts, n)
	for i := range all {
		all[i] = [2]Counts{canary, stable}
	}
	return all
}

// Arrays on which judges that compare one number per minute are known to go wrong, each with the verdict that a person would give who
// sees the requests. The limit is 1 % unless it is said otherwise.
func TestWhatAPersonWouldSay(t *testing.T) {
	var sparse, reverse, rough, smooth, seldom [][2]Counts
	for i := range 40 {
		var errors float64
		if i%13 == 5 {
			errors = 1
		}
		sparse = append(sparse, [2]Counts{counts(250, errors), counts(2250, 0)})
		reverse = append(reverse, [2]Counts{counts(250, 0), counts(2250, 3*errors)})
		rough = append(rough, [2]Counts{counts(1000, float64(i%2)*8), counts(9000, 36)})
		smooth = append(smooth, [2]Counts{counts(1000, 4), counts(9000, float64(i%2)*72)})
	}
	for i := range 10 {
		seldom = append(seldom, [2]Counts{counts(1, float64(i%2)), counts(9, 0)})
	}
	late := append(span(80, counts(150, 0), counts(1350, 3)), span(4, counts(150, 15), counts(1350, 3))...)
	early := append(span(2, counts(150, 15), counts(1350, 3)), span(1, counts(150, 0), counts(1350, 3))...)
	tests := map[string]struct {
		gates   Gates
		history [][2]Counts
		outcome Outcome
		why     string
	}{
		"sparse errors against zeros": {
			onlyErrors, sparse, Pass,
			"a rank test finds any error significant against none; 3 of 10,000 requests are no reason to stop anything",
		},
		"zeros against sparse errors": {onlyErrors, reverse, Pass, "and better than stable is no fault either"},
		"sparse requests, every second of which fails": {
			onlyErrors, seldom, Fail,
			"little traffic is no excuse: 5 of 10 don't happen to a service with 1 % of errors",
		},
		"higher variance with equal mean": {
			onlyErrors, rough, Pass,
			"users meet as many errors as with stable, if less evenly; a test of minutes takes every second one for worse",
		},
		"lower variance with equal mean": {onlyErrors, smooth, Pass, "nor is stable's unevenness the canary's fault"},
		"late onset": {
			onlyErrors, late, Fail,
			"60 errors of 12,600 requests are half the limit on the whole; but for a minute now it has been 10 %",
		},
		"an early trouble that is over": {
			onlyErrors, early, Fail, "30 of 300 requests failed: what a canary did at its start it did to users",
		},
		"a little over the limit, as stable": {
			onlyErrors, span(40, counts(150, 3), counts(1350, 27)), Hold, "the service as a whole is over its limit: no time to go on, nobody to blame",
		},
		"far better than an ill stable, and ill itself": {
			onlyErrors, span(40, counts(150, 6), counts(1350, 270)), Hold, "the canary is no worse than what is there; all the same it is ill",
		},
		"within a generous limit but twenty times worse than stable": {
			Gates{MaxErrorRate: .05, Compare: true},
			span(20, counts(150, 3), counts(1350, 1.35)), Fail,
			"the limit is a bound for disasters; a release that makes one request in fifty fail is a bad one",
		},
		"one request, one error": {
			onlyErrors, span(1, counts(1, 1), counts(9, 0)), Wait, "once is no more than bad luck",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sub := subject(test.gates)
			sub.Since, sub.StepSince = second(-3600), second(-3600)
			v := Judge(sub, evidence(history(test.history...)), second(135))
			assert.Equal(t, test.outcome, v.Outcome, "%s; %s", test.why, v.Message)
		})
	}
}

// One of ten pods fails a third of its requests, say because its node is. Medians over pods, or over minutes, don't see it; every
// thirtieth user does.
func TestOneBadPodOfTen(t *testing.T) {
	var all []Series
	for pod := range 10 {
		for _, side := range []Side{Canary, Stable} {
			good, bad := make([]float64, 12), make([]float64, 12)
			for i := range good {
				good[i], bad[i] = float64(30*i), 0
				if side == Canary && pod == 0 {
					good[i], bad[i] = float64(20*i), float64(10*i)
				}
			}
			name := fmt.Sprintf("%s-%d", side, pod)
			from := -70 + pod
			all = append(all, series(side, name, "200", values(from, good...)), series(side, name, "503", values(from, bad...)))
		}
	}
	f := counted(90, all...)
	ev := Evidence{Run: "run-1", Interval: scrape, Scrape: scrape, End: second(90), Errors: f}
	for _, limit := range []float64{.01, .05} {
		sub := subject(Gates{MaxErrorRate: limit, Compare: true})
		sub.Weight = 50
		v := Judge(sub, ev, second(90))
		assert.Equal(t, Fail, v.Outcome, "a limit of %v: %s", limit, v.Message)
	}
	assert.Equal(t, time.Duration(0), f.Bound)
}
