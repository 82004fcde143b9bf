package prometheus

import (
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/analysis/rules"
)

func TestRulesThatPrometheusHasLoaded(t *testing.T) {
	t.Parallel()
	const loaded = `{"status":"success","data":{"groups":[{"name":"g","file":"/etc/app.yaml","interval":60,"rules":[
		{"state":"inactive","name":"A","query":"up == 0","duration":300,"labels":{"severity":"page"},"annotations":{"summary":"s"},"alerts":[],"health":"ok","evaluationTime":0.1,"lastEvaluation":"2026-01-01T00:00:00Z","type":"alerting"},
		{"state":"inactive","name":"Long","query":"up","duration":1e300,"alerts":[],"health":"ok","evaluationTime":0,"lastEvaluation":"2026-01-01T00:00:00Z","type":"alerting"},
		{"name":"job:up:sum","query":"sum by (job) (up)","labels":{"a":"b"},"health":"ok","evaluationTime":0,"lastEvaluation":"2026-01-01T00:00:00Z","type":"recording"}]}]}}`
	answer, status := loaded, http.StatusOK
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		assert.Equal(t, "/api/v1/rules", r.URL.Path)
		w.WriteHeader(status)
		_, err := w.Write([]byte(answer))
		assert.NoError(t, err)
	}))
	t.Cleanup(server.Close)
	source, err := New(Options{Address: server.URL})
	require.NoError(t, err)

	set, err := source.Rules(t.Context())
	require.NoError(t, err)
	none := map[string]string{}
	assert.Equal(t, rules.Set{
		Alerts: []rules.Rule{
			{
				Name: "A", Expr: "up == 0", For: 5 * time.Minute, Labels: map[string]string{"severity": "page"},
				Annotations: map[string]string{"summary": "s"}, Group: "g", Source: "Prometheus, /etc/app.yaml",
			},
			{Name: "Long", Expr: "up", For: 1<<63 - 1, Labels: none, Annotations: none, Group: "g", Source: "Prometheus, /etc/app.yaml"},
		},
		Recordings: []rules.Recording{{Record: "job:up:sum", Expr: "sum by (job) (up)", Labels: map[string]string{"a": "b"}}},
	}, set)

	answer, status = "out of memory", http.StatusInternalServerError
	_, err = source.Rules(t.Context())
	require.Error(t, err)
}
