package mesh

import (
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// counted tells each request's number to a channel-like condition: done is closed with the n-th.
func counted(n int64, handler http.HandlerFunc) (http.HandlerFunc, <-chan struct{}) {
	var seen atomic.Int64
	done := make(chan struct{})
	return func(w http.ResponseWriter, r *http.Request) {
		handler(w, r)
		if seen.Add(1) == n {
			close(done)
		}
	}, done
}

func TestLoadCountsByVersionAndBlame(t *testing.T) {
	bad, enough := counted(40, injected)
	pods := []*testPod{startPod(t, "shop", "v1", "10.244.250.21", ok), startPod(t, "shop-canary", "v2", "10.244.250.22", bad)}
	objects := objectsOf(pods, "shop", "shop-canary", "empty")
	objects.VirtualServices = []*networkingv1.VirtualService{virtualService(t, "prod", "shop", 0, `
spec:
  hosts: [shop]
  http:
  - route: [{destination: {host: shop}, weight: 50}, {destination: {host: shop-canary}, weight: 30}, {destination: {host: empty}, weight: 20}]`)}
	m := testMesh(t, objects)
	load := m.Load(t.Context(), Target{Namespace: "prod", Host: "shop"}, 500)
	<-enough
	load.Stop()
	load.Stop()
	s := load.Snapshot()
	assert.Equal(t, s.Requests, s.Served+s.FailedByVersion+s.FailedByRollout)
	assert.Equal(t, []string{"v1", "v2"}, s.VersionNames())
	assert.Equal(t, s.Versions["v1"].Requests, s.Served)
	assert.Zero(t, s.Versions["v1"].Failed)
	assert.Equal(t, s.Versions["v2"].Requests, s.FailedByVersion)
	assert.Equal(t, s.Versions["v2"].Requests, s.Versions["v2"].Failed)
	assert.GreaterOrEqual(t, s.FailedByVersion, int64(40))
	assert.Positive(t, s.FailedByRollout)
	assert.Zero(t, s.Skipped)
	assert.InDelta(t, 0.375, s.Share("v2"), 0.25, "a wide margin: 100 requests")
	assert.Len(t, s.Failures, lastFailures)
	assert.NotEmpty(t, s.Failures[0].Reason)
	assert.Equal(t, s, load.Snapshot().withTime(s.At), "nothing is counted after Stop")
}

func (s Snapshot) withTime(at time.Time) Snapshot {
	s.At = at
	return s
}

func TestLoadIsOpenLoopAndBounded(t *testing.T) {
	const slow = 50
	release := make(chan struct{})
	handler, reached := counted(slow, func(http.ResponseWriter, *http.Request) {})
	pod := startPod(t, "shop", "v1", "10.244.250.23", func(w http.ResponseWriter, r *http.Request) {
		handler(w, r)
		<-release
		ok(w, r)
	})
	m := testMesh(t, objectsOf([]*testPod{pod}, "shop"))
	load := m.Load(t.Context(), Target{Namespace: "prod", Host: "shop"}, 1000)
	<-reached // though none of them is answered
	assert.Zero(t, load.Snapshot().Requests)
	require.Eventually(t, func() bool { return load.Snapshot().Skipped > 0 }, 10*time.Second, 10*time.Millisecond,
		"no more than %d are under way", maxUnderWay)
	close(release)
	load.Stop()
	assert.GreaterOrEqual(t, load.Snapshot().Served, int64(maxUnderWay), "those under way are waited for")
}

func TestLoadKeepsItsRate(t *testing.T) {
	handler, enough := counted(200, ok)
	m := testMesh(t, objectsOf([]*testPod{startPod(t, "shop", "v1", "10.244.250.24", handler)}, "shop"))
	start := time.Now()
	load := m.Load(t.Context(), Target{Namespace: "prod", Host: "shop", Direct: true}, 400)
	<-enough
	took := time.Since(start)
	assert.GreaterOrEqual(t, took, 450*time.Millisecond, "200 requests at 400 a second")
	assert.Less(t, took, 5*time.Second, "with room for a busy machine")
	recent := load.Recent(time.Minute)
	load.Stop()
	assert.Positive(t, recent.Requests)
	assert.LessOrEqual(t, recent.Requests, load.Snapshot().Requests)
}

func TestRecentLooksBackToTheLastSampleThatIsOldEnough(t *testing.T) {
	now := time.Now()
	load := Load{history: []Snapshot{
		{At: now.Add(-10 * time.Minute), Requests: 1},
		{At: now.Add(-5 * time.Minute), Requests: 10},
		{At: now.Add(-time.Minute), Requests: 100},
	}}
	load.tally.sum.Requests = 1000
	assert.EqualValues(t, 900, load.Recent(30*time.Second).Requests)
	assert.EqualValues(t, 990, load.Recent(2*time.Minute).Requests)
	assert.EqualValues(t, 999, load.Recent(time.Hour).Requests, "as far back as it goes")
}

func TestSamplesAreSpacedAndEnd(t *testing.T) {
	var load Load
	start := time.Unix(1000, 0)
	for ms := 0; ms <= 130_000; ms += 100 {
		load.sample(start.Add(time.Duration(ms) * time.Millisecond))
	}
	last := load.history[len(load.history)-1].At
	assert.Equal(t, recentHorizon, last.Sub(load.history[0].At))
	assert.Equal(t, 300*time.Millisecond, load.history[1].At.Sub(load.history[0].At), "the first after a quarter of a second")
}

func TestLoadOfNothing(t *testing.T) {
	m := testMesh(t, objectsOf(nil, "shop"))
	m.Load(t.Context(), Target{Namespace: "prod", Host: "shop"}, 0).Stop()
	m.Stop()
	assert.False(t, m.spawn(func() {}), "Stop wouldn't wait for it")
	late := m.Load(t.Context(), Target{Namespace: "prod", Host: "shop"}, 100)
	late.Stop()
	assert.Zero(t, late.Snapshot().Requests)
}

func TestStopEndsLoadsAtOnce(t *testing.T) {
	reached := make(chan struct{})
	m := testMesh(t, objectsOf([]*testPod{startPod(t, "shop", "v1", "10.244.250.25", hangIn(reached))}, "shop"))
	load := m.Load(t.Context(), Target{Namespace: "prod", Host: "shop"}, 100)
	<-reached
	start := time.Now()
	m.Stop()
	assert.Less(t, time.Since(start), drainTime)
	assert.Zero(t, load.Snapshot().Requests, "a request that is cut counts for nothing")
}
