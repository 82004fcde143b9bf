package quickstart

import (
	"context"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/test/cluster"
)

// scrapes runs a Prometheus with the configuration of prometheus.yaml, and asserts that Sluice finds in it what it asks for: the series of
// every pod of shop, with the labels namespace and pod, and nothing of the load.
func (s *story) scrapes() {
	s.Helper()
	address := freeAddress(s.T)
	dir := s.TempDir()
	config := filepath.Join(dir, "prometheus.yml")
	require.NoError(s, os.WriteFile(config, []byte(s.here(shippedConfig(s.T))), 0o600))
	ctx, stop := context.WithCancel(s.ctx)
	cmd := exec.CommandContext(ctx, filepath.Join(bin(), "prometheus"), "--config.file="+config, "--storage.tsdb.path="+dir,
		"--web.listen-address="+address, "--scrape.discovery-reload-interval=100ms", "--log.level=warn")
	cmd.Stderr = os.Stderr
	require.NoError(s, cmd.Start())
	defer func() {
		stop()
		_ = cmd.Wait() // it was ended by us
	}()

	var found []map[string]string
	require.Eventually(s, func() bool {
		found = series(s.T, "http://"+address, "http_requests_total")
		return len(found) >= 3
	}, 20*time.Second, 100*time.Millisecond)
	pods := map[string]bool{}
	for _, labels := range found {
		assert.Equal(s, "shop", labels["namespace"])
		assert.Regexp(s, `^shop-[a-z0-9]+-[a-z0-9]+$`, labels["pod"])
		pods[labels["pod"]] = true
	}
	assert.Len(s, pods, 3)
	assert.Len(s, series(s.T, "http://"+address, "up"), 3, "only the pods of shop are scraped")
}

// shippedConfig is what the ConfigMap of prometheus.yaml has.
func shippedConfig(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, "examples", "quickstart", "prometheus.yaml"))
	require.NoError(t, err)
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var m corev1.ConfigMap
		require.NoError(t, yaml.Unmarshal([]byte(document), &m))
		if m.Kind == "ConfigMap" {
			return m.Data["prometheus.yml"]
		}
	}
	require.Fail(t, "no ConfigMap")
	return ""
}

// here makes the configuration fit a Prometheus that isn't in a pod: it gets a kubeconfig, finds pods at the loopback addresses where
// they are served, and scrapes each second. What is scraped and how it is labelled stays.
func (s *story) here(config string) string {
	s.Helper()
	for _, change := range [][2]string{
		{"scrape_interval: 5s", "scrape_interval: 1s"},
		{"- role: pod\n", "- role: pod\n        kubeconfig_file: " + s.plane.Kubeconfig(cluster.Admin) + "\n"},
		{"relabel_configs:\n", "relabel_configs:\n" +
			`      - {source_labels: [__address__], regex: '10\.244\.(.+)', target_label: __address__, replacement: '127.244.$1'}` + "\n"},
	} {
		require.Contains(s, config, change[0])
		config = strings.Replace(config, change[0], change[1], 1)
	}
	return config
}

// series are the labels of those that a query finds now; none while Prometheus doesn't answer.
func series(t *testing.T, prometheus, query string) []map[string]string {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, prometheus+"/api/v1/query?query="+url.QueryEscape(query), http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return nil
	}
	defer response.Body.Close()
	var answer struct {
		Data struct {
			Result []struct{ Metric map[string]string }
		}
	}
	if json.NewDecoder(response.Body).Decode(&answer) != nil {
		return nil // it is starting
	}
	var all []map[string]string
	for _, r := range answer.Data.Result {
		all = append(all, r.Metric)
	}
	return all
}
