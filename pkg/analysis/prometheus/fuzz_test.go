package prometheus

import (
	"encoding/json"
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/prometheus/client_golang/api"
	apiv1 "github.com/prometheus/client_golang/api/prometheus/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis"
)

// says answers every question alike, without a network.
type saysAlways string

func (s saysAlways) RoundTrip(r *http.Request) (*http.Response, error) {
	return &http.Response{
		StatusCode: http.StatusOK, Header: http.Header{}, Request: r, Body: io.NopCloser(strings.NewReader(string(s))),
	}, nil
}

// told is a Source that always gets the same answer.
func told(t *testing.T, answer string) *Source {
	t.Helper()
	s, err := New(Options{Address: "http://prometheus"})
	require.NoError(t, err)
	client, err := api.NewClient(api.Config{Address: "http://prometheus", RoundTripper: saysAlways(answer)})
	require.NoError(t, err)
	s.api = apiv1.NewAPI(client)
	return s
}

// everything is a subject with gates of all kinds.
func everything() analysis.Subject {
	sub := subject()
	sub.Gates.LatencyQuantile, sub.Gates.LatencyThreshold = .95, time.Second
	sub.Gates.Reach = &analysis.Reach{Canary: "shop-canary", Stable: "shop"}
	grouped := lifted(equal("status", "500"))
	grouped.Lifted.Without = true
	sub.Gates.Alerts = []analysis.Alert{grouped, scopedRule(equal("status", "500"))}
	return sub
}

// Whatever Prometheus answers, there is no panic, and the same answer is the same evidence.
func FuzzAnswers(f *testing.F) {
	f.Add("matrix", "pod", "shop-new-aaaaa", "status", "500", "1", int64(60_000))
	f.Add("matrix", "le", "1.0", "pod", "shop-old-bbbbb", "NaN", int64(-1))
	f.Add("vector", "le", "+Inf", "pod", "shop-old-bbbbb", "1e999", int64(1)<<62)
	f.Add("matrix", "sluice_id", "0", "sluice_id", "1", "-Inf", int64(0))
	f.Add("scalar", "", "", "\xff", "\x00", "", int64(0))
	f.Fuzz(func(t *testing.T, kind, name1, value1, name2, value2, number string, after int64) {
		at := float64(start.UnixMilli()+after%1_000_000_000_000) / 1000
		sample := []any{at, number}
		one := map[string]any{
			"metric": map[string]string{"namespace": "shop", name1: value1, name2: value2}, "value": sample, "values": []any{sample, sample},
		}
		both := []any{one}
		for _, pod := range []string{canaryPod, stablePod} {
			both = append(both, map[string]any{
				"metric": map[string]string{"namespace": "shop", "pod": pod, name1: value1, name2: value2}, "value": sample,
				"values": []any{[]any{at - 15, "1"}, sample},
			})
		}
		answer, err := json.Marshal(map[string]any{"status": "success", "data": map[string]any{"resultType": kind, "result": both}})
		require.NoError(t, err)
		sub := everything()
		now := start.Add(2 * time.Minute)
		ev := collect(t, told(t, string(answer)), now.Add(0), sub)[0]
		assert.Equal(t, ev, collect(t, told(t, string(answer)), now, sub)[0])
		assert.NotEqual(t, analysis.Pass, analysis.Judge(sub, ev, now).Outcome)
	})
}

// FuzzBody gives bodies that need not even be JSON.
func FuzzBody(f *testing.F) {
	f.Add([]byte(`{"status":"success","data":{"resultType":"matrix","result":[{"metric":{"pod":"shop-old-bbbbb"},"values":[[1,"1"]]}]}}`))
	f.Add([]byte(`{"status":"success","data":{"resultType":"matrix","result":[{"histograms":[[1,{}]]}]}}`))
	f.Add([]byte(`{"status":"success","data":{"resultType":"vector","result":[null,{"metric":null}]}}`))
	f.Add([]byte(`{"status":"success","data":{"resultType":"matrix","result":[null]}}`))
	f.Add([]byte(`null`))
	f.Fuzz(func(t *testing.T, body []byte) {
		ev := collect(t, told(t, string(body)), second(110), everything())[0]
		assert.NotEqual(t, analysis.Pass, analysis.Judge(everything(), ev, second(110)).Outcome)
	})
}

func TestAMillionSeriesAreNotReadToTheirEnd(t *testing.T) {
	const limit = 1 << 20
	f := newFake(t)
	var most atomic.Int64
	f.set(func(w http.ResponseWriter, _ string) bool {
		written, _ := w.Write([]byte(`{"status":"success","data":{"resultType":"matrix","result":[`))
		defer func() { most.Store(max(most.Load(), int64(written))) }()
		for i := range 1_000_000 {
			n, err := w.Write([]byte(`{"metric":{"namespace":"shop","pod":"shop-old-bbbbb","path":"` + strconv.Itoa(i) + `"},"values":[[1,"1"]]},`))
			if written += n; err != nil {
				return true
			}
		}
		return true
	})
	ev := collect(t, source(t, f, func(o *Options) { o.MaxResponse = limit }), second(40), subject())[0]
	require.NotNil(t, ev.Errors.Problem)
	assert.Equal(t, analysis.ReasonRefused, ev.Errors.Problem.Reason)
	f.Close() // waits for the answers that were given up
	assert.Positive(t, most.Load())
	assert.Less(t, most.Load(), int64(50*limit), "what nobody reads is not sent; all would be 90 MB")
}
