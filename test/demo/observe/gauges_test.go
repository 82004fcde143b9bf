package observe

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

const metrics = `
# TYPE sluice_rollout_phase gauge
sluice_rollout_phase{deployment="shop",namespace="demo",phase="Held"} 1
sluice_rollout_phase{deployment="shop",namespace="demo",phase="AtRest"} 0
sluice_rollout_phase{deployment="shop",namespace="other",phase="Aborted"} 1
# TYPE sluice_gate_evidence_log10 gauge
sluice_gate_evidence_log10{deployment="shop",for="abort",gate="latency",namespace="demo"} 1.5
sluice_gate_evidence_log10{deployment="shop",for="promote",gate="latency",namespace="demo"} -0.5
# TYPE sluice_gate_evidence_limit_log10 gauge
sluice_gate_evidence_limit_log10{deployment="shop",for="abort",gate="latency",namespace="demo"} 2.6
# TYPE sluice_gate_threshold gauge
sluice_gate_threshold{deployment="shop",gate="latency",namespace="demo"} 0.05
# TYPE sluice_gate_value gauge
sluice_gate_value{deployment="shop",gate="latency",namespace="demo",version="canary"} 0.2
sluice_gate_value{deployment="shop",gate="latency",namespace="demo",version="stable"} 0.01
`

func TestParseGauges(t *testing.T) {
	g, err := parseGauges(strings.NewReader(metrics), "demo", "shop")
	require.NoError(t, err)
	assert.Equal(t, Gauges{Phase: "Held", Gates: map[string]Gate{"latency": {
		Threshold: .05, Canary: .2, Stable: .01, Abort: Evidence{1.5, 2.6}, Promote: Evidence{Log10E: -.5},
	}}}, g)

	_, err = parseGauges(strings.NewReader("not metrics"), "demo", "shop")
	assert.Error(t, err)
}

func TestAsk(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		query := r.URL.Query().Get("query")
		value := map[bool]string{true: "6", false: "31"}[strings.Contains(query, "5..")]
		if strings.Contains(query, "bucket") {
			_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[]}}`))
			return
		}
		assert.Contains(t, query, `namespace="demo",pod=~"shop-abc-.+"`)
		_, _ = w.Write([]byte(`{"status":"success","data":{"resultType":"vector","result":[{"metric":{},"value":[1.5,"` + value + `"]}]}}`))
	}))
	defer server.Close()
	got, err := ask(t.Context(), server.URL, "demo", "shop-abc")
	require.NoError(t, err)
	assert.Equal(t, Counts{ReplicaSet: "shop-abc", Requests: 31, Failed: 6}, got)

	server.Close()
	_, err = ask(t.Context(), server.URL, "demo", "shop-abc")
	assert.Error(t, err)
}
