package web

import (
	"fmt"
	"math"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"
	"unsafe"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

func epoch() time.Time { return time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC) }

func site(t testing.TB) *Site {
	t.Helper()
	s, err := New(Options{})
	require.NoError(t, err)
	return s
}

// seen is a run at a time, with one gate whose canary has had so many requests.
func seen(name string, run int, after time.Duration, weight int, requests float64) watch.Rollout {
	return watch.Rollout{
		Key: strategy.Key{Namespace: "shop", Name: name}, At: epoch().Add(after),
		Run: &strategy.Run{Number: run, ID: fmt.Sprint(name, run), Phase: strategy.RunShifting, StartedAt: epoch(), Weight: weight},
		Status: strategy.Status{
			Phase: strategy.PhaseHeld, Reason: spec.ReasonEvidence, Weight: weight, Gates: []analysis.Gate{{
				Name: analysis.GateErrorRate, Outcome: analysis.Wait, Canary: analysis.Counts{Requests: requests}, Threshold: .05,
				Abort: analysis.Weighed{Log10E: -1, Log10Limit: 2.5},
			}},
		},
	}
}

func plotOf(t *testing.T, s *Site, name string) *Plot {
	t.Helper()
	d, _, ok := s.detail(strategy.Key{Namespace: "shop", Name: name})
	require.True(t, ok)
	return d.Plot
}

func TestWhatStandsStillTakesNoRoom(t *testing.T) {
	s := site(t)
	for i := range 1000 {
		s.Seen(seen("cart", 1, time.Duration(i)*time.Second, 10, 5))
	}
	p := plotOf(t, s, "cart")
	assert.Equal(t, []int64{epoch().UnixMilli(), epoch().Add(999 * time.Second).UnixMilli()}, p.Times)
	s.Seen(seen("cart", 1, 999*time.Second, 10, 6))
	assert.Len(t, plotOf(t, s, "cart").Times, 2, "there are no two samples of one time")
	s.Seen(seen("cart", 1, 1001*time.Second, 10, 6))
	assert.Equal(t, Series{5, 5, 6}, plotOf(t, s, "cart").Gates[0].CanaryRequests)
}

func TestThinning(t *testing.T) {
	s := site(t)
	const seconds = 100_000
	for i := range seconds {
		weight := 10
		if i >= 40_000 {
			weight = 50
		}
		s.Seen(seen("cart", 1, time.Duration(i)*time.Second, weight, float64(i)))
		p := s.store.entries[strategy.Key{Namespace: "shop", Name: "cart"}].plot
		require.LessOrEqual(t, len(p.samples), maxSamples)
		require.Equal(t, epoch().Add(time.Duration(i)*time.Second).UnixMilli(), p.samples[len(p.samples)-1].at, "the newest is always there")
	}
	p := plotOf(t, s, "cart")
	assert.Equal(t, epoch().UnixMilli(), p.Times[0], "and so is the first")
	assert.Greater(t, len(p.Times), maxSamples/4)
	widest := int64(0)
	for i := 1; i < len(p.Times); i++ {
		widest = max(widest, p.Times[i]-p.Times[i-1])
		assert.Equal(t, float32((p.Times[i]-epoch().UnixMilli())/1000), p.Gates[0].CanaryRequests[i], "a sample is one that was taken, not a mean")
	}
	assert.Less(t, widest, int64(seconds*1000/50), "no part of the run is left out")
	for i := 1; i < len(p.Times); i++ {
		if p.Weight[i] != p.Weight[i-1] {
			assert.InDelta(t, epoch().Add(40_000*time.Second).UnixMilli(), p.Times[i], 1, "when the weight changed can be seen to the second")
		}
	}
}

func TestARunsSamplesStayUntilTheNext(t *testing.T) {
	s := site(t)
	for i := range 5 {
		s.Seen(seen("cart", 1, time.Duration(i)*time.Second, 10, float64(i)))
	}
	rest := watch.Rollout{
		Key: strategy.Key{Namespace: "shop", Name: "cart"}, At: epoch().Add(time.Minute), Status: strategy.Status{Phase: strategy.PhaseAtRest},
		Past: []strategy.Summary{{Number: 1, ID: "cart1", Result: strategy.ResultPromoted, StartedAt: epoch(), EndedAt: epoch().Add(5 * time.Second)}},
	}
	s.Seen(rest)
	require.NotNil(t, plotOf(t, s, "cart"))
	assert.Len(t, plotOf(t, s, "cart").Times, 5)

	next := seen("cart", 2, 2*time.Minute, 0, 0)
	next.Past = rest.Past
	s.Seen(next)
	assert.Equal(t, 2, plotOf(t, s, "cart").Run)
	assert.Len(t, plotOf(t, s, "cart").Times, 1)

	next.Run = &strategy.Run{Number: 2, ID: "cart2", Phase: strategy.RunAborted}
	next.At = next.At.Add(time.Minute)
	s.Seen(next)
	assert.Len(t, plotOf(t, s, "cart").Times, 1, "what comes after an abort says nothing of the run")

	rest.Past = []strategy.Summary{{Number: 9, ID: "another"}}
	s.Seen(rest)
	assert.Nil(t, plotOf(t, s, "cart"), "samples are never shown as another run's")
}

func TestPlotsAreBounded(t *testing.T) {
	s := site(t)
	for i := range maxPlots + 5 {
		s.Seen(seen(fmt.Sprint("d", i), 1, time.Duration(i)*time.Second, 10, 1))
	}
	plots := func() (n int) {
		for _, e := range s.store.entries {
			if e.plot != nil {
				n++
			}
		}
		return n
	}
	assert.Equal(t, maxPlots, plots())
	assert.NotNil(t, plotOf(t, s, "d0"), "a run that goes on keeps its samples")
	assert.Nil(t, plotOf(t, s, fmt.Sprint("d", maxPlots+4)))
	for _, name := range []string{"d7", "d3"} {
		ended := seen(name, 1, time.Hour, 0, 1)
		ended.Run = nil
		ended.Past = []strategy.Summary{{Number: 1, ID: name + "1"}}
		s.Seen(ended)
	}
	s.Seen(seen("new", 1, time.Hour, 10, 1))
	assert.Equal(t, maxPlots, plots())
	assert.NotNil(t, plotOf(t, s, "new"))
	assert.Nil(t, plotOf(t, s, "d3"), "the one that was looked at longest ago")
	assert.NotNil(t, plotOf(t, s, "d7"))

	s.Gone(strategy.Key{Namespace: "shop", Name: "d7"})
	assert.Equal(t, maxPlots-1, plots())
}

// The bound in the store's comment, from the sizes of what is kept.
func TestMemory(t *testing.T) {
	s := site(t)
	gates := func(n int) []analysis.Gate {
		list := make([]analysis.Gate, n)
		for i := range list {
			list[i] = analysis.Gate{Name: fmt.Sprint("gate", i)}
		}
		return list
	}
	for i := range 3 * maxSamples {
		r := seen("cart", 1, time.Duration(i)*time.Second, i%100, 1)
		r.Status.Gates = gates(maxPlotted + 4)
		s.Seen(r)
	}
	p := s.store.entries[strategy.Key{Namespace: "shop", Name: "cart"}].plot
	assert.Len(t, p.gates, maxPlotted)
	bytes := cap(p.samples) * int(unsafe.Sizeof(sample{}))
	for _, x := range p.samples {
		bytes += cap(x.gates) * int(unsafe.Sizeof(point{}))
	}
	assert.LessOrEqual(t, bytes, maxSamples*(48+maxPlotted*40), "the formula in the comment")
	assert.LessOrEqual(t, maxPlots*maxSamples*(48+maxPlotted*40), 36<<20)
	assert.LessOrEqual(t, maxPlots*maxSamples*(48+2*40), 13<<20)

	for i := range 3 * maxEvents {
		s.Happened(watch.Transition{Rollout: seen("cart", 1, time.Hour+time.Duration(i), 1, 1), Reason: spec.ReasonWeight, Message: fmt.Sprint(i)})
	}
	e := s.store.entries[strategy.Key{Namespace: "shop", Name: "cart"}]
	assert.Len(t, e.events, maxEvents)
	assert.LessOrEqual(t, cap(e.events), 2*maxEvents)
	d, _, _ := s.detail(strategy.Key{Namespace: "shop", Name: "cart"})
	assert.Equal(t, fmt.Sprint(3*maxEvents-1), d.Events[0].Message, "the newest come first")
}

func TestNumbersThatAreNone(t *testing.T) {
	s := site(t)
	r := seen("cart", 1, 0, 10, 0)
	r.Status.Gates = []analysis.Gate{
		{Name: "a", Value: math.NaN(), Canary: analysis.Counts{Requests: math.Inf(1)}, Abort: analysis.Weighed{Log10E: math.Inf(-1), Log10Limit: 2}},
		{Name: "b", Mode: analysis.ModeScoped, Value: math.Inf(1), StableValue: 3},
		{Name: "c", Mode: analysis.ModeGlobal},
	}
	s.Seen(r)
	p := plotOf(t, s, "cart")
	text, err := p.Gates[0].Canary.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, "[null]", string(text))
	assert.Equal(t, Series{3}, p.Gates[1].Stable)
	assert.Equal(t, "0", factor(Number(math.Inf(-1))))
	assert.Equal(t, "–", percent(Number(math.NaN())))
	assert.Equal(t, "1,234,567", count(1234567))
	assert.Equal(t, "-1,234", count(-1234))
	assert.Equal(t, "999", count(999))
	assert.Equal(t, "10⁸", factor(8.4))
	text, err = Series{1e-9, 1e20, 0.25, float32(math.Inf(1))}.MarshalJSON()
	require.NoError(t, err)
	assert.Equal(t, "[1e-09,1e+20,0.25,null]", string(text))
}

func TestSeenChangesNothingThatItIsGiven(t *testing.T) {
	s := site(t)
	given, copied := seen("cart", 1, 0, 10, 1), seen("cart", 1, 0, 10, 1)
	s.Seen(given)
	_, _, _ = s.detail(given.Key)
	assert.Equal(t, copied, given)
}

// It is called after each look at a Deployment, and in the way of the next.
func BenchmarkSeen(b *testing.B) {
	s := site(b)
	for i := range 1000 {
		s.Seen(seen(fmt.Sprint("d", i), 1, 0, 10, 1))
	}
	list := make([]watch.Rollout, 100)
	for i := range list {
		list[i] = seen("d500", 1, 0, 10, float64(i))
	}
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		r := list[i%len(list)]
		r.At = epoch().Add(time.Duration(i) * time.Millisecond)
		s.Seen(r)
	}
}

// The race detector watches: the controller tells of several Deployments at once, while pages are read.
func TestToldAndReadAtOnce(t *testing.T) {
	s := site(t)
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			name := fmt.Sprint("d", i)
			for k := range 200 {
				r := seen(name, 1+k/100, time.Duration(k)*time.Second, k%100, float64(k))
				s.Seen(r)
				s.Happened(watch.Transition{Rollout: r, Reason: spec.ReasonWeight})
				for _, path := range []string{"/", "/rollouts/shop/" + name, "/api/rollouts/shop/d0"} {
					s.Handler().ServeHTTP(httptest.NewRecorder(), httptest.NewRequest(http.MethodGet, path, http.NoBody))
				}
			}
			if i == 3 {
				s.Gone(strategy.Key{Namespace: "shop", Name: name})
			}
		})
	}
	all.Wait()
	f, _ := s.fleet()
	assert.Len(t, f.Rollouts, 3)
}
