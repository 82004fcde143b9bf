package quickstart

import (
	"bufio"
	"context"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/test/cluster"
)

// The application as a process is what Sluice counts: it answers as its environment says, counts users and not scrapes, and ends in good
// order; and so is its load.
func TestTheApplication(t *testing.T) {
	t.Parallel()
	binary := filepath.Join(t.TempDir(), "app")
	build(t, "./examples/quickstart/app", binary)
	address := freeAddress(t)
	shop := start(t, binary, nil, "LISTEN="+address, "VERSION=v3", "ERROR_RATE=0.2", "LATENCY=20ms")
	url := "http://" + address
	require.Eventually(t, func() bool { return status(t, url+"/healthz") == http.StatusOK }, 20*time.Second, 20*time.Millisecond)

	users := start(t, binary, []string{"load", url + "/", "200"})
	said, err := users.out.ReadString('\n')
	require.NoError(t, err)
	assert.Regexp(t, `^v3: \d+, v3 failed: \d+\n$`, said)
	users.end(t)

	by := counted(t, url)
	assert.InDelta(t, 0.2, by["500"]/(by["200"]+by["500"]), 0.01, "errors are spread evenly")
	assert.InDelta(t, by["200"]+by["500"], by["count"], 0.1, "the histogram counts the same requests")
	assert.Less(t, by["0.01"], by["count"]/2, "the latency is what was asked for, but for users who left")
	shop.end(t)
}

// The configuration in prometheus.yaml is one that Prometheus takes.
func TestPrometheusTakesItsConfiguration(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "examples", "quickstart", "prometheus.yaml"))
	require.NoError(t, err)
	found := 0
	for document := range strings.SplitSeq(string(text), "\n---\n") {
		var object struct {
			Kind string
			Data map[string]string
		}
		require.NoError(t, yaml.Unmarshal([]byte(document), &object))
		if object.Kind != "ConfigMap" {
			continue
		}
		found++
		require.NotEmpty(t, object.Data["prometheus.yml"])
		file := filepath.Join(t.TempDir(), "prometheus.yml")
		require.NoError(t, os.WriteFile(file, []byte(object.Data["prometheus.yml"]), 0o600))
		promtool, err := filepath.Abs(filepath.Join(bin(), "promtool"))
		require.NoError(t, err)
		out, err := exec.CommandContext(t.Context(), promtool, "check", "config", "--syntax-only", file).CombinedOutput()
		require.NoError(t, err, "%s", out)
	}
	assert.Equal(t, 1, found)
}

// bin has what make tools has built.
func bin() string {
	if dir := os.Getenv(cluster.BinEnv); dir != "" {
		return dir
	}
	return filepath.Join(root, ".bin")
}

// process is one that runs.
type process struct {
	cmd *exec.Cmd
	out *bufio.Reader
}

func start(t *testing.T, binary string, args []string, env ...string) process {
	t.Helper()
	// Not bound to the test's context: it is to end in good order.
	cmd := exec.CommandContext(context.WithoutCancel(t.Context()), binary, args...)
	cmd.Env, cmd.Stderr = env, os.Stderr
	out, err := cmd.StdoutPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	t.Cleanup(func() { _ = cmd.Process.Kill() }) // one that has ended doesn't mind
	return process{cmd: cmd, out: bufio.NewReader(out)}
}

// end asks it to end, as a kubelet does.
func (p process) end(t *testing.T) {
	t.Helper()
	require.NoError(t, p.cmd.Process.Signal(syscall.SIGTERM))
	_, err := io.Copy(io.Discard, p.out)
	require.NoError(t, err)
	require.NoError(t, p.cmd.Wait())
}

// counted are the counters: requests by status, the histogram's buckets by their bounds, and its count.
func counted(t *testing.T, url string) map[string]float64 {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url+"/metrics", http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	require.NoError(t, err)
	defer response.Body.Close()
	parser := expfmt.NewTextParser(model.LegacyValidation)
	families, err := parser.TextToMetricFamilies(response.Body)
	require.NoError(t, err)
	by := map[string]float64{}
	for _, m := range families["http_requests_total"].GetMetric() {
		by[m.GetLabel()[0].GetValue()] = m.GetCounter().GetValue()
	}
	histogram := families["http_request_duration_seconds"].GetMetric()[0].GetHistogram()
	by["count"] = float64(histogram.GetSampleCount())
	for _, b := range histogram.GetBucket() {
		by[strconv.FormatFloat(b.GetUpperBound(), 'g', -1, 64)] = float64(b.GetCumulativeCount())
	}
	return by
}

// status is what a request is answered with; 0: not at all.
func status(t *testing.T, url string) int {
	t.Helper()
	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, http.NoBody)
	require.NoError(t, err)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func freeAddress(t *testing.T) string {
	t.Helper()
	var c net.ListenConfig
	l, err := c.Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	require.NoError(t, l.Close())
	return l.Addr().String()
}
