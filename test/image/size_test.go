package image

import (
	"regexp"
	"strconv"
	"testing"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// sized holds a row of the table in docs/image.md against the image: | `controller` | linux/amd64 | 12.3 MB | 45.6 MB |. A MB is a million
// bytes.
func sized(t *testing.T, target, platform string, image v1.Image) {
	t.Helper()
	row := regexp.MustCompile("(?m)^\\| `" + target + "` \\| linux/" + platform + ` \| ([0-9.]+) MB \| ([0-9.]+) MB \|$`)
	stated := row.FindSubmatch(read(t, "docs/image.md"))
	compressed, unpacked := sizes(t, image)
	require.NotNil(t, stated, "docs/image.md has no row of %s on %s: it is %.1f MB compressed, %.1f MB unpacked",
		target, platform, compressed, unpacked)
	for i, is := range []float64{compressed, unpacked} {
		says, err := strconv.ParseFloat(string(stated[i+1]), 64)
		require.NoError(t, err)
		assert.InEpsilon(t, is, says, 0.05, "%s on %s is %.1f MB, docs/image.md says %.1f MB", target, platform, is, says)
	}
}

// sizes are those of the image in MB: as it is sent, and as it lies on a node.
func sizes(t *testing.T, image v1.Image) (compressed, unpacked float64) {
	t.Helper()
	layers, err := image.Layers()
	require.NoError(t, err)
	for _, layer := range layers {
		size, err := layer.Size()
		require.NoError(t, err)
		compressed += float64(size) / 1e6
	}
	for _, file := range files(t, image) {
		unpacked += float64(len(file.content)) / 1e6
	}
	return compressed, unpacked
}
