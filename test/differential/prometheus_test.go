package differential

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/cluster"
)

// base is where histories begin: a multiple of every interval used here.
var base = time.Date(2026, 3, 1, 12, 0, 0, 0, time.UTC)

// history is what a Prometheus has scraped.
type history struct{ series []*series }

type series struct {
	labels map[string]string
	points []point
}

type point struct {
	at    time.Time
	value float64
}

// add adds a series.
func (h *history) add(labels map[string]string, points ...point) *series {
	s := &series{labels: labels, points: points}
	h.series = append(h.series, s)
	return s
}

// name is a series as it is written.
func (s *series) name() string {
	var labels []string
	for _, label := range slices.Sorted(maps.Keys(s.labels)) {
		if label != "__name__" {
			labels = append(labels, label+"="+strconv.Quote(s.labels[label]))
		}
	}
	return s.labels["__name__"] + "{" + strings.Join(labels, ",") + "}"
}

// openMetrics is the history in the format that promtool writes into a store.
func (h *history) openMetrics() []byte {
	sorted := slices.Clone(h.series)
	slices.SortStableFunc(sorted, func(a, b *series) int { return strings.Compare(a.name(), b.name()) })
	var text bytes.Buffer
	for _, s := range sorted {
		name := s.name()
		for _, p := range s.points {
			fmt.Fprintf(&text, "%s %s %d.%03d\n", name, strconv.FormatFloat(p.value, 'g', -1, 64), p.at.Unix(), p.at.Nanosecond()/1e6)
		}
	}
	text.WriteString("# EOF\n")
	return text.Bytes()
}

// binary is the path of a tool.
func binary(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv(cluster.BinEnv)
	if dir == "" {
		dir = filepath.Join("..", "..", ".bin")
	}
	path, err := filepath.Abs(filepath.Join(dir, name))
	require.NoError(t, err)
	require.FileExists(t, path, "`make tools` builds it")
	return path
}

// promtool runs it and returns what it said.
func promtool(t *testing.T, args ...string) (string, error) {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), binary(t, "promtool"), args...).CombinedOutput()
	return string(out), err
}

// serve starts a Prometheus that has the history and maybe rules, for as long as the test runs, and returns its address.
func (h *history) serve(t *testing.T, ruleFiles ...string) string {
	t.Helper()
	dir := t.TempDir()
	metrics, store := filepath.Join(dir, "metrics.txt"), filepath.Join(dir, "store")
	require.NoError(t, os.WriteFile(metrics, h.openMetrics(), 0o600))
	out, err := promtool(t, "tsdb", "create-blocks-from", "openmetrics", "--quiet", metrics, store)
	require.NoError(t, err, out)
	config := filepath.Join(dir, "prometheus.yaml")
	settings, err := json.Marshal(map[string]any{"rule_files": ruleFiles})
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(config, settings, 0o600))

	listener, err := net.Listen("tcp", "127.0.0.1:0")
	require.NoError(t, err)
	address := listener.Addr().String()
	require.NoError(t, listener.Close())

	var log bytes.Buffer
	cmd := exec.Command(binary(t, "prometheus"), "--config.file="+config, "--storage.tsdb.path="+store,
		"--storage.tsdb.retention.time=100y", "--web.listen-address="+address, "--log.level=warn")
	cmd.Stdout, cmd.Stderr = &log, &log
	require.NoError(t, cmd.Start())
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	ticker := time.NewTicker(20 * time.Millisecond) // a starting process offers nothing to wait on
	defer ticker.Stop()
	for !ready(ctx, "http://"+address+"/-/ready") {
		select {
		case <-ticker.C:
		case err := <-ended:
			ended <- err
			require.FailNow(t, "Prometheus ended", "%v\n%s", err, log.String())
		case <-ctx.Done():
			require.FailNow(t, "Prometheus did not get ready")
		}
	}
	return "http://" + address
}

func ready(ctx context.Context, url string) bool {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return false
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return false
	}
	defer resp.Body.Close()
	return resp.StatusCode == http.StatusOK
}
