package backtest

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// binary is one of the tools that make builds.
func binary(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs(filepath.Join("..", "..", ".bin", name))
	require.NoError(t, err)
	require.FileExists(t, path, "make tools builds it")
	return path
}

// startPrometheus fills a storage with a history and starts Prometheus on it. It returns its URL.
func startPrometheus(t *testing.T, history string) string {
	t.Helper()
	dir := t.TempDir()
	file, storage := filepath.Join(dir, "history.txt"), filepath.Join(dir, "storage")
	require.NoError(t, os.WriteFile(file, []byte(history), 0o600))
	out, err := exec.CommandContext(t.Context(), binary(t, "promtool"), "tsdb", "create-blocks-from", "openmetrics", "--quiet", file, storage).CombinedOutput()
	require.NoError(t, err, string(out))

	config := filepath.Join(dir, "prometheus.yaml")
	require.NoError(t, os.WriteFile(config, []byte("global: {}\n"), 0o600))
	cmd := exec.Command(binary(t, "prometheus"), "--config.file="+config, "--storage.tsdb.path="+storage,
		"--storage.tsdb.retention.time=10y", "--web.listen-address=127.0.0.1:0", "--log.level=info")
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	addresses := make(chan string, 1)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		listen(log, addresses)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
		_ = cmd.Wait()
	})
	ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
	defer cancel()
	select {
	case address := <-addresses:
		url := "http://" + address
		ready(ctx, t, url)
		return url
	case <-ended:
		require.Fail(t, "Prometheus ended before it listened")
	case <-ctx.Done():
		require.Fail(t, "Prometheus does not listen")
	}
	return ""
}

// listen reads the log to its end; the first address that it says Prometheus listens at is sent.
func listen(log io.Reader, addresses chan<- string) {
	says := regexp.MustCompile(`msg="Listening on".* address=(\S+)`)
	found := false
	for lines := bufio.NewScanner(log); lines.Scan(); {
		if m := says.FindStringSubmatch(lines.Text()); m != nil && !found {
			found = true
			addresses <- m[1]
		}
	}
}

func ready(ctx context.Context, t *testing.T, url string) {
	t.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		err := probe(ctx, url+"/-/ready")
		if err == nil {
			return
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			require.NoError(t, err)
		}
	}
}

func probe(ctx context.Context, url string) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("status %s", resp.Status)
	}
	return nil
}
