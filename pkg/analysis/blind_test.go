package analysis

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

// Whatever can be wrong with evidence: it holds, even where the counts that there are would pass, or fail.
func TestWhoIsBlindHolds(t *testing.T) {
	passing, failing := [2]Counts{counts(900, 0), counts(8100, 3)}, [2]Counts{counts(900, 500), counts(8100, 3)}
	fault := func(reason Reason, at int) []Fault {
		return []Fault{{Problem: Problem{reason, "pod c-1 is odd"}, At: second(at)}}
	}
	tests := map[string]struct {
		change  func(s *Subject, ev *Evidence)
		reason  Reason
		message string
	}{
		"Prometheus can't be reached": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Problem = &Problem{ReasonUnreachable, "no connection"} },
			ReasonUnreachable, "error-rate: no connection: hold",
		},
		"stable has no such metric": {
			func(_ *Subject, ev *Evidence) { ev.Errors.StableSeen = time.Time{} },
			ReasonPositiveControl, "error-rate: http_requests_total has no series of stable's pods (shop-old-…), so it can't be trusted about the canary's: hold",
		},
		"stable's samples have stopped": {
			func(_ *Subject, ev *Evidence) { ev.Errors.StableSeen = second(74) },
			ReasonStale, "error-rate: http_requests_total has no samples of stable's pods for 46s, more than 3 scrapes: hold",
		},
		"the canary's samples have stopped": {
			func(_ *Subject, ev *Evidence) { ev.Errors.CanarySeen = second(74) },
			ReasonStale, "error-rate: http_requests_total has no samples of canary's pods for 46s, more than 3 scrapes: hold",
		},
		"the evidence as a whole is old": {
			func(_ *Subject, ev *Evidence) {
				ev.End, ev.Errors.CanarySeen, ev.Errors.StableSeen = second(44), second(40), second(40)
			},
			ReasonStale, "error-rate: the evidence is 1m31s old: hold",
		},
		"there is none yet": {
			func(_ *Subject, ev *Evidence) { *ev = Evidence{} },
			ReasonStale, "error-rate: no evidence has been gathered yet: hold",
		},
		"there is none, for a reason": {
			func(_ *Subject, ev *Evidence) {
				*ev = Evidence{Errors: Family{Problem: &Problem{ReasonRefused, "too much"}}}
			},
			ReasonRefused, "error-rate: too much: hold",
		},
		"it is another run's": {
			func(_ *Subject, ev *Evidence) { ev.Run = "run-0" },
			ReasonInvalid, `error-rate: the evidence is about run "run-0", not "run-1": hold`,
		},
		"a pod is scraped twice": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Faults = fault(ReasonDuplicates, 80) },
			ReasonDuplicates, "error-rate: pod c-1 is odd: hold",
		},
		"a sample was odd": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Faults = fault(ReasonMalformed, 75) },
			ReasonMalformed, "error-rate: pod c-1 is odd: hold",
		},
		"the metric was renamed": {
			func(_ *Subject, ev *Evidence) {
				ev.Errors = history([2]Counts{counts(0, 0), counts(180, 0)})
				ev.Errors.CanarySeen = time.Time{}
				ev.Errors.Intervals[0].CanaryReported = false
			},
			ReasonSilent, "error-rate: http_requests_total has no series of the canary's pods (shop-new-…), which must have had about 20 requests: was the metric renamed?: hold",
		},
		"a count is no number": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Intervals[0].Canary.Bad = math.NaN() },
			ReasonMalformed, "error-rate: counts at 2026-03-01T12:01:45Z that can't be: hold",
		},
		"a count is negative": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Intervals[0].Stable.Bad = -1 },
			ReasonMalformed, "",
		},
		"more requests are bad than there are": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Intervals[0].Stable.Bad = 1e5 },
			ReasonMalformed, "",
		},
		"the counts are endless": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Intervals[0].Stable.Requests = math.Inf(1) },
			ReasonMalformed, "",
		},
		"the gate is none": {
			func(s *Subject, _ *Evidence) { s.Gates.MaxErrorRate = 1 },
			ReasonInvalid, "error-rate: a largest error rate of 1 is not between 0 and 1: hold",
		},
		"the gate is no number": {
			func(s *Subject, _ *Evidence) { s.Gates.MaxErrorRate = math.NaN() },
			ReasonInvalid, "error-rate: a largest error rate of NaN is not between 0 and 1: hold",
		},
		"a count from before the run can't be": {
			func(_ *Subject, ev *Evidence) {
				ev.Errors.Before = []Interval{{Start: second(-15), Stable: counts(1, 2)}}
			},
			ReasonMalformed, "error-rate: counts at 2026-03-01T11:59:45Z that can't be: hold",
		},
		"a count of a group can't be": {
			func(_ *Subject, ev *Evidence) {
				ev.Errors.Groups = []Group{{Key: pay, Intervals: []Interval{{Start: second(15), Canary: counts(1, 2)}}}}
			},
			ReasonMalformed, "error-rate: counts at 2026-03-01T12:00:15Z that can't be: hold",
		},
		"what a group of stable has counted since can't be": {
			func(_ *Subject, ev *Evidence) { ev.Errors.Groups = []Group{{Key: pay, StableSince: counts(1, 2)}} },
			ReasonMalformed, `error-rate: counts of group {path="/pay"} that can't be: hold`,
		},
		"the weight is none": {
			func(s *Subject, _ *Evidence) { s.Weight = 101 },
			ReasonInvalid, "error-rate: a weight of 101 % is not between 0 and 100: hold",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			for _, c := range [][2]Counts{passing, failing} {
				sub, ev := subject(onlyErrors), evidence(history(c))
				test.change(&sub, &ev)
				v := Judge(sub, ev, second(135))
				assert.Equal(t, Hold, v.Outcome, v.Message)
				assert.Equal(t, test.reason, v.Reason, v.Message)
				if test.message != "" {
					assert.Equal(t, test.message, v.Message)
				}
			}
		})
	}
}

// The same, just on this side of the line.
func TestWhoIsNotBlindJudges(t *testing.T) {
	tests := map[string]func(s *Subject, ev *Evidence){
		"samples that are a little late":             func(_ *Subject, ev *Evidence) { ev.Errors.StableSeen, ev.Errors.CanarySeen = second(75), second(75) },
		"an odd sample that is past":                 func(_ *Subject, ev *Evidence) { ev.Errors.Faults = []Fault{{Problem{ReasonMalformed, ""}, second(74)}} },
		"evidence as old as it may be between looks": func(_ *Subject, ev *Evidence) { ev.End = second(135 - 6*tick) },
		"a gate that is off may be blind": func(_ *Subject, ev *Evidence) {
			ev.Latency.Problem = &Problem{ReasonUnreachable, ""}
		},
	}
	for name, change := range tests {
		t.Run(name, func(t *testing.T) {
			sub, ev := subject(onlyErrors), evidence(history([2]Counts{counts(900, 0), counts(8100, 3)}))
			change(&sub, &ev)
			v := Judge(sub, ev, second(135))
			assert.Equal(t, Pass, v.Outcome, v.Message)
		})
	}
}

func TestASilentCanaryWaitsWhileItMayBe(t *testing.T) {
	silent := func(stable float64, at int) Evidence {
		f := history([2]Counts{counts(0, 0), counts(stable, 0)})
		f.CanarySeen = time.Time{}
		f.Intervals[0].CanaryReported = false
		f.Intervals[0].Start = second(at)
		return evidence(f)
	}
	judge := func(weight int, ev Evidence) Verdict {
		sub := subject(Gates{MaxErrorRate: .01, LatencyQuantile: .95, LatencyThreshold: time.Second, Compare: true})
		sub.Weight = weight
		if ev.Latency.Metric == "" {
			ev.Latency = ev.Errors
		}
		return Judge(sub, ev, second(135))
	}
	assert.Equal(t, ReasonNotEnough, judge(10, silent(170, 60)).Reason, "19 requests may have gone elsewhere")
	assert.Equal(t, Wait, judge(10, silent(170, 60)).Outcome)
	assert.Equal(t, ReasonSilent, judge(10, silent(180, 60)).Reason)
	assert.Equal(t, ReasonNotEnough, judge(10, silent(180, 45)).Reason, "those of the step before went by other weights")
	assert.Equal(t, ReasonNoGates, judge(0, silent(1e6, 60)).Reason, "without weight no requests")
	assert.Equal(t, ReasonSilent, judge(90, silent(3, 60)).Reason)
	assert.Equal(t, ReasonNotEnough, judge(100, silent(1e6, 60)).Reason, "without stable's traffic nothing is known")

	young := silent(1e6, 90)
	sub := subject(onlyErrors)
	sub.StepSince = second(76)
	assert.Equal(t, ReasonNotEnough, Judge(sub, young, second(135)).Reason, "a new step's pods may not have been scraped yet")
	sub.StepSince = second(75)
	assert.Equal(t, ReasonSilent, Judge(sub, young, second(135)).Reason, "after three scrapes they have been")

	ev := silent(0, 60)
	ev.Latency = history([2]Counts{counts(25, 0), counts(0, 0)})
	v := judge(100, ev)
	assert.Equal(t, ReasonSilent, v.Reason, "but the other gate may know better: %s", v.Message)
	assert.Contains(t, v.Message, "about 25 requests")
}
