package analysis

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const scrape = tick * time.Second

// subject is a canary at 10 % since a minute, of a run that began a minute before.
func subject(g Gates) Subject {
	return Subject{
		Namespace: "shop", Deployment: "shop", Run: "run-1", Canary: "shop-new", Stable: "shop-old",
		Since: second(0), StepSince: second(60), Weight: 10, Gates: g,
	}
}

// history is one interval per pair of counts, the last of which ends at second 120.
func history(counts ...[2]Counts) Family {
	f := Family{Metric: "http_requests_total", CanarySeen: second(115), StableSeen: second(118)}
	for i, c := range counts {
		at := second(120 - tick*(len(counts)-i))
		f.Intervals = append(f.Intervals, Interval{
			Start: at, From: at, Canary: c[0], Stable: c[1], CanaryReported: true, StableReported: true,
		})
	}
	return f
}

func evidence(errors Family) Evidence {
	return Evidence{Run: "run-1", Interval: scrape, Scrape: scrape, End: second(120), Errors: errors}
}

func counts(requests, bad float64) Counts { return Counts{requests, bad} }

var onlyErrors = Gates{MaxErrorRate: .01, Compare: true}

func TestJudge(t *testing.T) {
	healthy := [2]Counts{counts(300, 0), counts(2700, 3)}
	tests := map[string]struct {
		gates   Gates
		weight  int
		errors  Family
		outcome Outcome
		reason  Reason
		message string
	}{
		"enough good requests pass": {
			errors: history(healthy, healthy), outcome: Pass, reason: ReasonEnough,
			message: "error-rate: canary 0/600 (0.0 %), stable 6/5400 (0.1 %), E 120 ≥ 20: pass",
		},
		"too few requests wait, and it is said how many more it takes": {
			errors: history([2]Counts{counts(100, 0), counts(900, 1)}), outcome: Wait, reason: ReasonNotEnough,
			message: "error-rate: canary 0/100 (0.0 %), stable 1/900 (0.1 %), E 1.9 of 20, about 295 more requests needed at this step: wait",
		},
		"no requests at all wait": {
			errors: history([2]Counts{counts(0, 0), counts(0, 0)}), outcome: Wait, reason: ReasonNotEnough,
			message: "error-rate: canary 0/0 (0.0 %), E 1.0 of 20, no requests yet, about 395 needed: wait",
		},
		"requests of former steps don't count for this one": {
			errors:  history(healthy, healthy, healthy, healthy, [2]Counts{counts(0, 0), counts(0, 0)}, [2]Counts{}, [2]Counts{}, [2]Counts{}),
			outcome: Wait, reason: ReasonNotEnough,
			message: "error-rate: canary 0/1200 (0.0 %), stable 12/10800 (0.1 %), E 1.0 of 20, about 395 more requests needed at this step: wait",
		},
		"but they do count against the canary": {
			errors:  history([2]Counts{counts(100, 30), counts(900, 1)}, [2]Counts{}, [2]Counts{}, [2]Counts{}, [2]Counts{}),
			outcome: Fail, reason: ReasonErrorRate,
		},
		"a share that is too large is an abort": {
			errors: history([2]Counts{counts(212, 14), counts(1904, 9)}), outcome: Fail, reason: ReasonErrorRate,
			message: "error-rate: canary 14/212 (6.6 %), stable 9/1904 (0.5 %), E 223926 ≥ 200: abort",
		},
		"worse than stable is an abort though within the limit": {
			gates:  Gates{MaxErrorRate: .1, Compare: true},
			errors: history([2]Counts{counts(1000, 60), counts(9000, 9)}), outcome: Fail, reason: ReasonErrorRate,
		},
		"and is none when not compared": {
			gates:  Gates{MaxErrorRate: .1},
			errors: history([2]Counts{counts(1000, 60), counts(9000, 9)}), outcome: Pass, reason: ReasonEnough,
		},
		"and is none when stable has no traffic any more": {
			gates: Gates{MaxErrorRate: .1, Compare: true}, weight: 100,
			errors: history([2]Counts{counts(1000, 60), counts(9000, 9)}), outcome: Pass, reason: ReasonEnough,
			message: "error-rate: canary 60/1000 (6.0 %), E 4893 ≥ 20: pass",
		},
		"worse than stable but rarely bad is no abort": {
			gates:  Gates{MaxErrorRate: .1, Compare: true},
			errors: history([2]Counts{counts(100_000, 30), counts(900_000, 0)}), outcome: Pass, reason: ReasonEnough,
		},
		"a whole service that is ill is a hold": {
			errors:  history([2]Counts{counts(200, 30), counts(1800, 270)}),
			outcome: Hold, reason: ReasonEnvironment,
			message: "error-rate: canary 30/200 (15.0 %), stable 270/1800 (15.0 %), E 10^22 ≥ 200, but stable is ill as well: hold",
		},
		"it is one still when the outage fades from stable first": {
			errors:  history([2]Counts{counts(100, 30), counts(100, 28)}, [2]Counts{counts(100, 0), counts(900, 0)}, [2]Counts{counts(100, 0), counts(27000, 0)}),
			outcome: Hold, reason: ReasonEnvironment,
		},
		"where stable has hardly any requests nobody knows": {
			weight: 90, errors: history([2]Counts{counts(20, 6), counts(2, 0)}), outcome: Hold, reason: ReasonEnvironment,
			message: "error-rate: canary 6/20 (30.0 %), stable 0/2 (0.0 %), E 518410 ≥ 200, but stable has too few requests to tell whether it is ill as well: hold",
		},
		"in an outage a canary that is far worse is an abort all the same": {
			errors:  history([2]Counts{counts(200, 150), counts(1800, 270)}),
			outcome: Fail, reason: ReasonErrorRate,
		},
		"at 100 % an ill canary is an abort": {
			weight: 100, errors: history([2]Counts{counts(200, 30), counts(0, 0)}), outcome: Fail, reason: ReasonErrorRate,
			message: "error-rate: canary 30/200 (15.0 %), E 10^22 ≥ 200: abort",
		},
		"a share that will never do says so": {
			errors: history([2]Counts{counts(100, 1), counts(900, 9)}), outcome: Wait, reason: ReasonNotEnough,
			message: "error-rate: canary 1/100 (1.0 %), stable 9/900 (1.0 %), E 0.5 of 20, not to be reached at this share: wait",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			sub := subject(onlyErrors)
			if !reflect.DeepEqual(test.gates, Gates{}) {
				sub.Gates = test.gates
			}
			if test.weight != 0 {
				sub.Weight = test.weight
			}
			v := Judge(sub, evidence(test.errors), second(135))
			assert.Equal(t, test.outcome, v.Outcome, v.Message)
			assert.Equal(t, test.reason, v.Reason, v.Message)
			if test.message != "" {
				assert.Equal(t, test.message, v.Message)
			}
			assert.Equal(t, "run-1", v.Run)
			assert.Equal(t, second(60), v.StepSince)
			assert.Equal(t, second(120), v.At)
			assert.Equal(t, second(135), v.Judged)
		})
	}
}

// latencies are the counts of a gate for 5 % over 500 ms.
var onlyLatency = Gates{LatencyQuantile: .95, LatencyThreshold: 500 * time.Millisecond, Compare: true}

func TestJudgeLatency(t *testing.T) {
	judge := func(bound time.Duration, canary, stable Counts) Verdict {
		ev := evidence(Family{})
		ev.Latency = history([2]Counts{canary, stable})
		ev.Latency.Bound = bound
		return Judge(subject(onlyLatency), ev, second(135))
	}
	v := judge(500*time.Millisecond, counts(200, 50), counts(1800, 30))
	assert.Equal(t, Fail, v.Outcome)
	assert.Equal(t, ReasonLatency, v.Reason)
	assert.Regexp(t, `^latency over 500ms: canary 50/200 \(25\.0 %\), stable 30/1800 \(1\.7 %\), E 10\^\d+ ≥ 200: abort$`, v.Message)

	v = judge(time.Second, counts(200, 2), counts(1800, 30))
	assert.Equal(t, Pass, v.Outcome)
	assert.Equal(t, "latency over 1s (the next bucket after 500ms): canary 2/200 (1.0 %), stable 30/1800 (1.7 %), E 445915 ≥ 20: pass", v.Message)
	require.Len(t, v.Gates, 1)
	assert.Equal(t, time.Second, v.Gates[0].Bound)
	assert.InDelta(t, .05, v.Gates[0].Threshold, 0)

	v = judge(500*time.Millisecond, counts(300, 19), counts(1800, 114))
	assert.Equal(t, Wait, v.Outcome, "between the limit and twice the limit nothing is decided: %s", v.Message)

	median := onlyLatency
	median.LatencyQuantile = .5
	ev := evidence(Family{})
	ev.Latency = history([2]Counts{counts(300, 150), counts(1800, 900)})
	sub := subject(median)
	assert.Equal(t, Pass, Judge(sub, ev, second(135)).Outcome, "a median at its limit is below the tolerated 75 %")
}

func TestSeveralGates(t *testing.T) {
	both := Gates{MaxErrorRate: .05, LatencyQuantile: .95, LatencyThreshold: time.Second, Compare: true}
	good, few := history([2]Counts{counts(300, 0), counts(2700, 3)}), history([2]Counts{counts(10, 0), counts(90, 0)})
	bad, shared := history([2]Counts{counts(300, 90), counts(2700, 3)}), history([2]Counts{counts(300, 90), counts(2700, 810)})
	lost := Family{Metric: "x", Problem: &Problem{ReasonUnreachable, "Prometheus can't be reached"}}
	tests := map[string]struct {
		errors, latency Family
		outcome         Outcome
		reason          Reason
		messages        int
	}{
		"all pass":        {good, good, Pass, ReasonEnough, 2},
		"one has to wait": {good, few, Wait, ReasonNotEnough, 1},
		"one fails":       {bad, few, Fail, ReasonErrorRate, 1},
		"the other fails": {good, bad, Fail, ReasonLatency, 1},
		"both fail":       {bad, bad, Fail, ReasonErrorRate, 2},
		"a fail counts although the other can't see": {bad, lost, Fail, ReasonErrorRate, 1},
		"who can't see keeps the other from passing": {good, lost, Hold, ReasonUnreachable, 1},
		"and from waiting":                           {few, lost, Hold, ReasonUnreachable, 1},
		"the environment excuses a blind gate's run": {shared, lost, Hold, ReasonEnvironment, 1},
		"all are blind":                              {lost, lost, Hold, ReasonUnreachable, 2},
		"the environment comes before the fail":      {shared, bad, Hold, ReasonEnvironment, 1},
		"and before the pass":                        {shared, good, Hold, ReasonEnvironment, 1},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			ev := evidence(test.errors)
			ev.Latency = test.latency
			v := Judge(subject(both), ev, second(135))
			assert.Equal(t, test.outcome, v.Outcome, v.Message)
			assert.Equal(t, test.reason, v.Reason)
			require.Len(t, v.Gates, 2)
			assert.Equal(t, []string{GateErrorRate, GateLatency}, []string{v.Gates[0].Name, v.Gates[1].Name})
			var joined int
			for i := range v.Gates {
				require.NotEmpty(t, v.Gates[i].Message)
				if strings.Contains(v.Message, v.Gates[i].Message) {
					joined++
				}
			}
			assert.Equal(t, test.messages, joined)
		})
	}
}

func TestNoGatesPassAtOnce(t *testing.T) {
	v := Judge(subject(Gates{Compare: true}), Evidence{}, second(0))
	assert.Equal(t, Pass, v.Outcome)
	assert.Equal(t, ReasonNoGates, v.Reason)
	assert.Empty(t, v.Gates)
}

func TestVerdictIsPlainJSON(t *testing.T) {
	for _, f := range []Family{
		history([2]Counts{counts(1e8, 1e8), counts(1e9, 0)}), history([2]Counts{counts(212, 14), counts(1904, 9)}),
		{},
		history([2]Counts{counts(math.NaN(), 0), counts(1, 0)}), history(),
	} {
		for _, g := range []Gates{onlyErrors, {MaxErrorRate: math.NaN()}, {MaxErrorRate: math.Inf(1)}} {
			v := Judge(subject(g), evidence(f), second(135))
			data, err := json.Marshal(v)
			require.NoError(t, err)
			var back Verdict
			require.NoError(t, json.Unmarshal(data, &back))
			assert.Equal(t, v, back)
		}
	}
}

func TestJudgeOnlyReads(t *testing.T) {
	f := history([2]Counts{counts(100, 3), counts(900, 1)}, [2]Counts{counts(100, 30), counts(900, 1)})
	f.Intervals[0].StableReported = false
	f.Groups = []Group{{Key: "b", Intervals: f.Intervals}, {Key: "a", Intervals: f.Intervals}}
	before, err := json.Marshal(f)
	require.NoError(t, err)
	first := Judge(subject(onlyErrors), evidence(f), second(135))
	sub := lifted(SeverityAbort)
	for _, sub.Weight = range []int{0, 10} {
		Judge(sub, asAlert(f), second(135))
	}
	after, err := json.Marshal(f)
	require.NoError(t, err)
	assert.Equal(t, string(before), string(after))
	assert.Equal(t, first, Judge(subject(onlyErrors), evidence(f), second(135)), "the same question has the same answer")
}

func TestAnOutageThatOnlyTheCanaryShowsSoFar(t *testing.T) {
	quiet := [2]Counts{counts(1500, 7), counts(13500, 65)}
	early := [2]Counts{counts(1500, 100), counts(13500, 65)}
	f := history(quiet, quiet, early)
	assert.Equal(t, Fail, Judge(subject(onlyErrors), evidence(f), second(135)).Outcome)
	f.StableSince = counts(13500, 70)
	assert.Equal(t, Fail, Judge(subject(onlyErrors), evidence(f), second(135)).Outcome, "stable stays as it was")
	f.StableSince = counts(9000, 700)
	v := Judge(subject(onlyErrors), evidence(f), second(135))
	assert.Equal(t, ReasonEnvironment, v.Reason, "stable's next samples show it too: %s", v.Message)
	assert.Equal(t, counts(40500, 195), v.Gates[0].Stable, "though they are no evidence yet")

	f = history(quiet, [2]Counts{counts(1500, 7), counts(13500, 900)}, early)
	assert.Equal(t, ReasonEnvironment, Judge(subject(onlyErrors), evidence(f), second(135)).Reason, "so do those before, if the canary is late")
	f.StableSince = counts(1, 2)
	assert.Equal(t, ReasonMalformed, Judge(subject(onlyErrors), evidence(f), second(135)).Reason)
}

func TestPair(t *testing.T) {
	at := func(i int, canary, stable Counts, c, s bool) Interval {
		in := Interval{Start: second(tick * i), Canary: canary, Stable: stable, CanaryReported: c, StableReported: s}
		if canary.Requests > 0 {
			in.From = second(tick*i - 5)
		}
		return in
	}
	none := Counts{}
	all := pair([]Interval{
		at(0, none, counts(9, 0), false, true),
		at(1, counts(2, 1), none, true, false),
		at(2, counts(3, 0), counts(5, 0), true, true),
		{Excluded: true, CanaryReported: true, StableReported: true, Canary: counts(99, 99), Stable: counts(99, 99)},
		at(4, none, counts(3, 3), false, true),
		at(5, none, counts(1, 0), false, true),
	}, counts(3, 3))
	assert.Equal(t, []paired{
		{from: second(10).UnixNano(), canary: counts(2, 1), stable: counts(9, 0)},
		{from: second(25).UnixNano(), canary: counts(3, 0), stable: counts(5, 0), around: counts(7, 6)},
	}, all)
	s := total(all, second(15))
	assert.Equal(t, sums{canary: counts(5, 1), stable: counts(14, 0), step: counts(3, 0)}, s)
}

func TestPower10(t *testing.T) {
	for x, want := range map[float64]string{
		0: "1.0", math.Log10(3.29): "3.2", math.Log10(20): "20", math.Log10(399.9): "399", 5.5: "316227", 6: "10^6", 312.7: "10^312",
		-1: "0.1", -30: "below 0.1",
	} {
		assert.Equal(t, want, power(x))
	}
}

func TestNeeded(t *testing.T) {
	n, ok := needed(counts(100, 0), .05)
	assert.True(t, ok)
	assert.Zero(t, n, "enough is enough")
	n, ok = needed(Counts{}, .05)
	assert.True(t, ok)
	assert.InDelta(t, 78, n, 0)
	assert.GreaterOrEqual(t, promote(counts(n, 0), .05, 1), promoteLimit())
	assert.Less(t, promote(counts(n-1, 0), .05, 1), promoteLimit())
	n, ok = needed(counts(100, 2), .05)
	assert.True(t, ok)
	assert.InDelta(t, 230, n, 0)
	assert.GreaterOrEqual(t, promote(counts(100+n, 2+.02*n), .05, 1), promoteLimit())
	assert.Less(t, promote(counts(99+n, 2+.02*(n-1)), .05, 1), promoteLimit())
	_, ok = needed(counts(10, 1), .05)
	assert.False(t, ok)
}
