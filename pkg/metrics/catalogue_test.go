package metrics

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write docs/metrics.md")

const page = "../../docs/metrics.md"

func TestThePageIsTheCatalogue(t *testing.T) {
	t.Parallel()
	if *update {
		require.NoError(t, os.WriteFile(page, []byte(Markdown()), 0o600))
	}
	have, err := os.ReadFile(page)
	require.NoError(t, err)
	assert.Equal(t, Markdown(), string(have), "go test ./pkg/metrics -update writes it anew")
}

func TestTheCatalogueIsSound(t *testing.T) {
	t.Parallel()
	seen := map[string]bool{}
	for _, m := range Catalogue() {
		assert.False(t, seen[m.Name], "%s is there twice", m.Name)
		seen[m.Name] = true
		assert.Regexp(t, `^sluice_[a-z0-9_]+$`, m.Name)
		assert.Regexp(t, `^[A-Z0-9].*\.$`, m.Help, m.Name)
		assert.NotEmpty(t, m.When, m.Name)
		assert.Equal(t, m.Kind == Histogram, len(m.Buckets) > 0, m.Name)
		assert.True(t, slices.IsSorted(m.Buckets), m.Name)
		assert.Equal(t, m.Kind == Counter, strings.HasSuffix(m.Name, "_total"), m.Name)
		if m.labelled("deployment") {
			assert.Equal(t, []string{"namespace", "deployment"}, m.names()[:2], m.Name)
		}
	}
}

// served is everything that this package registers, with a rollout in each state.
func served(t *testing.T) *prometheus.Registry {
	t.Helper()
	registry := prometheus.NewPedanticRegistry()
	NewProcess(registry, "v1").Wrote("services")
	NewQueue(registry)
	NewWebhook(registry).Delivered(time.Second, "delivered")
	m := NewRollouts(registry)
	for _, r := range scenes() {
		m.Seen(r)
	}
	m.Happened(reverted())
	return registry
}

func TestWhatIsServedIsWhatTheCatalogueSays(t *testing.T) {
	t.Parallel()
	families, err := served(t).Gather()
	require.NoError(t, err)
	kinds := map[dto.MetricType]Kind{dto.MetricType_GAUGE: Gauge, dto.MetricType_COUNTER: Counter, dto.MetricType_HISTOGRAM: Histogram}
	var got []string
	for _, f := range families {
		m := of(f.GetName())
		assert.Equal(t, m.Kind, kinds[f.GetType()], f.GetName())
		assert.Equal(t, m.Help, f.GetHelp(), f.GetName())
		var labels []string
		for _, l := range f.GetMetric()[0].GetLabel() {
			labels = append(labels, l.GetName())
		}
		assert.ElementsMatch(t, m.names(), labels, f.GetName())
		got = append(got, f.GetName())
	}
	var want []string
	for _, m := range Catalogue() {
		if m.When != Queried { // these are pkg/analysis/prometheus's
			want = append(want, m.Name)
		}
	}
	assert.ElementsMatch(t, want, got)
}

func TestPromlintHasNothingToSay(t *testing.T) {
	t.Parallel()
	problems, err := testutil.GatherAndLint(served(t))
	require.NoError(t, err)
	assert.Empty(t, problems)
}
