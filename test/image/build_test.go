package image

import (
	"crypto/x509"
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/image/steps"
)

const (
	version  = "v9.8.7-test"
	revision = "0123456789abcdef0123456789abcdef01234567"
)

// epoch is when the images say that they were made.
func epoch() time.Time { return time.Date(2026, 11, 20, 9, 12, 0, 0, time.UTC) }

// fixture is the repository, and a stand-in for the image that the Dockerfile builds in: of it only the certificates are wanted.
type fixture struct {
	dockerfile []byte
	context    steps.Tree
	base       steps.Tree
}

func repository() string { return filepath.Join("..", "..") }

func read(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(filepath.Join(repository(), filepath.FromSlash(name)))
	require.NoError(t, err)
	return data
}

// newFixture trusts the certificate of server, so that what trusts the image's certificates can be seen to trust them.
func newFixture(t *testing.T, server *httptest.Server) fixture {
	t.Helper()
	base := t.TempDir()
	certificates := filepath.Join(base, "etc", "ssl", "certs")
	require.NoError(t, os.MkdirAll(certificates, 0o755))
	require.NoError(t, os.WriteFile(filepath.Join(certificates, "ca-certificates.crt"), encoded(server.Certificate()), 0o644))
	golang, err := steps.Scan(base, nil)
	require.NoError(t, err)
	sent, err := steps.Context(repository(), read(t, ".dockerignore"))
	require.NoError(t, err)
	return fixture{dockerfile: read(t, "Dockerfile"), context: sent, base: golang}
}

func encoded(certificate *x509.Certificate) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: certificate.Raw})
}

// plan is a build of a target for a platform; the stage is named "controller" or "plugin".
func (f fixture) plan(t *testing.T, target, platform string) *steps.Build {
	t.Helper()
	return &steps.Build{
		Dockerfile: f.dockerfile, Context: f.context, Bases: map[string]steps.Tree{f.baseName(t): f.base}, Target: target,
		Args:    map[string]string{"VERSION": version, "REVISION": revision, "SOURCE_DATE_EPOCH": strconv.FormatInt(epoch().Unix(), 10)},
		Machine: machine(), Platform: platform, Folder: t.TempDir(),
	}
}

// build executes the steps.
func (f fixture) build(t *testing.T, target, platform string) v1.Image {
	t.Helper()
	result, err := f.plan(t, target, platform).Run(t.Context())
	require.NoError(t, err)
	image, err := result.Image(epoch())
	require.NoError(t, err)
	return image
}

// baseName is what the Dockerfile builds in.
func (f fixture) baseName(t *testing.T) string {
	t.Helper()
	found := regexp.MustCompile(`(?m)^FROM --platform=\$BUILDPLATFORM (golang:\S+) AS source$`).FindSubmatch(f.dockerfile)
	require.NotNil(t, found, "the Dockerfile's first stage is the one with Go")
	return string(found[1])
}

// machine and other are the two architectures that images are built for: this machine's, where it is one of them, and the other.
func machine() string {
	if runtime.GOARCH == "arm64" {
		return "arm64"
	}
	return "amd64"
}

func other() string { return map[string]string{"amd64": "arm64", "arm64": "amd64"}[machine()] }

// well answers as a controller that is alive does.
func well(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path != "/livez" {
		http.NotFound(w, r)
	}
}
