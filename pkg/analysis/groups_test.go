package analysis

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const (
	pay  = `{path="/pay"}`
	cart = `{path="/cart"}`
)

// grouped is a family of groups with one interval per pair of counts, as history makes it.
func grouped(groups map[string][][2]Counts) Family {
	var longest int
	for _, g := range groups {
		longest = max(longest, len(g))
	}
	sum := make([][2]Counts, longest)
	for _, g := range groups {
		for i, c := range g {
			sum[i] = [2]Counts{sum[i][0].plus(c[0]), sum[i][1].plus(c[1])}
		}
	}
	f := history(sum...)
	for key, g := range groups {
		all := Group{Key: key}
		for i, c := range g {
			in := f.Intervals[i]
			in.Canary, in.Stable = c[0], c[1]
			all.Intervals = append(all.Intervals, in)
		}
		f.Groups = append(f.Groups, all)
	}
	return f
}

// lifted is a subject with one lifted rule of a limit of 5 %, compared with stable.
func lifted(severity Severity) Subject {
	return subject(Gates{Compare: true, Alerts: []Alert{{Name: "HighErrors", Severity: severity, Lifted: &LiftedRule{Limit: .05}}}})
}

func asAlert(f Family) Evidence {
	ev := evidence(Family{})
	ev.Alerts = []AlertEvidence{{Family: f}}
	return ev
}

func TestOneBadGroupIsFound(t *testing.T) {
	fine, few := [2]Counts{counts(500, 1), counts(4500, 9)}, [2]Counts{counts(10, 0), counts(90, 0)}
	bad, both := [2]Counts{counts(60, 20), counts(540, 2)}, [2]Counts{counts(60, 20), counts(540, 180)}
	worse := [2]Counts{counts(60, 55), counts(540, 495)}
	tests := map[string]struct {
		groups  map[string][][2]Counts
		outcome Outcome
		reason  Reason
		message string
	}{
		"a bad path is an abort though all paths together are within the limit": {
			map[string][][2]Counts{pay: {bad}, cart: {fine}},
			Fail, ReasonAlert,
			`alert/HighErrors {path="/pay"}: canary 20/60 (33.3 %), stable 2/540 (0.4 %), E 10^12 ≥ 200: abort`,
		},
		"all paths well pass by all requests together": {
			map[string][][2]Counts{pay: {few}, cart: {fine}},
			Pass, ReasonEnough,
			"alert/HighErrors: canary 1/510 (0.2 %), stable 9/4590 (0.2 %), E 10^8 ≥ 20: pass",
		},
		"too few on all paths together wait": {
			map[string][][2]Counts{pay: {few}, cart: {few}}, Wait, ReasonNotEnough, "",
		},
		"a path that is ill on both sides is the environment": {
			map[string][][2]Counts{pay: {both}, cart: {fine}}, Hold, ReasonEnvironment, "",
		},
		"and no excuse for a path that is ill on the canary alone": {
			map[string][][2]Counts{pay: {both}, cart: {bad}}, Fail, ReasonAlert, "",
		},
		"also when theirs is the larger E": {
			map[string][][2]Counts{pay: {worse}, cart: {bad}}, Fail, ReasonAlert, "",
		},
		"a path that only the canary has is judged by itself": {
			map[string][][2]Counts{pay: {{counts(60, 20), Counts{}}}, cart: {fine}},
			Fail, ReasonAlert,
			`alert/HighErrors {path="/pay"}: canary 20/60 (33.3 %), E 10^8 ≥ 200: abort`,
		},
		"a path that turns bad late": {
			map[string][][2]Counts{cart: {fine, fine, fine, fine}, pay: {few, few, few, bad}}, Fail, ReasonAlert, "",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			v := Judge(lifted(SeverityAbort), asAlert(grouped(test.groups)), second(135))
			assert.Equal(t, test.outcome, v.Outcome, v.Message)
			assert.Equal(t, test.reason, v.Reason, v.Message)
			if test.message != "" {
				assert.Equal(t, test.message, v.Message)
			}
			require.Len(t, v.Gates, 1)
			assert.Equal(t, "alert/HighErrors", v.Gates[0].Name)
			assert.Equal(t, ModeLifted, v.Gates[0].Mode)
			assert.True(t, test.outcome != Fail || v.Gates[0].Abort.Reached())
		})
	}
}

// With many groups one of them is over its limit by chance: each has to have more evidence than one alone.
func TestLaterGroupsTakeMoreEvidence(t *testing.T) {
	groups := map[string][][2]Counts{}
	for i := range 20 {
		groups[fmt.Sprint(i)] = [][2]Counts{{counts(float64(100-i), 0), counts(900, 0)}}
	}
	bad := [2]Counts{counts(20, 4), counts(900, 0)}
	groups["bad"] = [][2]Counts{bad}
	alone := grouped(map[string][][2]Counts{"bad": {bad}})
	v := Judge(lifted(SeverityAbort), asAlert(alone), second(135))
	assert.Equal(t, Fail, v.Outcome, v.Message)
	first := v.Gates[0].Abort.Log10E
	v = Judge(lifted(SeverityAbort), asAlert(grouped(groups)), second(135))
	assert.NotEqual(t, Fail, v.Outcome, v.Message)
	assert.InDelta(t, first-math.Log10(21*22/2), v.Gates[0].Abort.Log10E, 1e-9, "the last of 21 counts 1/462 where the first counts ½")
	assert.Equal(t, "bad", v.Gates[0].Group)
}

// The weights are fixed by when the canary's requests appear, so that which group is looked at hardest can't follow from how it does.
func TestGroupsCountInTheOrderInWhichTheyAppear(t *testing.T) {
	some, none := [2]Counts{counts(10, 0), counts(90, 0)}, [2]Counts{{}, counts(90, 0)}
	f := grouped(map[string][][2]Counts{
		"z": {some, some}, "a": {none, some}, "m": {{counts(11, 9), counts(90, 0)}, some}, "b": {some, some}, "never": {none, none},
	})
	all := parts(&f, nil)
	var keys []string
	var weights float64
	for i, p := range all {
		keys = append(keys, p.key)
		weights += math.Exp(p.weight)
		assert.InDelta(t, -math.Log(float64((i+1)*(i+2))), p.weight, 1e-12)
		assert.Len(t, p.run, 2)
	}
	assert.Equal(t, []string{"m", "b", "z", "a"}, keys, "by the time, the number of requests, the key")
	assert.InDelta(t, 1-1.0/5, weights, 1e-12)
}

func TestAGroupIsPairedAsItsFamilyIs(t *testing.T) {
	at := func(i int, canary, stable bool) Interval {
		return Interval{Start: second(tick * i), CanaryReported: canary, StableReported: stable}
	}
	frame := []Interval{at(0, true, true), at(1, false, true), at(2, true, false), at(3, true, true), at(4, true, true), at(5, false, true)}
	frame[3].Excluded = true
	of := func(i int, canary, stable Counts) Interval {
		return Interval{Start: second(tick * i), Canary: canary, Stable: stable}
	}
	g := Group{StableSince: counts(1, 0), Intervals: []Interval{
		of(1, Counts{}, counts(9, 1)), of(2, counts(5, 2), Counts{}), of(3, counts(99, 99), counts(99, 99)), of(5, Counts{}, counts(7, 0)),
	}}
	var runs []Counts
	for _, p := range pairGroup(frame, &g) {
		runs = append(runs, p.canary, p.stable)
	}
	assert.Equal(t, []Counts{{}, {}, counts(5, 2), counts(9, 1), {}, {}}, runs)
	g.StableSince = counts(100, 50)
	assert.Equal(t, counts(107, 50), pairGroup(frame, &g)[2].around, "what was seen of stable since is around the last")
}

func TestTheLedgerKeepsGroupsApart(t *testing.T) {
	of := func(group string, s Series) Series {
		s.Group = group
		return with(s, "path", group)
	}
	before := values(-70, 0, 0, 0, 0, 0)
	f := counted(60,
		of(pay, series(Canary, "c-1", "500", values(5, 1, 3))), of(cart, series(Canary, "c-1", "200", values(5, 10, 30, 30))),
		of(cart, series(Stable, "s-1", "200", append(before, values(5, 100, 200, 200, 250, 300)...))),
		series(Canary, "c-1", "200", values(5, 4)),
	)
	require.Len(t, f.Groups, 3)
	assert.Equal(t, []string{"", cart, pay}, []string{f.Groups[0].Key, f.Groups[1].Key, f.Groups[2].Key}, "sorted by key")
	var sum [2]Counts
	for _, g := range f.Groups {
		part := Family{Intervals: g.Intervals}
		sum[0], sum[1] = sum[0].plus(canaryOf(part)), sum[1].plus(stableOf(part))
	}
	assert.Equal(t, [2]Counts{canaryOf(f), stableOf(f)}, sum, "the parts add up to the whole")
	assert.Equal(t, counts(3, 3), canaryOf(Family{Intervals: f.Groups[2].Intervals}))
	assert.Equal(t, counts(50, 0), f.Groups[1].StableSince)
	assert.Equal(t, counts(50, 0), f.StableSince)
	assert.Len(t, f.Groups[2].Intervals, 2, "intervals in which the group counted nothing are missing")
	assert.Empty(t, counted(60, series(Canary, "c-1", "500", values(5, 1, 3))).Groups)
}

func TestTheLedgerKeepsAHundredGroups(t *testing.T) {
	var all []Series
	for i := range 150 {
		s := with(series(Canary, "c-1", "200", values(5+20*(i%3), 1, 2)), "path", fmt.Sprint(i))
		s.Group = fmt.Sprintf("%03d", i)
		all = append(all, s)
	}
	f := counted(75, all...)
	assert.Equal(t, f, inBatches(rand.New(rand.NewPCG(51, 52)), all, 75), "it doesn't matter in what batches they come")
	require.Len(t, f.Groups, MaxGroups+1)
	last := f.Groups[MaxGroups]
	assert.Equal(t, RestGroup, last.Key)
	assert.Equal(t, counts(2*(150-MaxGroups), 0), canaryOf(Family{Intervals: last.Intervals}))
	for _, g := range f.Groups[:MaxGroups] {
		n, err := strconv.Atoi(g.Key)
		require.NoError(t, err)
		assert.NotEqual(t, 2, n%3, "the last third came later: %s", g.Key)
	}
	assert.Equal(t, Hold, Judge(lifted(SeverityAbort), asAlert(f), second(135)).Outcome, "stable was never seen")
}

// Callers of the two versions were there before the run: what their counters show at first sight is not the canary's.
func TestEstablishedPodsAreNotNew(t *testing.T) {
	l := NewLedger(LedgerOptions{Since: start, Interval: scrape, Scrape: scrape, Established: true})
	l.Advance(second(60), []Series{
		series(Canary, "caller-1", "503", values(5, 700, 702)),
		series(Canary, "caller-2", "200", values(-70, 1, 2, 3, 4, 5, 6, 7)), series(Canary, "caller-2", "503", values(20, 4)),
		series(Canary, "caller-3", "503", values(5, math.NaN(), 8, 9)),
	})
	assert.Equal(t, counts(2+2+4+1, 2+4+1), canaryOf(l.Family("istio_requests_total")))
}

// What stable did before the run is kept apart from the run's counts.
func TestHistoryIsCountedApart(t *testing.T) {
	options := LedgerOptions{Since: start, Interval: scrape, Scrape: scrape, History: 10 * scrape}
	l := NewLedger(options)
	assert.Equal(t, start.Add(-10*scrape), l.End(), "it has to be asked for")
	all := []Series{
		series(Stable, "s-1", "500", values(-145, 10, 10, 12, 15, 15, 15, 15, 15, -1, 16, 20, 30)),
		series(Canary, "c-1", "500", values(-25, 1, 2, 5)),
	}
	l.Advance(second(30), all)
	f := l.Family("http_requests_total")
	assert.Equal(t, counts(14, 14), stableOf(f))
	assert.Equal(t, counts(3, 3), canaryOf(f))
	var before Counts
	for _, in := range f.Before {
		before = before.plus(in.Stable)
		assert.True(t, in.Start.Before(start))
		assert.True(t, in.StableReported)
		assert.Equal(t, Counts{}, in.Canary)
	}
	assert.Equal(t, counts(6, 6), before)
	options.Since = start.Add(-7e9)
	odd := NewLedger(options)
	odd.Advance(second(30), all)
	assert.Equal(t, counts(14, 14), stableOf(odd.Family("http_requests_total")))
	for _, in := range odd.Family("http_requests_total").Before {
		assert.False(t, in.Start.Add(scrape).After(options.Since), "the interval in which the run begins is the run's: %s", in.Start)
	}
}

// What is handed over beyond the end of a batch need not be complete, so it must not say which group came first.
func TestOnlyBookedSamplesMakeAGroupAppear(t *testing.T) {
	g := newGroups()
	z := Series{Group: "z", Samples: []Sample{{At: 150}}}
	g.appear(0, 100, []Series{z})
	assert.False(t, g.any())
	g.appear(100, 200, []Series{z, {Group: "a", Samples: []Sample{{At: 120}}}})
	assert.Equal(t, []string{"", "a", "z"}, g.keys)
}
