package traffic_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

// Each file of testdata/split says in YAML what goes in, what must come out, and why; and what came out must lead back.
func TestSplitGolden(t *testing.T) {
	files, err := filepath.Glob("testdata/split/*.yaml")
	require.NoError(t, err)
	require.NotEmpty(t, files)
	for _, file := range files {
		content, err := os.ReadFile(file)
		require.NoError(t, err)
		c := object(t, string(content))
		says, _ := c["says"].(string)
		t.Run(filepath.Base(file)+" "+says, func(t *testing.T) {
			in := fields(c, "in")
			weight, _ := c["weight"].(int64)
			share := traffic.Share{Weight: int(weight)}
			header, _ := c["header"].(string)
			share.Header.Name, share.Header.Value, _ = strings.Cut(header, "=")
			mirror, _ := c["mirror"].(int64)
			share.Mirror = int(mirror)
			share.Known, _ = c["known"].(bool)
			target := shop
			target.Domain, _ = c["domain"].(string)
			var only []string
			for _, name := range items(c, "only") {
				s, _ := name.(string)
				only = append(only, s)
			}

			out, err := traffic.Split(in, target, share, only...)
			require.NoError(t, err)
			assert.Equal(t, c["out"], any(out))
			assert.Equal(t, c["in"], any(traffic.Restore(out, target)))
			for w := range 101 {
				again, err := traffic.Split(out, target, traffic.Share{Weight: w, Header: share.Header, Mirror: share.Mirror, Known: w%2 == 0}, only...)
				require.NoError(t, err)
				assert.Equal(t, c["in"], any(traffic.Restore(again, target)), "restored from %d %%", w)
			}
		})
	}
}
