package main

import (
	"regexp"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/dynamic/fake"

	source "github.com/sluice-dev/sluice/pkg/analysis/prometheus"
	"github.com/sluice-dev/sluice/pkg/controller"
	"github.com/sluice-dev/sluice/pkg/metrics"
)

// desc takes a description apart (github.com/prometheus/client_golang v1.25.0, prometheus/desc.go, Desc.String).
var desc = regexp.MustCompile(`^Desc\{fqName: "(\w+)", help: "(.*)", unit: "", constLabels: \{\}, variableLabels: \{([^}]*)\}\}$`)

func TestTheCatalogueHasEveryMetricThatIsRegistered(t *testing.T) {
	t.Parallel()
	registry := prometheus.NewPedanticRegistry()
	from, err := source.New(source.Options{
		Address: "http://prometheus:9090", QueryTimeout: time.Second, Interval: time.Second, ScrapeInterval: time.Second, Registerer: registry,
	})
	require.NoError(t, err)
	_, err = controller.New(controller.Options{
		Client: fake.NewSimpleDynamicClient(runtime.NewScheme()), Log: zap.NewNop(), Registerer: registry, Version: "v1", Source: from,
	})
	require.NoError(t, err)
	metrics.NewWebhook(registry)

	type entry struct{ help, labels string }
	want, got := map[string]entry{}, map[string]entry{}
	for _, m := range metrics.Catalogue() {
		labels := ""
		for i, l := range m.Labels {
			if i > 0 {
				labels += ","
			}
			labels += l.Name
		}
		want[m.Name] = entry{m.Help, labels}
	}
	all := make(chan *prometheus.Desc)
	go func() { defer close(all); registry.Describe(all) }()
	for d := range all {
		parts := desc.FindStringSubmatch(d.String())
		require.NotEmpty(t, parts, d.String())
		got[parts[1]] = entry{parts[2], parts[3]}
	}
	assert.Equal(t, want, got)
}
