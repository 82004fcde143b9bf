package image

import (
	"net/http"
	"net/http/httptest"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestBuildKitFindsNothingToWarnOfInTheDockerfile(t *testing.T) {
	f := newFixture(t, unstarted(t))
	for _, target := range []string{"", "controller", "plugin"} {
		warnings, err := f.plan(t, target, other()).Warnings(t.Context())
		require.NoError(t, err)
		assert.Empty(t, warnings, target)
	}
}

// The build's Go can't be an older one than the module asks for, and is of the same minor version.
func TestDockerfileBuildsWithTheGoOfTheModule(t *testing.T) {
	base := newFixture(t, unstarted(t)).baseName(t)
	builds := regexp.MustCompile(`^golang:(1\.\d+)\.(\d+)-alpine$`).FindStringSubmatch(base)
	require.NotNil(t, builds, "%s names no full version", base)
	asks := regexp.MustCompile(`(?m)^go (1\.\d+)\.(\d+)$`).FindSubmatch(read(t, "go.mod"))
	require.NotNil(t, asks)
	assert.Equal(t, string(asks[1]), builds[1])
	assert.GreaterOrEqual(t, number(t, builds[2]), number(t, string(asks[2])))
}

func number(t *testing.T, text string) int {
	t.Helper()
	n, err := strconv.Atoi(text)
	require.NoError(t, err)
	return n
}

// unstarted is a server for its certificate.
func unstarted(t *testing.T) *httptest.Server {
	t.Helper()
	server := httptest.NewTLSServer(http.NotFoundHandler())
	server.Close()
	return server
}
