package dashboards

import (
	"math"

	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// shows looks at what panels say about the two runs: that a query has data doesn't yet mean that it is right.
func (s *stage) shows() {
	s.Helper()
	var analysis board
	for _, b := range chartBoards(s.T) {
		if b.UID == "sluice-rollout-analysis" {
			analysis = b
		}
	}
	for _, family := range []struct{ requests, latency string }{
		{"http_requests_total", "http_request_duration_seconds_bucket"},
		{"istio_requests_total", "istio_request_duration_milliseconds_bucket"},
	} {
		answers := s.run(analysis, map[string]string{
			"datasource": "prometheus", "namespace": namespace, "deployment": name, "gate": "error-rate", "quantile": "0.95",
			"requests": family.requests, "latency": family.latency,
		}, nil)
		of := func(key, version string) (least, most float64) {
			s.Helper()
			for _, series := range answers[key] {
				if string(series.Metric["version"]) == version {
					return span(series)
				}
			}
			require.Fail(s, "no series", "%s of %s in %v", version, key, answers[key])
			return 0, 0
		}
		_, most := of("Error rate A", "canary")
		assert.Greater(s, most, 0.1, "error rate of the aborted canary by %s: %s, of few requests", family.requests, failing)
		assert.LessOrEqual(s, most, 1.0, "it is a share")
		_, most = of("Error rate A", "stable")
		assert.Zero(s, most, "error rate of stable by %s", family.requests)
		for _, version := range []string{"canary", "stable"} {
			_, most = of("Response time, quantile $quantile A", version)
			assert.Greater(s, most, 0.004, "95th percentile of %s by %s, in seconds", version, family.latency)
			assert.Less(s, most, 3.0, "95th percentile of %s by %s, in seconds", version, family.latency)
			_, most = of("Requests A", version)
			assert.Greater(s, most, 0.2*load, "%s had more than a tenth of the requests, which is less than all on a busy machine", version)
			assert.Less(s, most, 1.5*load, "no request is counted twice by %s", family.requests)
		}
	}
	answers := s.run(analysis, map[string]string{
		"datasource": "prometheus", "namespace": namespace, "deployment": name, "gate": "error-rate", "quantile": "0.95",
		"requests": "http_requests_total", "latency": "http_request_duration_seconds_bucket",
	}, nil)
	_, most := span(answers["Weight over time A"][0])
	assert.InDelta(s, 1, most, 1e-9, "the promoted run got all traffic")
	least, most := span(answers["Phase A"][0])
	assert.Equal(s, []float64{6, 6}, []float64{least, most}, "the stat shows Aborted")
	started, promoted, aborted := answers["marker Start"], answers["marker Promoted"], answers["marker Aborted"]
	first, second := span(started[0])
	end, _ := span(promoted[0])
	gone, _ := span(aborted[0])
	assert.Less(s, float64(s.began.UnixMilli()), first, "markers are in milliseconds")
	assert.IsIncreasing(s, []float64{first, end, second, gone}, "started, promoted, started, aborted")
}

// span is the least and the largest number of a series.
func span(series *model.SampleStream) (least, most float64) {
	least, most = float64(series.Values[0].Value), float64(series.Values[0].Value)
	for _, pair := range series.Values {
		if !math.IsNaN(float64(pair.Value)) {
			least, most = min(least, float64(pair.Value)), max(most, float64(pair.Value))
		}
	}
	return least, most
}
