package mesh

import (
	"fmt"
	"io"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// scrape returns the lines of istio_requests_total, with the labels asked for, sorted.
func scrape(t *testing.T, m *Mesh, labels ...string) []string {
	t.Helper()
	var series []string
	for line := range strings.Lines(metricsPage(t, m)) {
		if !strings.HasPrefix(line, "istio_requests_total{") {
			continue
		}
		var parts []string
		for _, label := range labels {
			match := regexp.MustCompile(`[{,]` + label + `="([^"]*)"`).FindStringSubmatch(line)
			require.NotNil(t, match, "label %s in %s", label, line)
			parts = append(parts, match[1])
		}
		_, value, _ := strings.Cut(line, "} ")
		series = append(series, strings.Join(append(parts, strings.TrimSpace(value)), " "))
	}
	slices.Sort(series)
	return series
}

func metricsPage(t *testing.T, m *Mesh) string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://"+m.MetricsAddress()+"/metrics", http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer func() { require.NoError(t, response.Body.Close()) }()
	page, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	return string(page)
}

func TestMetricsOfBothReporters(t *testing.T) {
	pods := []*testPod{
		startPod(t, "shop", "v1", "10.244.250.11", ok),
		startPod(t, "shop-canary", "v2", "10.244.250.12", injected),
	}
	objects := objectsOf(pods, "shop", "shop-canary")
	objects.VirtualServices = []*networkingv1.VirtualService{virtualService(t, "prod", "shop", 0,
		`spec: {hosts: [shop], http: [{match: [{uri: {exact: /new}}], route: [{destination: {host: shop-canary}}]}, {route: [{destination: {host: shop}}]}]}`)}
	m := testMesh(t, objects)
	for range 3 {
		call(t, m, "shop", "/")
	}
	call(t, m, "shop", "/new")

	assert.Equal(t, []string{
		"destination shop-canary-v2-10.244.250.12 shop-canary 500 - load-generator mutual_tls 1",
		"destination shop-v1-10.244.250.11 shop 200 - load-generator mutual_tls 3",
		"source load-generator-0 shop 200 - load-generator unknown 3",
		"source load-generator-0 shop-canary 500 - load-generator unknown 1",
	}, scrape(t, m, "reporter", "pod", "destination_service_name", "response_code", "response_flags", "source_workload", "connection_security_policy"))
	assert.Equal(t, []string{
		"shop-canary.prod.svc.cluster.local prod shop prod shop unknown http prod 1",
		"shop-canary.prod.svc.cluster.local prod shop prod shop unknown http prod 1",
		"shop.prod.svc.cluster.local prod shop prod shop unknown http prod 3",
		"shop.prod.svc.cluster.local prod shop prod shop unknown http prod 3",
	}, scrape(t, m, "destination_service", "destination_service_namespace", "destination_workload", "destination_workload_namespace",
		"destination_app", "destination_version", "request_protocol", "namespace"))
}

func TestMetricsOfRequestsThatNoPodAnswers(t *testing.T) {
	pods := []*testPod{startPod(t, "gone", "v1", "10.244.250.13", ok), startPod(t, "dies", "v1", "10.244.250.14", hangUp), startPod(t, "slow", "v1", "10.244.250.15", hang)}
	pods[0].server.Close()
	objects := objectsOf(pods, "gone", "dies", "slow", "empty")
	objects.VirtualServices = []*networkingv1.VirtualService{virtualService(t, "prod", "slow", 0,
		`spec: {hosts: [slow], http: [{timeout: 0.05s, route: [{destination: {host: slow}}]}]}`)}
	m := testMesh(t, objects)
	for _, host := range []string{"gone", "dies", "slow", "empty", "nowhere.prod"} {
		call(t, m, host, "/")
	}
	assert.Equal(t, []string{
		"destination slow 0 DC shop 1",
		"source dies 503 UC shop 1",
		"source empty 503 UH unknown 1",
		"source gone 503 UF shop 1",
		"source nowhere 503 NC unknown 1",
		"source slow 504 UT shop 1",
	}, scrape(t, m, "reporter", "destination_service_name", "response_code", "response_flags", "destination_workload"))
}

func TestMetricsOfAClientOutsideTheMesh(t *testing.T) {
	m := testMesh(t, objectsOf([]*testPod{startPod(t, "shop", "v1", "10.244.250.16", ok)}, "shop"))
	_, err := m.DirectDo(t.Context(), "prod", "shop", "/", nil)
	require.NoError(t, err)
	assert.Equal(t, []string{"destination unknown none 1"}, scrape(t, m, "reporter", "source_workload", "connection_security_policy"))
}

func TestDurationIsInMillisecondsInIstiosBuckets(t *testing.T) {
	e := newExporter()
	e.observe(exchange{inMesh: true, response: Response{Status: 200, Latency: 700 * time.Millisecond}})
	families, err := e.registry.Gather()
	require.NoError(t, err)
	require.Equal(t, "istio_request_duration_milliseconds", families[0].GetName())
	histogram := families[0].GetMetric()[0].GetHistogram()
	assert.InDelta(t, 700, histogram.GetSampleSum(), 1e-9)
	var bounds []string
	for _, bucket := range histogram.GetBucket() {
		bounds = append(bounds, fmt.Sprintf("%g:%d", bucket.GetUpperBound(), bucket.GetCumulativeCount()))
	}
	assert.Equal(t, "0.5:0 1:0 5:0 10:0 25:0 50:0 100:0 250:0 500:0 1000:1 2500:1 5000:1 10000:1 30000:1 60000:1 300000:1 600000:1 1.8e+06:1 3.6e+06:1",
		strings.Join(bounds, " "))
}

func TestSeriesOfVanishedPodsEnd(t *testing.T) {
	pods := []*testPod{startPod(t, "shop", "v1", "10.244.250.17", ok), startPod(t, "web", "v1", "10.244.250.18", ok)}
	m := testMesh(t, objectsOf(pods, "shop", "web"))
	call(t, m, "shop", "/")
	call(t, m, "web", "/")
	destinations := func() (names []string) {
		for _, line := range scrape(t, m, "reporter", "destination_service_name") {
			if name, ok := strings.CutPrefix(line, "destination "); ok {
				names = append(names, name)
			}
		}
		return names
	}

	vanished := time.Now()
	m.exporter.setPods(objectsOf(pods[1:]).Pods, vanished)
	m.exporter.expire(vanished.Add(seriesRetention - time.Second))
	assert.Equal(t, []string{"shop 1", "web 1"}, destinations())
	m.exporter.setPods(objectsOf(pods[1:]).Pods, vanished.Add(20*time.Second)) // another change doesn't prolong it
	m.exporter.expire(vanished.Add(seriesRetention))
	assert.Equal(t, []string{"web 1"}, destinations())
	assert.NotContains(t, metricsPage(t, m), pods[0].name(), "its histograms end as well")

	// A last answer that comes after its pod has gone is counted, and ends as well.
	call(t, m, "shop", "/")
	assert.Equal(t, []string{"shop 1", "web 1"}, destinations())
	m.exporter.expire(time.Now().Add(seriesRetention))
	assert.Equal(t, []string{"web 1"}, destinations())
}

func TestSeriesOfClientsInDesertedNamespacesEnd(t *testing.T) {
	pods := []*testPod{startPod(t, "shop", "v1", "10.244.250.19", ok)}
	m := testMesh(t, objectsOf(pods, "shop"))
	call(t, m, "shop", "/")
	sources := func() int { return strings.Count(metricsPage(t, m), `reporter="source"`) }
	all := sources()
	assert.Positive(t, all)

	m.exporter.expire(time.Now().Add(seriesRetention))
	assert.Equal(t, all, sources(), "while there are pods, a client may come back any time")
	m.exporter.setPods(nil, time.Now())
	m.exporter.expire(time.Now())
	assert.Equal(t, all, sources(), "the last requests have yet to be scraped")
	m.exporter.expire(time.Now().Add(seriesRetention))
	assert.Zero(t, sources())
}
