package prometheus

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

func says(status int, body string) func(http.ResponseWriter, string) bool {
	return func(w http.ResponseWriter, _ string) bool {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
		return true
	}
}

func TestAPrometheusInTrouble(t *testing.T) {
	tests := map[string]struct {
		answer func(http.ResponseWriter, string) bool
		reason analysis.Reason
		detail string
	}{
		"answers 500":          {says(500, "oops"), analysis.ReasonUnreachable, "Prometheus answers with an error: server_error: server error: 500"},
		"answers 503":          {says(503, "starting"), analysis.ReasonUnreachable, "503"},
		"does not let us in":   {says(401, "who are you"), analysis.ReasonUnreachable, "401"},
		"is somewhere else":    {says(404, "not here"), analysis.ReasonUnreachable, "404"},
		"is something else":    {says(200, "<html>Welcome to nginx</html>"), analysis.ReasonUnreachable, "does not speak like Prometheus"},
		"says nothing":         {says(200, ""), analysis.ReasonUnreachable, "does not speak like Prometheus"},
		"says next to nothing": {says(200, "{}"), analysis.ReasonUnreachable, "does not speak like Prometheus"},
		"answers another question": {
			says(200, `{"status":"success","data":{"resultType":"scalar","result":[1,"1"]}}`), analysis.ReasonUnreachable, "another type",
		},
		"refuses the query": {
			func(w http.ResponseWriter, _ string) bool {
				refuse(w, "execution", "query would load too many samples")
				return true
			},
			analysis.ReasonRefused, "Prometheus refuses the query: execution: query would load too many samples",
		},
		"may not read so much": {
			func(w http.ResponseWriter, _ string) bool {
				refuse(w, "cost_limit", "query reads too many samples")
				return true
			},
			analysis.ReasonRefused, "Prometheus refuses the query: cost_limit",
		},
		"tells long stories": {
			func(w http.ResponseWriter, _ string) bool {
				refuse(w, "bad_data", strings.Repeat("x", 5000))
				return true
			},
			analysis.ReasonRefused, "xxx…",
		},
		"never stops": {
			func(w http.ResponseWriter, _ string) bool {
				for range 100 {
					if _, err := w.Write(make([]byte, 100_000)); err != nil {
						break
					}
				}
				return true
			},
			analysis.ReasonRefused, "larger than allowed",
		},
		"hangs up": {
			func(w http.ResponseWriter, _ string) bool {
				if conn, _, err := w.(http.Hijacker).Hijack(); err == nil {
					_ = conn.Close()
				}
				return true
			},
			analysis.ReasonUnreachable, "Prometheus can't be reached",
		},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			f := newFake(t)
			f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
			s := source(t, f, func(o *Options) { o.MaxResponse = 100_000 })
			before := collect(t, s, second(60), subject())[0]
			f.set(test.answer)
			ev := collect(t, s, second(110), subject())[0]
			require.NotNil(t, ev.Errors.Problem)
			assert.Equal(t, test.reason, ev.Errors.Problem.Reason)
			assert.Contains(t, ev.Errors.Problem.Detail, test.detail)
			assert.Less(t, len(ev.Errors.Problem.Detail), 400)
			assert.Equal(t, before.Errors.Intervals, ev.Errors.Intervals, "what was counted is kept")
			assert.Equal(t, before.End, ev.End, "and it is said up to when")
			assert.Equal(t, analysis.Hold, analysis.Judge(subject(), ev, second(110)).Outcome)

			f.set(nil)
			ev = collect(t, s, second(125), subject())[0]
			assert.Nil(t, ev.Errors.Problem)
			assert.Equal(t, collect(t, source(t, f), second(125), subject())[0], ev, "nothing is lost and nothing counted twice")
		})
	}
}

func TestOddSamplesHold(t *testing.T) {
	for _, odd := range []string{"NaN", "+Inf", "-Inf", "-3"} {
		t.Run(odd, func(t *testing.T) {
			f := newFake(t)
			f.set(func(w http.ResponseWriter, _ string) bool {
				_, _ = fmt.Fprintf(w, `{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"namespace":"shop","pod":"%s",`+
					`"status":"200"},"values":[[%d,"5"],[%d,"%s"]]}]}}`, stablePod, second(60).Unix(), second(75).Unix(), odd)
				return true
			})
			ev := collect(t, source(t, f), second(110), subject())[0]
			v := analysis.Judge(subject(), ev, second(110))
			assert.Equal(t, analysis.Hold, v.Outcome)
			assert.Equal(t, analysis.ReasonMalformed, v.Reason, v.Message)
		})
	}
}

func TestNobodyAnswers(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	s, err := New(Options{Address: "http://" + l.Addr().String()})
	require.NoError(t, err)
	ev := collect(t, s, second(110), subject())[0]
	require.NotNil(t, ev.Errors.Problem)
	assert.Equal(t, analysis.ReasonUnreachable, ev.Errors.Problem.Reason)
	assert.Contains(t, ev.Errors.Problem.Detail, "refused")
}

// hanging answers nothing until the test is over, to the queries that match a pattern.
func hanging(t *testing.T, f *fake, pattern string) {
	t.Helper()
	re := regexp.MustCompile(pattern)
	over := make(chan struct{})
	t.Cleanup(func() { close(over) })
	f.set(func(_ http.ResponseWriter, query string) bool {
		if re.MatchString(query) {
			<-over
			return true
		}
		return false
	})
}

func three() []analysis.Subject {
	var subjects []analysis.Subject
	for _, name := range []string{"a", "b", "c"} {
		sub := subject()
		sub.Deployment, sub.Run, sub.Canary, sub.Stable = name, name, name+"-new", name+"-old"
		subjects = append(subjects, sub)
	}
	return subjects
}

func stock(f *fake) {
	for _, name := range []string{"a", "b", "c"} {
		f.put(requests(name+"-old-xxxxx", "200", steady(-70, 40, 100, 10)))
		f.put(requests(name+"-new-xxxxx", "200", steady(5, 40, 1, 1)))
	}
}

func TestAPrometheusThatHangsHangsOnlySoOften(t *testing.T) {
	f := newFake(t)
	hanging(t, f, "")
	s := source(t, f, func(o *Options) { o.QueryTimeout, o.MaxSelector = 500*time.Millisecond, 1 })
	subjects := append(three(), subject())
	for _, ev := range collect(t, s, second(110), subjects...) {
		require.NotNil(t, ev.Errors.Problem)
		assert.Equal(t, analysis.ReasonUnreachable, ev.Errors.Problem.Reason)
	}
	assert.Len(t, f.asked(), patience)
}

func TestTheWholeCollectIsBounded(t *testing.T) {
	f := newFake(t)
	hanging(t, f, "")
	s := source(t, f, func(o *Options) { o.CollectTimeout, o.MaxSelector = 300*time.Millisecond, 1 })
	for _, ev := range collect(t, s, second(110), three()...) {
		require.NotNil(t, ev.Errors.Problem)
	}
	assert.Len(t, f.asked(), 1)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	ev := s.Collect(ctx, three(), second(110))[0].Evidence
	require.NotNil(t, ev.Errors.Problem)
	assert.Equal(t, analysis.ReasonUnreachable, ev.Errors.Problem.Reason)
}

func TestOneRunThatTakesTooLongIsAskedForAlone(t *testing.T) {
	f := newFake(t)
	stock(f)
	hanging(t, f, "b-new")
	s := source(t, f, func(o *Options) { o.QueryTimeout = 500 * time.Millisecond })
	for _, ev := range collect(t, s, second(110), three()...) {
		assert.NotNil(t, ev.Errors.Problem, "together they have to wait for it")
	}
	evidence := collect(t, s, second(125), three()...)
	assert.Nil(t, evidence[0].Errors.Problem)
	assert.NotNil(t, evidence[1].Errors.Problem)
	assert.Nil(t, evidence[2].Errors.Problem)
	f.set(nil)
	collect(t, s, second(140), three()...)
	f.asked()
	for _, ev := range collect(t, s, second(155), three()...) {
		assert.Nil(t, ev.Errors.Problem)
	}
	assert.Len(t, f.asked(), 1, "once it answers it goes with the others again")
}

func TestRunsThatTakeTooLongDoNotStarveOthers(t *testing.T) {
	f := newFake(t)
	stock(f)
	f.put(requests(stablePod, "200", steady(-70, 40, 100, 10)))
	f.put(bucket(stablePod, "1", steady(-70, 40, 100, 10)))
	f.put(bucket(stablePod, "+Inf", steady(-70, 40, 100, 10)))
	hanging(t, f, `[abc]-new`)
	s := source(t, f, func(o *Options) { o.QueryTimeout = 500 * time.Millisecond })
	subjects := append(three(), subject())
	for i := range subjects {
		subjects[i].Gates.LatencyQuantile, subjects[i].Gates.LatencyThreshold = .95, time.Second
	}
	for i := range 4 {
		ev := collect(t, s, second(110+15*i), subjects...)[3]
		assert.Equal(t, i >= 2, ev.Errors.Problem == nil, "collect %d", i)
		assert.Equal(t, i >= 2, ev.Latency.Problem == nil, "the latency, collect %d", i)
	}
}

func TestAnAnswerShowsThatPrometheusIsThere(t *testing.T) {
	f := newFake(t)
	stock(f)
	hanging(t, f, `(a|b|d)-new`)
	s := source(t, f, func(o *Options) { o.QueryTimeout, o.MaxSelector = 500*time.Millisecond, 1 })
	subjects := append(three(), subject(), subject())
	subjects[3].Deployment, subjects[3].Canary, subjects[3].Stable = "d", "d-new", "d-old"
	var seen []bool
	for _, ev := range collect(t, s, second(110), subjects...) {
		seen = append(seen, ev.Errors.Problem == nil)
	}
	assert.Equal(t, []bool{false, false, true, false, true}, seen)
}

func TestOneRunThatIsRefusedIsFoundOut(t *testing.T) {
	f := newFake(t)
	stock(f)
	f.set(func(w http.ResponseWriter, query string) bool {
		if strings.Contains(query, "b-new") {
			refuse(w, "execution", "too many samples")
			return true
		}
		return false
	})
	evidence := collect(t, source(t, f), second(40), three()...)
	assert.Nil(t, evidence[0].Errors.Problem)
	require.NotNil(t, evidence[1].Errors.Problem)
	assert.Equal(t, analysis.ReasonRefused, evidence[1].Errors.Problem.Reason)
	assert.Nil(t, evidence[2].Errors.Problem)
	canary, _ := sum(evidence[0].Errors)
	assert.InDelta(t, 1, canary.Requests, 0)
}

func TestTooManySeries(t *testing.T) {
	f := newFake(t)
	stock(f)
	for i := range 50 {
		labels, samples := requests("b-new-xxxxx", "200", steady(5, 40, 1, 1))
		f.put(with(labels, "path", fmt.Sprint(i)), samples)
	}
	evidence := collect(t, source(t, f, func(o *Options) { o.MaxSeries = 10 }), second(110), three()...)
	assert.Nil(t, evidence[0].Errors.Problem)
	require.NotNil(t, evidence[1].Errors.Problem)
	assert.Contains(t, evidence[1].Errors.Problem.Detail, "more series than allowed (10)")
	assert.Nil(t, evidence[2].Errors.Problem)
}

func TestTooMuchTimeIsAskedForInHalves(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 100, 1000, 10)))
	f.set(func(w http.ResponseWriter, query string) bool {
		var ms int
		_, err := fmt.Sscanf(query[strings.LastIndex(query, "[")+1:], "%dms", &ms)
		if err != nil || ms > 200_000 {
			refuse(w, "execution", "query would load too many samples")
			return true
		}
		return false
	})
	ev := collect(t, source(t, f), second(1200), subject())[0]
	assert.Nil(t, ev.Errors.Problem)
	f.set(nil)
	assert.Equal(t, collect(t, source(t, f), second(1200), subject())[0], ev)
}

func TestALongRunIsCaughtUpWithBitByBit(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 700, 1000, 10)))
	f.put(requests(canaryPod, "200", steady(5, 700, 1, 1)))
	s := source(t, f, func(o *Options) { o.MaxQueries, o.MaxRange = 2, 10*time.Minute })
	now := second(3600)
	ev := collect(t, s, now, subject())[0]
	assert.Equal(t, second(1200-75), ev.End, "two queries, ten minutes each")
	assert.Equal(t, analysis.ReasonStale, analysis.Judge(subject(), ev, now).Reason)
	for range 3 {
		ev = collect(t, s, now, subject())[0]
	}
	assert.Equal(t, second(3585), ev.End)
	assert.Equal(t, collect(t, source(t, f), now, subject())[0], ev)
}

func TestRunsFarApartDoNotShareAQuery(t *testing.T) {
	f := newFake(t)
	stock(f)
	subjects := three()
	subjects[1].Since = second(-3600)
	collect(t, source(t, f), second(110), subjects...)
	queries := f.asked()
	require.Len(t, queries, 4)
	for _, q := range queries[:3] {
		assert.Contains(t, q, "b-new", "the oldest first, 30 minutes at a time")
		assert.NotContains(t, q, "a-new")
	}
	assert.Contains(t, queries[3], "(a-new-|a-old-|c-new-|c-old-)")
}

func TestOptions(t *testing.T) {
	tests := map[string]struct {
		options Options
		message string
	}{
		"no address":            {Options{}, "no address"},
		"a relative address":    {Options{Address: "prometheus:9090"}, "want http://HOST:PORT"},
		"another scheme":        {Options{Address: "ftp://prometheus"}, "want http://HOST:PORT"},
		"an unreadable address": {Options{Address: "http://%zz"}, "address"},
		"a negative interval":   {Options{Address: "http://p", Interval: -time.Second}, "interval"},
		"a fine interval":       {Options{Address: "http://p", ScrapeInterval: time.Second + time.Microsecond}, "whole milliseconds"},
		"a negative bound":      {Options{Address: "http://p", MaxSeries: -1}, "can't be negative"},
		"a missing CA file":     {Options{Address: "https://p", CAFile: "/nowhere/ca.crt"}, "ca.crt"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			_, err := New(test.options)
			require.ErrorIs(t, err, errOptions)
			assert.ErrorContains(t, err, test.message)
		})
	}
	_, err := New(Options{Address: "ftp://user:secret@prometheus"})
	require.Error(t, err)
	assert.NotContains(t, err.Error(), "secret")
}

func TestTheTokenIsReadForEachQuery(t *testing.T) {
	f := newFake(t)
	file := filepath.Join(t.TempDir(), "token")
	s := source(t, f, func(o *Options) { o.BearerTokenFile = file })
	ev := collect(t, s, second(110), subject())[0]
	require.NotNil(t, ev.Errors.Problem, "without a token nothing is asked")
	assert.Equal(t, analysis.ReasonUnreachable, ev.Errors.Problem.Reason)
	for i, token := range []string{"first", "second"} {
		require.NoError(t, os.WriteFile(file, []byte(token), 0o600))
		collect(t, s, second(125+15*i), subject())
		assert.Equal(t, "Bearer "+token, f.forms[len(f.forms)-1].Get("Authorization"))
		assert.Equal(t, "sluice", f.forms[len(f.forms)-1].Get("User-Agent"))
	}
}

func TestTLS(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
	server := httptest.NewTLSServer(http.HandlerFunc(f.serve))
	t.Cleanup(server.Close)
	ca := filepath.Join(t.TempDir(), "ca.crt")
	require.NoError(t, os.WriteFile(ca, pemOf(server), 0o600))
	ev := collect(t, source(t, f, func(o *Options) { o.Address, o.CAFile = server.URL, ca }), second(110), subject())[0]
	assert.Nil(t, ev.Errors.Problem)
	ev = collect(t, source(t, f, func(o *Options) { o.Address = server.URL }), second(110), subject())[0]
	require.NotNil(t, ev.Errors.Problem, "an unknown certificate is not trusted")
	assert.Contains(t, ev.Errors.Problem.Detail, "certificate")
}

func TestOwnMetrics(t *testing.T) {
	f := newFake(t)
	f.put(requests(stablePod, "200", steady(-70, 20, 1000, 10)))
	registry := prometheus.NewPedanticRegistry()
	s := source(t, f, func(o *Options) { o.Registerer = registry })
	collect(t, s, second(110), subject())
	f.set(says(500, ""))
	collect(t, s, second(140), subject())
	require.NoError(t, testutil.GatherAndCompare(registry, strings.NewReader(`
# HELP sluice_prometheus_queries_total Queries sent to Prometheus, by what was asked for.
# TYPE sluice_prometheus_queries_total counter
sluice_prometheus_queries_total{kind="bounds"} 0
sluice_prometheus_queries_total{kind="control"} 0
sluice_prometheus_queries_total{kind="rule"} 0
sluice_prometheus_queries_total{kind="samples"} 2
# HELP sluice_prometheus_query_errors_total Queries without a usable answer, by reason.
# TYPE sluice_prometheus_query_errors_total counter
sluice_prometheus_query_errors_total{reason="MetricsUnreachable"} 1
sluice_prometheus_query_errors_total{reason="QueryRefused"} 0
`), "sluice_prometheus_queries_total", "sluice_prometheus_query_errors_total"))
	n, err := testutil.GatherAndCount(registry, "sluice_prometheus_query_duration_seconds")
	require.NoError(t, err)
	assert.Equal(t, 1, n)
	problems, err := testutil.GatherAndLint(registry)
	require.NoError(t, err)
	assert.Empty(t, problems)
}
