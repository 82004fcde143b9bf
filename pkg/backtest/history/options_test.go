package history

import (
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
)

func begin() time.Time { return time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC) }

func options() Options {
	return Options{
		Address: "http://localhost:9090", Namespace: "shop", Deployment: "shop", From: begin(), Until: begin().Add(time.Hour), Spec: spec.Default(),
	}
}

func TestOptionsThatCantBe(t *testing.T) {
	for sentence, c := range map[string]struct {
		change func(*Options)
		want   string
	}{
		"a name whose pods can't be told apart": {func(o *Options) { o.Deployment = strings.Repeat("a", 47) }, "the names of its pods are cut off"},
		"an end before the start":               {func(o *Options) { o.Until = o.From }, "before it begins"},
		"a negative timeout":                    {func(o *Options) { o.QueryTimeout = -1 }, "can't be negative"},
		"no steps":                              {func(o *Options) { o.Spec.Steps = nil }, "no steps"},
		"a file that isn't there":               {func(o *Options) { o.CAFile = "/nowhere/ca.pem" }, "/nowhere/ca.pem"},
	} {
		t.Run(sentence, func(t *testing.T) {
			o := options()
			c.change(&o)
			report, err := Replay(t.Context(), o)
			require.ErrorIs(t, err, errOptions)
			require.ErrorContains(t, err, c.want)
			assert.Nil(t, report)
		})
	}
}

func TestNamesInQueriesAreQuoted(t *testing.T) {
	p := newPods("shop", "my.shop", spec.Selector{Metric: "m", Matchers: []spec.Matcher{{Label: "side", Op: spec.MatchNotEqual, Value: `"x"`}}})
	assert.Equal(t, `group by (sluice_hash) (label_replace(group by (pod) (present_over_time(m{namespace="shop",`+
		`pod=~"my\\.shop-([bcdfghjklmnpqrstvwxz2456789]{1,10})-[a-z0-9]{5}",side!="\"x\""}[300000ms])), "sluice_hash", "$1", "pod", `+
		`"my\\.shop-([bcdfghjklmnpqrstvwxz2456789]{1,10})-[a-z0-9]{5}"))`, p.present(coarse))
}

func TestTheUsersMetricsComeFirst(t *testing.T) {
	s := spec.Default()
	metric := func(n int) string { return candidates(&s)[n].String() }
	assert.Equal(t, "http_requests_total", metric(0))
	assert.Equal(t, `istio_requests_total{reporter="destination"}`, metric(1))
	s.Metrics.Latency.Metric = "rpc_seconds_bucket"
	assert.Equal(t, `rpc_seconds_bucket{le="+Inf"}`, metric(0))
	s.Metrics.Requests.Metric = "rpc_total"
	assert.Equal(t, "rpc_total", metric(0))
}

func TestBoundsOfIntervalsAreCountedFromTheUnixEpoch(t *testing.T) {
	at := time.Unix(1_000_003, 0)
	assert.Equal(t, time.Unix(1_000_000, 0).UTC(), floor(at, 10*time.Second))
	assert.Equal(t, time.Unix(1_000_010, 0).UTC(), ceil(at, 10*time.Second))
	assert.Equal(t, int64(0), floor(at, 7*time.Second).Unix()%7)
	assert.Equal(t, time.Unix(1_000_000, 0), ceil(time.Unix(1_000_000, 0), 10*time.Second))
}
