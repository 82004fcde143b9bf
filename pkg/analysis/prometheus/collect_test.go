package prometheus

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

func source(t *testing.T, f *fake, change ...func(*Options)) *Source {
	t.Helper()
	o := Options{Address: f.URL, History: time.Second}
	for _, c := range change {
		c(&o)
	}
	s, err := New(o)
	require.NoError(t, err)
	return s
}

const (
	canaryPod = "shop-new-aaaaa"
	stablePod = "shop-old-bbbbb"
)

func subject() analysis.Subject {
	return analysis.Subject{
		Namespace: "shop", Deployment: "shop", Run: "run-1", Canary: "shop-new", Stable: "shop-old",
		Since: start, StepSince: start, Weight: 10, Gates: analysis.Gates{MaxErrorRate: .05, Compare: true},
	}
}

func collect(t *testing.T, s *Source, now time.Time, subjects ...analysis.Subject) []analysis.Evidence {
	t.Helper()
	results := s.Collect(t.Context(), subjects, now)
	require.Len(t, results, len(subjects))
	evidence := make([]analysis.Evidence, len(results))
	for i := range results {
		assert.Equal(t, subjects[i], results[i].Subject)
		evidence[i] = results[i].Evidence
	}
	return evidence
}

func sum(f analysis.Family) (canary, stable analysis.Counts) {
	for _, in := range f.Intervals {
		canary.Requests, canary.Bad = canary.Requests+in.Canary.Requests, canary.Bad+in.Canary.Bad
		stable.Requests, stable.Bad = stable.Requests+in.Stable.Requests, stable.Bad+in.Stable.Bad
	}
	return canary, stable
}

func TestCollectCountsRequests(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
	f.put(requests(canaryPod, "200", steady(5, 10, 1, 2)))
	f.put(requests(canaryPod, "503", steady(20, 10, 1, 0)))
	f.put(requests("shop-new-aaaaa-x", "500", steady(5, 10, 99, 99)))
	f.put(requests("shop-other-aaaaa", "500", steady(5, 10, 99, 99)))
	ev := collect(t, source(t, f), second(110), subject())[0]

	assert.Equal(t, "run-1", ev.Run)
	assert.Equal(t, second(90), ev.End, "one scrape behind, on the grid")
	assert.Equal(t, 15*time.Second, ev.Interval)
	assert.Equal(t, 15*time.Second, ev.Scrape)
	assert.Equal(t, "http_requests_total", ev.Errors.Metric)
	assert.Nil(t, ev.Errors.Problem)
	assert.Empty(t, ev.Errors.Faults)
	canary, stable := sum(ev.Errors)
	assert.Equal(t, analysis.Counts{Requests: 12, Bad: 1}, canary)
	assert.Equal(t, analysis.Counts{Requests: 60}, stable)
	assert.Equal(t, second(80), ev.Errors.CanarySeen)
	assert.Equal(t, analysis.Counts{Requests: 20}, ev.Errors.StableSince, "what was sampled at 95 s and 110 s is no evidence yet")
	assert.Zero(t, ev.Latency, "a gate that is off is not asked for")
	assert.Equal(t, []string{
		`http_requests_total{namespace=~"shop",pod=~"(shop-new-|shop-old-)[a-z0-9]{5}"}[185000ms]`,
	}, f.asked())
}

func TestCollectMeasuresLatency(t *testing.T) {
	sub := subject()
	sub.Gates = analysis.Gates{LatencyQuantile: .95, LatencyThreshold: 700 * time.Millisecond}
	put := func(f *fake, pod string, from int, bounds ...string) {
		for i, le := range bounds {
			f.put(bucket(pod, le, steady(from, 20, 10, float64(i+1))))
		}
	}
	t.Run("with the next bound that all have", func(t *testing.T) {
		f := newFake(t)
		put(f, stablePod, -70, "0.5", "1", "2.5", "+Inf")
		put(f, canaryPod, -70, "0.5", "0.8", "1.0", "2.5", "+Inf")
		put(f, "shop-old-ccccc", 100, "0.5", "2.5", "+Inf")
		s := source(t, f)
		ev := collect(t, s, second(110), sub)[0]
		require.Nil(t, ev.Latency.Problem)
		assert.Equal(t, "http_request_duration_seconds_bucket", ev.Latency.Metric)
		assert.Equal(t, time.Second, ev.Latency.Bound)
		assert.Empty(t, ev.Latency.Faults)
		canary, stable := sum(ev.Latency)
		assert.Equal(t, analysis.Counts{Requests: 30, Bad: 12}, canary, "5 requests each, 3 of them within 1 s")
		assert.Equal(t, analysis.Counts{Requests: 24, Bad: 12}, stable)
		queries := f.asked()
		require.Len(t, queries, 2)
		assert.Contains(t, queries[1], `le=~"\\+Inf|1|1\\.0"`)

		ev = collect(t, s, second(140), sub)[0]
		assert.Equal(t, 2500*time.Millisecond, ev.Latency.Bound, "a pod that has other bounds moves the common one")
		assert.Equal(t, collect(t, source(t, f), second(140), sub)[0], ev, "from the start, as a new source counts")
	})
	t.Run("not at all where the buckets end below", func(t *testing.T) {
		f := newFake(t)
		put(f, stablePod, -70, "0.1", "0.5", "+Inf")
		ev := collect(t, source(t, f), second(110), sub)[0]
		require.NotNil(t, ev.Latency.Problem)
		assert.Equal(t, analysis.ReasonNoBucket, ev.Latency.Problem.Reason)
		assert.Contains(t, ev.Latency.Problem.Detail, "700ms")
		assert.Equal(t, second(90), ev.End)
	})
	t.Run("in milliseconds for the mesh", func(t *testing.T) {
		f := newFake(t)
		for i, le := range []string{"500", "1000", "+Inf"} {
			labels, samples := bucket(stablePod, le, steady(-70, 20, 10, float64(i+1)))
			labels["__name__"] = "istio_request_duration_milliseconds_bucket"
			f.put(with(labels, "reporter", "destination"), samples)
		}
		ev := collect(t, source(t, f), second(110), sub)[0]
		require.Nil(t, ev.Latency.Problem)
		assert.Equal(t, "istio_request_duration_milliseconds_bucket", ev.Latency.Metric)
		assert.Equal(t, time.Second, ev.Latency.Bound)
		_, stable := sum(ev.Latency)
		assert.Equal(t, analysis.Counts{Requests: 18, Bad: 6}, stable)
	})
	t.Run("nobody has a histogram", func(t *testing.T) {
		ev := collect(t, source(t, newFake(t)), second(110), sub)[0]
		assert.Nil(t, ev.Latency.Problem)
		assert.True(t, ev.Latency.StableSeen.IsZero())
		assert.Equal(t, "http_request_duration_seconds_bucket and istio_request_duration_milliseconds_bucket", ev.Latency.Metric)
		assert.Equal(t, second(90), ev.End)
	})
}

func mesh(pod, code, reporter string, samples []point) (map[string]string, []point) {
	labels, samples := requests(pod, "", samples)
	delete(labels, "status")
	labels["__name__"], labels["response_code"], labels["reporter"] = "istio_requests_total", code, reporter
	return labels, samples
}

func TestTheFamilyIsTheFirstThatStableHas(t *testing.T) {
	f := newFake(t)
	f.put(mesh(stablePod, "200", "destination", steady(-70, 20, 100, 10)))
	f.put(mesh(canaryPod, "500", "destination", steady(5, 10, 3, 0)))
	f.put(mesh(canaryPod, "500", "source", steady(5, 10, 50, 50)))
	f.put(requests(canaryPod, "200", steady(5, 10, 7, 7)))
	s := source(t, f)
	ev := collect(t, s, second(60), subject())[0]
	assert.Equal(t, "istio_requests_total", ev.Errors.Metric, "that the canary has the other doesn't matter")
	canary, _ := sum(ev.Errors)
	assert.Equal(t, analysis.Counts{Requests: 3, Bad: 3}, canary, "the two reporters are never added up")

	labels, samples := requests(stablePod, "", steady(65, 10, 1, 1))
	delete(labels, "status")
	f.put(with(labels, "code", "200"), samples)
	ev = collect(t, s, second(105), subject())[0]
	assert.Equal(t, "http_requests_total", ev.Errors.Metric, "once stable has it, it comes first")
	assert.Equal(t, collect(t, source(t, f), second(105), subject())[0], ev, "as a new source would choose and count")
}

func TestNobodyHasTheMetric(t *testing.T) {
	f := newFake(t)
	labels, samples := requests(stablePod, "ok", steady(-70, 20, 100, 10))
	f.put(labels, samples)
	sub := subject()
	ev := collect(t, source(t, f), second(60), sub)[0]
	assert.Nil(t, ev.Errors.Problem)
	v := analysis.Judge(sub, ev, second(60))
	assert.Equal(t, analysis.ReasonPositiveControl, v.Reason)
	assert.Contains(t, v.Message, "http_requests_total and istio_requests_total has no series of stable's pods")
}

// A run that is followed bit by bit and one that a restarted controller finds must come to the same.
func TestBitByBitIsAsFromScratch(t *testing.T) {
	for seed := range uint64(12) {
		rng := rand.New(rand.NewPCG(seed, 1))
		f := newFake(t)
		subjects := []analysis.Subject{subject(), subject()}
		subjects[1].Deployment, subjects[1].Run, subjects[1].Canary, subjects[1].Stable = "cart", "run-2", "cart-new", "cart-old"
		subjects[1].Since = second(200)
		for i := range subjects {
			subjects[i].Gates = analysis.Gates{MaxErrorRate: .01, LatencyQuantile: .9, LatencyThreshold: time.Second, Compare: true}
			withRules(rng, f, &subjects[i])
			populate(rng, f, subjects[i].Canary, rng.IntN(300))
			populate(rng, f, subjects[i].Stable, -200)
		}
		history := time.Duration(1+rng.IntN(600)) * time.Second
		followed := source(t, f, func(o *Options) { o.History = history })
		var now time.Time
		for at := 0; at < 1200; at += 1 + rng.IntN(120) {
			now = second(at)
			collect(t, followed, now, subjects...)
		}
		fresh := source(t, f, func(o *Options) {
			o.History = history
			o.MaxRange, o.MaxQueries = time.Duration(10+rng.IntN(2000))*time.Second, 10_000
		})
		want := collect(t, fresh, now, subjects...)
		assert.Equal(t, want, collect(t, followed, now, subjects...), "seed %d", seed)
		for i := range want {
			canary, stable := sum(want[i].Errors)
			assert.Positive(t, canary.Requests, "seed %d", seed)
			assert.Positive(t, stable.Requests, "seed %d", seed)
			assert.NotEmpty(t, want[i].Latency.Intervals)
			assert.NotEmpty(t, want[i].Reach.Intervals)
			assert.NotEmpty(t, want[i].Alerts[0].Family.Groups)
		}
	}
}

// populate makes up pods that restart and go.
func populate(rng *rand.Rand, f *fake, replicaSet string, from int) {
	for n := range 1 + rng.IntN(3) {
		pod := fmt.Sprintf("%s-aaaa%d", replicaSet, n)
		counters := map[string]float64{}
		samples := map[string][]point{}
		until := 600 + rng.IntN(600)
		for at := from + n*rng.IntN(60); at < until; at += 15 {
			if rng.IntN(20) == 0 {
				clear(counters)
			}
			served := float64(rng.IntN(100))
			failed, slow := float64(rng.IntN(3)), float64(rng.IntN(10))
			counters["200"] += served
			counters["500"] += failed
			counters["le 1"] += max(served+failed-slow, 0)
			counters["le +Inf"] += served + failed
			if rng.IntN(10) == 0 {
				continue
			}
			for name, v := range counters {
				samples[name] = append(samples[name], point{second(at), v})
			}
		}
		for name, points := range samples {
			if le, isBucket := strings.CutPrefix(name, "le "); isBucket {
				f.put(bucket(pod, le, points))
			} else {
				f.put(requests(pod, name, points))
			}
		}
	}
}

func TestCollectAsksOnlyForWhatIsNew(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 40, 1000, 10)))
	s := source(t, f)
	collect(t, s, second(105), subject())
	collect(t, s, second(135), subject())
	collect(t, s, second(140), subject())
	queries := f.asked()
	require.Len(t, queries, 2, "and for nothing when the next interval isn't over")
	assert.Contains(t, queries[0], "[180000ms]")
	assert.Contains(t, queries[1], "[45000ms]")

	collect(t, s, second(165))
	collect(t, s, second(165), subject())
	queries = f.asked()
	require.Len(t, queries, 1)
	assert.Contains(t, queries[0], "[240000ms]", "a run that was not among the subjects is forgotten")
}

func TestAChangeOfTheStepAsksForNothingAnew(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 40, 1000, 10)))
	s := source(t, f)
	sub := subject()
	collect(t, s, second(105), sub)
	sub.StepSince, sub.Weight, sub.Gates.MaxErrorRate = second(100), 50, .01
	collect(t, s, second(120), sub)
	queries := f.asked()
	require.Len(t, queries, 2)
	assert.Contains(t, queries[1], "[30000ms]")
}

func TestManyRunsShareTheirQueries(t *testing.T) {
	f := newFake(t)
	var subjects []analysis.Subject
	for i := range 60 {
		sub := subject()
		sub.Namespace = fmt.Sprintf("ns-%d", i%3)
		sub.Run, sub.Canary, sub.Stable = fmt.Sprint(i), fmt.Sprintf("app%d-new", i), fmt.Sprintf("app%d-old", i)
		subjects = append(subjects, sub)
		labels, samples := requests(sub.Stable+"-bbbbb", "200", steady(-70, 20, 100, float64(i)))
		f.put(with(labels, "namespace", sub.Namespace), samples)
		labels, samples = requests(sub.Canary+"-aaaaa", "200", steady(5, 20, 1, 1))
		f.put(with(labels, "namespace", sub.Namespace), samples)
		labels, samples = requests(sub.Canary+"-aaaaa", "500", steady(5, 20, 1, 1))
		f.put(with(labels, "namespace", "ns-"+fmt.Sprint((i+1)%3)), samples)
	}
	evidence := collect(t, source(t, f, func(o *Options) { o.MaxSelector = 1000 }), second(110), subjects...)
	for i, ev := range evidence {
		assert.Equal(t, subjects[i].Run, ev.Run)
		canary, stable := sum(ev.Errors)
		assert.Equal(t, analysis.Counts{Requests: 6}, canary, "pods of another namespace are others'")
		assert.InDelta(t, 6*float64(i), stable.Requests, 0)
	}
	queries := f.asked()
	assert.Len(t, queries, 2)
	for _, q := range queries {
		assert.LessOrEqual(t, len(q), 1000)
	}
}

func TestARunTwiceAmongTheSubjectsIsCountedOnce(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
	evidence := collect(t, source(t, f), second(110), subject(), subject())
	assert.Equal(t, evidence[0], evidence[1])
	assert.Len(t, f.asked(), 1)
}

func TestSubjectsThatCanNotBeAsked(t *testing.T) {
	long := strings.Repeat("a", 58)
	tests := map[string]struct {
		change func(*analysis.Subject)
		detail string
	}{
		"a name that would escape from its quotes": {func(s *analysis.Subject) { s.Canary = `x"} or vector(1)#` }, "not a name"},
		"a name with a pattern":                    {func(s *analysis.Subject) { s.Namespace = ".*" }, "not a name"},
		"no name":                                  {func(s *analysis.Subject) { s.Stable = "" }, "not a name"},
		"a name that is too long":                  {func(s *analysis.Subject) { s.Canary = strings.Repeat("a", 254) }, "not a name"},
		"the same ReplicaSet twice":                {func(s *analysis.Subject) { s.Stable = s.Canary }, "told apart"},
		"names that pods' names cut off":           {func(s *analysis.Subject) { s.Canary, s.Stable = long+"-1", long+"-2" }, "told apart"},
		"no start":                                 {func(s *analysis.Subject) { s.Since = time.Time{} }, "no start"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
			odd := subject()
			test.change(&odd)
			evidence := collect(t, source(t, f), second(110), odd, subject())
			require.NotNil(t, evidence[0].Errors.Problem)
			assert.Equal(t, analysis.ReasonInvalid, evidence[0].Errors.Problem.Reason)
			assert.Contains(t, evidence[0].Errors.Problem.Detail, test.detail)
			assert.Equal(t, analysis.Hold, analysis.Judge(odd, evidence[0], second(110)).Outcome)
			_, stable := sum(evidence[1].Errors)
			assert.InDelta(t, 60, stable.Requests, 0, "the others are not concerned")
			for _, q := range f.asked() {
				assert.NotContains(t, q, "vector")
			}
		})
	}
}

func TestWarningsAreNotes(t *testing.T) {
	f := newFake(t)
	f.warnings = []string{"store s1 is not available", "store s1 is not available", "w2", "w3", "w4", "w5", "w6"}
	f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
	ev := collect(t, source(t, f), second(110), subject())[0]
	assert.Nil(t, ev.Errors.Problem)
	assert.Equal(t, []string{"store s1 is not available", "w2", "w3", "w4", "w5"}, ev.Errors.Notes)
}

func TestARunOfTheFutureHasNoEvidenceYet(t *testing.T) {
	f := newFake(t)
	sub := subject()
	sub.Since, sub.StepSince = second(3600), second(3600)
	ev := collect(t, source(t, f), second(0), sub)[0]
	assert.Empty(t, f.asked())
	assert.Equal(t, analysis.Hold, analysis.Judge(sub, ev, second(0)).Outcome)
}

func TestPostIsUsed(t *testing.T) {
	f := newFake(t)
	var method string
	f.Config.Handler = http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		method = r.Method
		f.serve(w, r)
	})
	collect(t, source(t, f), second(110), subject())
	assert.Equal(t, http.MethodPost, method)
}
