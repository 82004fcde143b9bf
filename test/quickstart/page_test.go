package quickstart

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// The page tells of what is tested here: the same commands, the manifests that are there, the images that they name, and the node's image
// that the pipeline uses.
func TestThePage(t *testing.T) {
	t.Parallel()
	text, err := os.ReadFile(filepath.Join(root, "docs", "quickstart.md"))
	require.NoError(t, err)
	page := string(text)
	for _, command := range []string{
		strings.Join(healthy(), " "), strings.Join(faulty(), " "), strings.Join(mended(), " "),
		"kubectl sluice status shop", "kubectl sluice history shop",
	} {
		assert.Contains(t, page, command)
	}

	folder := filepath.Join(root, "examples", "quickstart")
	manifests, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	require.NoError(t, err)
	require.NotEmpty(t, manifests)
	for _, file := range manifests {
		assert.Contains(t, page, "examples/quickstart/"+filepath.Base(file))
		manifest, err := os.ReadFile(file)
		require.NoError(t, err)
		for _, m := range regexp.MustCompile(`image: (sluice-\S+)`).FindAllStringSubmatch(string(manifest), -1) {
			assert.Contains(t, page, "docker build -t "+m[1]+" ", file)
			assert.Regexp(t, `kind load docker-image .*\b`+regexp.QuoteMeta(m[1])+` `, page, file)
		}
	}

	images, err := os.ReadFile(filepath.Join(root, "test", "pipeline", "kind", "images"))
	require.NoError(t, err)
	node := regexp.MustCompile(`--image (kindest/node:\S+)`).FindStringSubmatch(page)
	require.NotNil(t, node)
	assert.Contains(t, strings.Fields(string(images)), node[1])
	assert.Contains(t, page, "test/quickstart")
}
