package image

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"time"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// expected is what an image must be.
type expected struct {
	name    string // of the program, at the root
	title   string
	health  *v1.HealthConfig
	exposed map[string]struct{}
}

func controllerImage() expected {
	return expected{
		name: "controller", title: "sluice",
		exposed: map[string]struct{}{"8080/tcp": {}, "8081/tcp": {}},
		health: &v1.HealthConfig{
			Test:     []string{"CMD", "/controller", "healthcheck"},
			Interval: 15 * time.Second, Timeout: 6 * time.Second, StartPeriod: 30 * time.Second, Retries: 3,
		},
	}
}

func pluginImage() expected { return expected{name: "kubectl-sluice", title: "kubectl-sluice"} }

// configured looks at what the image says of itself.
func (e expected) configured(t *testing.T, image v1.Image, platform string) {
	t.Helper()
	file, err := image.ConfigFile()
	require.NoError(t, err)
	config := file.Config
	assert.Equal(t, "1001:1001", config.User)
	assert.Equal(t, []string{"/" + e.name}, config.Entrypoint)
	assert.Empty(t, config.Cmd, "arguments are for who runs it")
	assert.Empty(t, config.Volumes)
	assert.Equal(t, e.health, config.Healthcheck)
	assert.Equal(t, e.exposed, config.ExposedPorts)
	assert.Equal(t, "linux/"+platform, file.OS+"/"+file.Architecture)
	assert.Equal(t, e.title, config.Labels["org.opencontainers.image.title"])
	assert.NotEmpty(t, config.Labels["org.opencontainers.image.description"])
	for label, want := range map[string]string{
		"source": "https://github.com/sluice-dev/sluice", "licenses": "Apache-2.0", "version": version, "revision": revision,
	} {
		assert.Equal(t, want, config.Labels["org.opencontainers.image."+label], label)
	}
	for _, variable := range config.Env {
		assert.True(t, strings.HasPrefix(variable, "PATH="), "a variable that nothing in the image needs: %s", variable)
	}
}

// contains looks at every file: there is no shell, nothing that changes its user, nothing that the user may write.
func (e expected) contains(t *testing.T, image v1.Image, certificates []byte) {
	t.Helper()
	var found []string
	for _, file := range files(t, image) {
		found = append(found, fmt.Sprintf("%s %04o %d:%d", file.Name, file.Mode, file.Uid, file.Gid))
		if file.Name == "etc/ssl/certs/ca-certificates.crt" && certificates != nil {
			assert.Equal(t, certificates, file.content)
		}
		if file.Name == "licenses/sluice" {
			assert.Equal(t, string(read(t, "LICENSE")), string(file.content))
		}
	}
	want := []string{
		"etc 0755 0:0", "etc/ssl 0755 0:0", "etc/ssl/certs 0755 0:0", "etc/ssl/certs/ca-certificates.crt 0444 0:0",
		"licenses 0755 0:0", "licenses/modules 0444 0:0", "licenses/sluice 0444 0:0",
		e.name + " 0555 0:0",
	}
	slices.Sort(want)
	assert.Equal(t, want, found)
}

// file is one of an image's, with its name without a slash at either end.
type file struct {
	tar.Header
	content []byte
}

// files are what the image's layers come to, in order of their names.
func files(t *testing.T, image v1.Image) []file {
	t.Helper()
	stream := mutate.Extract(image)
	defer func() { assert.NoError(t, stream.Close()) }()
	var all []file
	for reader := tar.NewReader(stream); ; {
		header, err := reader.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		require.NoError(t, err)
		content, err := io.ReadAll(reader)
		require.NoError(t, err)
		header.Name = strings.Trim(strings.TrimPrefix(header.Name, "./"), "/")
		if header.Name == "" {
			continue
		}
		require.Contains(t, []byte{tar.TypeReg, tar.TypeDir}, header.Typeflag, "%s is neither a file nor a folder", header.Name)
		all = append(all, file{*header, content})
	}
	slices.SortFunc(all, func(a, b file) int { return strings.Compare(a.Name, b.Name) })
	return all
}

// layered holds because a file that is written over in a later layer is still sent to everybody.
func layered(t *testing.T, image v1.Image) {
	t.Helper()
	layers, err := image.Layers()
	require.NoError(t, err)
	assert.Len(t, layers, 4, "certificates, licence, those of others, program")
}
