package lint

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func FuzzLint(f *testing.F) {
	for _, name := range []string{"shop/deployments.yaml", "shop/rules.yaml", "shop/prometheus.json", "life/hooks.yaml", "life/routes.yaml"} {
		data, err := os.ReadFile(filepath.Join("testdata", filepath.FromSlash(name)))
		require.NoError(f, err)
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		report := Lint([]Input{{Source: "x", Data: data}}, options)
		require.NoError(t, report.WriteText(&bytes.Buffer{}))
		require.NoError(t, report.WriteJSON(&bytes.Buffer{}))
		for _, found := range report.Findings {
			assert.NotEmpty(t, found.Why)
			assert.NotEmpty(t, found.Level)
			if found.Mode == "refused" {
				assert.NotEqual(t, LevelOK, found.Level, "a refused rule is never well")
			}
		}
	})
}
