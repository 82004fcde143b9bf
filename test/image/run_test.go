package image

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// runsByItself starts the programs as a container would: as user 1001, and the image's files are all that there is. server's certificate is
// the image's only authority, and it answers /livez.
func runsByItself(t *testing.T, controller, plugin v1.Image, server *httptest.Server) {
	t.Helper()
	if runtime.GOOS != "linux" {
		t.Logf("the programs are for Linux and this is %s: they were built and looked at, not run", runtime.GOOS)
		return
	}
	root := unpacked(t, controller)
	confine, how := confinement(t, root)
	t.Logf("the programs run %s", how)

	assert.Equal(t, version+"\n", output(t, confine("/controller", "--version"), 0))
	if machine() == "amd64" {
		in, _ := confinement(t, unpacked(t, plugin))
		assert.Contains(t, output(t, in("/kubectl-sluice", "version"), 0), version)
	}
	// Over TLS: it finds the authorities where the image has them.
	assert.Empty(t, output(t, confine("/controller", "healthcheck", "--url", server.URL+"/livez"), 0))
	assert.Contains(t, output(t, confine("/controller", "healthcheck", "--url", server.URL+"/elsewhere"), 1), "404")
	require.NoError(t, os.Remove(filepath.Join(root, "etc/ssl/certs/ca-certificates.crt")))
	assert.Contains(t, output(t, confine("/controller", "healthcheck", "--url", server.URL+"/livez"), 1), "certificate",
		"that it trusted the server was the image's doing")

	serves(t, root, confine, server)
}

// serves starts the controller with what a kubelet mounts, against an API server that serves nothing. It is alive, its health check finds
// it so, and it ends when it is asked to.
func serves(t *testing.T, root string, confine func(string, ...string) *exec.Cmd, server *httptest.Server) {
	t.Helper()
	account := filepath.Join(root, "var/run/secrets/kubernetes.io/serviceaccount")
	require.NoError(t, os.MkdirAll(account, 0o755))
	mounted := map[string][]byte{"ca.crt": encoded(server.Certificate()), "token": []byte("token"), "namespace": []byte("sluice-system")}
	for name, content := range mounted {
		require.NoError(t, os.WriteFile(filepath.Join(account, name), content, 0o644))
	}
	api, err := url.Parse(server.URL)
	require.NoError(t, err)
	cmd := confine("/controller", "--listen-address=127.0.0.1:0", "--log-format=json")
	if cmd.SysProcAttr == nil {
		t.Log("not started as a server: what a kubelet mounts would have to be this machine's")
		return
	}
	cmd.Env = append(cmd.Env, "KUBERNETES_SERVICE_HOST="+api.Hostname(), "KUBERNETES_SERVICE_PORT="+api.Port())
	log, err := cmd.StderrPipe()
	require.NoError(t, err)
	require.NoError(t, cmd.Start())
	var said bytes.Buffer
	address := listening(io.TeeReader(log, &said))
	if assert.NotEmpty(t, address, "the controller's log: %s", &said) {
		output(t, confine("/controller", "healthcheck", "--url", "http://"+address+"/livez"), 0)
		require.NoError(t, cmd.Process.Signal(os.Interrupt))
	} else {
		_ = cmd.Process.Kill() // it may have ended
	}
	_, err = io.Copy(&said, log)
	require.NoError(t, err)
	assert.NoError(t, cmd.Wait(), "the controller's log: %s", &said)
}

// listening reads the log until it says where the controller serves; empty if it never does.
func listening(log io.Reader) string {
	for lines := bufio.NewScanner(log); lines.Scan(); {
		var line struct{ Msg, Address string }
		if json.Unmarshal(lines.Bytes(), &line) == nil && line.Msg == "serving health and metrics" {
			return line.Address
		}
	}
	return ""
}

// unpacked lays the image's files out as an engine would. Only root can give them away; otherwise they are whose tests these are.
func unpacked(t *testing.T, image v1.Image) string {
	t.Helper()
	root := t.TempDir()
	require.NoError(t, os.Chmod(root, 0o755))
	for _, file := range files(t, image) {
		full, mode := filepath.Join(root, filepath.FromSlash(file.Name)), file.FileInfo().Mode()
		if mode.IsDir() {
			require.NoError(t, os.Mkdir(full, 0o755))
		} else {
			require.NoError(t, os.WriteFile(full, file.content, 0o644))
		}
		require.NoError(t, os.Chmod(full, mode.Perm()))
	}
	return root
}

// output runs a command that must exit with status, and is what it wrote.
func output(t *testing.T, cmd *exec.Cmd, status int) string {
	t.Helper()
	written, err := cmd.CombinedOutput()
	if cmd.ProcessState == nil {
		require.NoError(t, err)
	}
	assert.Equal(t, status, cmd.ProcessState.ExitCode(), "%s: %s", cmd, written)
	return string(written)
}

// direct gives commands that run the image's programs among this machine's files, with the image's authorities.
func direct(t *testing.T, root string) func(program string, args ...string) *exec.Cmd {
	t.Helper()
	return func(program string, args ...string) *exec.Cmd {
		cmd := exec.CommandContext(t.Context(), filepath.Join(root, filepath.FromSlash(program)), args...)
		cmd.Env = []string{"SSL_CERT_FILE=" + filepath.Join(root, "etc/ssl/certs/ca-certificates.crt"), "SSL_CERT_DIR=" + root}
		return cmd
	}
}
