package analysis

import (
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The ledger's tests have intervals and scrapes of 15 s, and count seconds from the run's start.
const tick = 15

var start = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

func second(s int) time.Time { return start.Add(time.Duration(s) * time.Second) }

// values are samples from a second on, one per scrape. A negative value is a scrape that was missed.
func values(from int, vs ...float64) []Sample {
	var samples []Sample
	for i, v := range vs {
		if v != -1 {
			samples = append(samples, Sample{At: second(from + i*tick).UnixMilli(), Value: v})
		}
	}
	return samples
}

func series(side Side, pod, status string, samples []Sample) Series {
	return Series{
		Side: side, Pod: pod, Role: RoleOfStatus(status), Status: status, Samples: samples,
		Labels: map[string]string{"status": status, "method": "GET", "job": "pods", "instance": pod + ":8080"},
	}
}

func with(s Series, label, value string) Series {
	labels := map[string]string{label: value}
	for k, v := range s.Labels {
		if k != label {
			labels[k] = v
		}
	}
	s.Labels = labels
	return s
}

func ledger() *Ledger {
	return NewLedger(LedgerOptions{Since: start, Interval: tick * time.Second, Scrape: tick * time.Second})
}

func counted(end int, all ...Series) Family {
	l := ledger()
	l.Advance(second(end), all)
	return l.Family("http_requests_total")
}

func canaryOf(f Family) Counts {
	var c Counts
	for _, in := range f.Intervals {
		c = c.plus(in.Canary)
	}
	return c
}

func stableOf(f Family) Counts {
	var c Counts
	for _, in := range f.Intervals {
		c = c.plus(in.Stable)
	}
	return c
}

func TestCounters(t *testing.T) {
	seen := values(-70, 0, 0, 0, 0, 0)
	tests := map[string]struct {
		series []Series
		canary Counts
		stable Counts
	}{
		"the canary's first sample counts from 0, so the first errors of a fresh pod are seen": {
			series: []Series{series(Canary, "c-1", "500", values(5, 1, 1))},
			canary: Counts{1, 1},
		},
		"stable's first sample is where counting starts": {
			series: []Series{series(Stable, "s-1", "200", values(-70, 1000, 1010, 1020, 1030, 1040, 1050, 1061))},
			stable: Counts{21, 0},
		},
		"what the canary served before the run's start does not count": {
			series: []Series{series(Canary, "c-1", "200", values(-70, 100, 110, 120, 130, 140, 150, 151))},
			canary: Counts{11, 0},
		},
		"a first error on a stable pod that was scraped before without any counts from 0": {
			series: []Series{
				series(Stable, "s-1", "200", values(-70, 10, 20, 30, 40, 50, 60, 70)),
				series(Stable, "s-1", "500", values(20, 3, 4)),
			},
			stable: Counts{24, 4},
		},
		"the history of a stable pod seen late does not count": {
			series: []Series{series(Stable, "s-2", "500", values(35, 5000, 5001))},
			stable: Counts{1, 1},
		},
		"a restarted container starts at 0 and is counted on": {
			series: []Series{series(Canary, "c-1", "200", values(5, 10, 20, 3, 7))},
			canary: Counts{27, 0},
		},
		"a restart of stable too": {
			series: []Series{series(Stable, "s-1", "200", values(-70, 100, 100, 100, 100, 100, 100, 5, 9))},
			stable: Counts{9, 0},
		},
		"a missed scrape loses nothing": {
			series: []Series{series(Canary, "c-1", "200", values(5, 10, -1, -1, 40))},
			canary: Counts{40, 0},
		},
		"a vanished pod keeps what it has served": {
			series: []Series{
				series(Canary, "c-1", "500", values(5, 10, 20)),
				series(Canary, "c-2", "200", values(5, 1, 2, 3, 4, 5)),
			},
			canary: Counts{25, 20},
		},
		"a series that a proxy rotated away comes back at 0": {
			series: []Series{
				series(Canary, "c-1", "200", values(5, 10, 20, 30, 40, 50, 60, 70, 80)),
				series(Canary, "c-1", "500", values(5, 2, 2, -1, -1, -1, -1, -1, 5)),
			},
			canary: Counts{87, 7},
		},
		"a series that two scrapes have overlooked goes on where it was": {
			series: []Series{
				series(Canary, "c-1", "200", values(5, 10, 20, 30, 40, 50)),
				series(Canary, "c-1", "500", values(5, 2, -1, -1, 5, 5)),
			},
			canary: Counts{55, 5},
		},
		"series of one scrape that a deduplicating store hands out with the times of two replicas": {
			series: []Series{
				series(Canary, "c-1", "500", values(5, 2, 4)),
				series(Canary, "c-1", "200", []Sample{
					{second(6).UnixMilli(), 1}, {second(7).UnixMilli(), 2}, {second(8).UnixMilli(), 3}, {second(9).UnixMilli(), 4},
				}),
			},
			canary: Counts{8, 4},
		},
		"a renamed scrape job goes on with the same counters": {
			series: []Series{
				series(Canary, "c-1", "200", values(5, 10, 20)),
				with(series(Canary, "c-1", "200", values(35, 30, 40)), "job", "renamed"),
			},
			canary: Counts{40, 0},
		},
		"the same sample twice counts once": {
			series: []Series{
				series(Canary, "c-1", "200", values(5, 10, 20)),
				series(Canary, "c-1", "200", values(5, 10, 20)),
			},
			canary: Counts{20, 0},
		},
		"samples after the end are for later": {
			series: []Series{series(Canary, "c-1", "200", values(5, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100, 110, 120, 130))},
			canary: Counts{120, 0},
		},
		"requests whose caller left count as requests": {
			series: []Series{series(Canary, "c-1", "0", values(5, 4))},
			canary: Counts{4, 0},
		},
		"a gap in a counter that could not be read is no rotation": {
			series: []Series{
				series(Canary, "c-1", "200", values(5, 10, 20, 30, 40, 50, 60, 70)),
				series(Canary, "c-1", "500", values(5, 100, math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN(), 101)),
				series(Stable, "s-1", "500", append(values(-70, math.NaN(), math.NaN(), math.NaN(), math.NaN(), math.NaN()), values(5, 700, 703)...)),
			},
			canary: Counts{171, 101},
			stable: Counts{3, 3},
		},
		"a canary's counter that could not be read at first counts from 0": {
			series: []Series{series(Canary, "c-1", "500", values(5, math.NaN(), 2, 3))},
			canary: Counts{3, 3},
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := counted(180, append(test.series, series(Stable, "s-0", "200", seen))...)
			assert.Equal(t, test.canary, canaryOf(f), "canary")
			assert.Equal(t, test.stable, stableOf(f), "stable")
		})
	}
}

func TestHistogramCountsWhatIsNotFastAsBad(t *testing.T) {
	all := Series{Side: Canary, Pod: "c-1", Role: RoleAll, Labels: map[string]string{"le": "+Inf"}, Samples: values(5, 10, 20, 40)}
	fast := Series{Side: Canary, Pod: "c-1", Role: RoleFast, Labels: map[string]string{"le": "0.5"}, Samples: values(5, 10, 21, 37)}
	f := counted(60, all, fast)
	require.Len(t, f.Intervals, 3)
	assert.Equal(t, Counts{10, 0}, f.Intervals[0].Canary)
	assert.Equal(t, Counts{10, 0}, f.Intervals[1].Canary, "buckets read a moment apart make no negative number")
	assert.Equal(t, Counts{20, 4}, f.Intervals[2].Canary)
	assert.Empty(t, f.Faults)

	f = counted(60, all)
	require.Len(t, f.Faults, 1, "without the other bucket all requests would look slow")
	assert.Equal(t, ReasonMalformed, f.Faults[0].Reason)
	assert.Contains(t, f.Faults[0].Detail, "c-1")
}

func TestIntervalsLieOnTheGrid(t *testing.T) {
	f := counted(60,
		Series{Side: Canary, Pod: "c-1", Samples: []Sample{
			{At: second(15).UnixMilli(), Value: 1}, {At: second(15).UnixMilli() + 1, Value: 3}, {At: second(45).UnixMilli(), Value: 7},
		}},
		series(Stable, "s-1", "200", values(15, 5)),
	)
	require.Len(t, f.Intervals, 3)
	assert.Equal(t, second(0), f.Intervals[0].Start)
	assert.Equal(t, 1.0, f.Intervals[0].Canary.Requests, "an interval has its end, not its start")
	assert.Equal(t, second(15), f.Intervals[1].Start)
	assert.Equal(t, 2.0, f.Intervals[1].Canary.Requests)
	assert.Equal(t, second(30), f.Intervals[2].Start)
	assert.Equal(t, 4.0, f.Intervals[2].Canary.Requests)
	assert.True(t, f.Intervals[0].StableReported, "a sample without growth is a report too")
	assert.False(t, f.Intervals[1].StableReported)
	assert.Equal(t, second(45), f.CanarySeen)
	assert.Equal(t, second(15), f.StableSeen)

	early := NewLedger(LedgerOptions{Since: time.UnixMilli(-100), Interval: 15 * time.Millisecond, Scrape: time.Millisecond})
	early.Advance(time.UnixMilli(100), []Series{{Pod: "c", Samples: []Sample{{At: -16, Value: 1}, {At: -15, Value: 2}, {At: 1, Value: 4}}}})
	require.Len(t, early.Family("").Intervals, 2)
	assert.Equal(t, time.UnixMilli(-30).UTC(), early.Family("").Intervals[0].Start, "the grid goes on below the epoch")
}

func TestFromIsTheSampleBefore(t *testing.T) {
	f := counted(90,
		series(Canary, "c-1", "200", values(5, 1, 2, 2, 3)),
		series(Canary, "c-1", "500", values(35, 1)),
		series(Canary, "c-2", "200", values(65, 0, 4)),
		series(Canary, "c-3", "200", values(80, 9)),
	)
	require.Len(t, f.Intervals, 6)
	assert.Equal(t, start.Add(-lookback*tick*time.Second), f.Intervals[0].From, "of a pod's first requests nothing is known but that they belong to the run")
	assert.Equal(t, second(5), f.Intervals[1].From)
	assert.Equal(t, second(20), f.Intervals[2].From, "a new series was not there at its pod's scrape before")
	assert.Equal(t, second(35), f.Intervals[3].From)
	assert.Zero(t, f.Intervals[4].From, "no requests, no time")
	assert.Equal(t, start.Add(-lookback*tick*time.Second), f.Intervals[5].From)
}

func TestDuplicates(t *testing.T) {
	one := series(Canary, "c-1", "200", values(5, 10, 20, 30, 40))
	tests := map[string]struct {
		other    Series
		at       int
		excluded []bool
	}{
		"two replicas of Prometheus":                {with(one, "prometheus_replica", "b"), 58, []bool{true, true, true, true}},
		"two scrape jobs":                           {with(with(one, "job", "other"), "endpoint", "http"), 58, []bool{true, true, true, true}},
		"two replicas that scrape at the same time": {with(one, "replica", "b"), 50, []bool{true, true, true, true}},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			test.other.Samples = values(test.at-45, 10, 20, 30, 40)
			f := counted(60, one, test.other)
			require.Len(t, f.Faults, 1)
			assert.Equal(t, ReasonDuplicates, f.Faults[0].Reason)
			assert.Equal(t, second(test.at), f.Faults[0].At)
			assert.Contains(t, f.Faults[0].Detail, "c-1")
			for i, in := range f.Intervals {
				assert.Equal(t, test.excluded[i], in.Excluded, "interval %d", i)
			}
		})
	}
}

func TestDuplicatesShowInTheFirstScrape(t *testing.T) {
	one := series(Canary, "c-1", "200", values(5, 10))
	assert.Len(t, counted(15, one, with(one, "replica", "b")).Faults, 1, "at one time there is but one")
	assert.Empty(t, counted(15, one, with(series(Canary, "c-1", "200", values(6, 10)), "replica", "b")).Faults, "or it has taken over")
}

func TestOfSeveralFaultsAtOnceTheFirstInTheAlphabetIsNamed(t *testing.T) {
	a, b := series(Canary, "a", "200", values(5, -2)), series(Canary, "b", "200", values(5, -2))
	for range 20 {
		f := counted(15, b, a)
		require.Len(t, f.Faults, 1)
		assert.Contains(t, f.Faults[0].Detail, "pod a")
	}
}

func TestARunMayStartWithinAnInterval(t *testing.T) {
	l := NewLedger(LedgerOptions{Since: second(7), Interval: tick * time.Second, Scrape: tick * time.Second})
	l.Advance(second(60), []Series{series(Canary, "c-1", "200", append(values(5, 10), values(9, 13)...))})
	assert.Equal(t, Counts{3, 0}, canaryOf(l.Family("")))
}

func TestNoDuplicates(t *testing.T) {
	one := series(Canary, "c-1", "200", values(5, 10, 20, 30, 40))
	tests := map[string]Series{
		"another path":                  with(one, "endpoint", "/other"),
		"another container":             with(with(one, "container", "second"), "instance", "c-1:9090"),
		"another pod":                   {Side: Canary, Pod: "c-2", Labels: one.Labels, Samples: one.Samples},
		"a former address of the pod":   with(series(Canary, "c-1", "200", values(-55, 10, 20, 30, 40)), "instance", "c-1:old"),
		"an address that is back later": with(series(Canary, "c-1", "200", values(65, 1, 2, 3)), "instance", "c-1:new"),
	}
	for name, other := range tests {
		t.Run(name, func(t *testing.T) {
			f := counted(180, one, other)
			assert.Empty(t, f.Faults)
			for _, in := range f.Intervals {
				assert.False(t, in.Excluded)
			}
		})
	}
	t.Run("a scraper that is back after long", func(t *testing.T) {
		again := one
		again.Samples = append(values(5, 1, 2), values(155, 9)...)
		assert.Empty(t, counted(180, again, with(series(Canary, "c-1", "200", values(35, 3, 4, 5, 6, 7, 8)), "job", "other")).Faults)
	})
}

func TestSamplesThatNoCounterHas(t *testing.T) {
	for name, v := range map[string]float64{
		"not a number": math.NaN(), "infinite": math.Inf(1), "below all": math.Inf(-1), "negative": -2, "beyond what floats count": 1e300,
	} {
		t.Run(name, func(t *testing.T) {
			f := counted(60, series(Canary, "c-1", "200", values(5, 10, v, 20)))
			require.Len(t, f.Faults, 1)
			assert.Equal(t, ReasonMalformed, f.Faults[0].Reason)
			assert.Equal(t, second(20), f.Faults[0].At)
			assert.Equal(t, Counts{20, 0}, canaryOf(f))
		})
	}
}

func TestStatusesThatAreNone(t *testing.T) {
	f := counted(60, series(Canary, "c-1", "error", values(5, 3, 4)), series(Stable, "s-1", "200", values(5, 0)))
	require.Len(t, f.Faults, 1)
	assert.Equal(t, ReasonMalformed, f.Faults[0].Reason)
	assert.Contains(t, f.Faults[0].Detail, `"error"`)
	assert.True(t, f.CanarySeen.IsZero(), "what can't be told good from bad is not seen")

	f = counted(60, series(Canary, "c-1", "error", values(5, 3, 4)), series(Stable, "s-1", "error", values(-70, 0, 0, 0, 0, 0, 1)))
	assert.Empty(t, f.Faults, "what stable does as well is no news")

	for status, role := range map[string]Role{
		"200": RoleGood, "404": RoleGood, "2xx": RoleGood, "500": RoleBad, "503": RoleBad, "5XX": RoleBad, "0": RoleGood,
		"": RoleUnknown, "600": RoleUnknown, "5000": RoleUnknown, "50a": RoleUnknown, "ok": RoleUnknown, "050": RoleUnknown,
	} {
		assert.Equal(t, role, RoleOfStatus(status), status)
	}
}

func TestAnEndThatIsNotLaterChangesNothing(t *testing.T) {
	l := ledger()
	l.Advance(second(60), []Series{series(Canary, "c-1", "200", values(5, 10))})
	before := l.Family("m")
	l.Advance(second(60), []Series{series(Canary, "c-1", "200", values(5, 10, 20, 30, 40, 50))})
	l.Advance(second(30), []Series{series(Canary, "c-1", "200", values(5, 10, 20, 30, 40, 50))})
	assert.Equal(t, before, l.Family("m"))
	assert.Equal(t, second(60), l.End())
}

func TestSideNames(t *testing.T) {
	assert.Equal(t, "canary", Canary.String())
	assert.Equal(t, "stable", Stable.String())
}

func TestWhatFollowsTheEndIsNoEvidence(t *testing.T) {
	f := counted(30,
		series(Stable, "s-1", "200", values(-70, 10, 20, 30, 40, 50, 60, 70, 80, 5, 9)),
		series(Stable, "s-1", "500", values(35, 2, 4)),
		series(Stable, "s-1", "404", values(5, math.NaN(), math.NaN(), 7)),
		series(Stable, "s-1", "503", values(35, math.NaN(), 1)),
		series(Stable, "s-new", "500", values(35, 1000)),
		series(Canary, "c-1", "500", values(5, 1, 1, 90)),
	)
	assert.Equal(t, Counts{60 - 50 + 70 - 60, 0}, stableOf(f))
	assert.Equal(t, Counts{1, 1}, canaryOf(f))
	assert.Equal(t, Counts{10 + 5 + 4 + 4 + 1, 5}, f.StableSince, "a restart, two new series and none that can't be read or is not known")

	l := ledger()
	l.Advance(second(30), []Series{series(Stable, "s-1", "200", values(-70, 10, 20, 30, 40, 50, 60, 70, 80))})
	assert.Equal(t, Counts{10, 0}, l.Family("").StableSince)
	l.Advance(second(60), []Series{series(Stable, "s-1", "200", values(35, 80, 90))})
	assert.Zero(t, l.Family("").StableSince)
	assert.Equal(t, Counts{40, 0}, stableOf(l.Family("")), "what was looked at before is counted once")
}
