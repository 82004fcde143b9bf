package chart

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/chart/generated"
	"github.com/sluice-dev/sluice/test/chart/helm"
)

func TestRenderings(t *testing.T) {
	t.Parallel()
	for _, v := range variants(t) {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			text := rendered(t, v.values)
			golden := filepath.Join("testdata", "golden", v.name+".yaml")
			short := shortened(t, tidy(text))
			if *update {
				require.NoError(t, os.WriteFile(golden, []byte(short), 0o600))
			}
			sameLines(t, read(t, golden), short, "go test ./test/chart -run TestRenderings -update")

			three, err := helm.Three(root).Template(t.Context(), v.values, kubernetes)
			require.NoError(t, err)
			sameLines(t, tidy(text), tidy(three), "Helm 3 renders the same")
		})
	}
}

// sameLines compares texts that are too long for a difference of their whole.
func sameLines(t *testing.T, want, got, says string) {
	t.Helper()
	wanted, lines := strings.Split(want, "\n"), strings.Split(got, "\n")
	for i := range min(len(wanted), len(lines)) {
		require.Equal(t, wanted[i], lines[i], "line %d: %s", i+1, says)
	}
	assert.Len(t, lines, len(wanted), says)
}

// tidy leaves the empty lines between objects out, of which Helm 3 and 4 have different numbers.
func tidy(text string) string { return strings.Join(helm.Documents(text), "---\n") }

// shortened leaves the files out that are rendered as they are.
func shortened(t *testing.T, text string) string {
	t.Helper()
	chart := filepath.Join(root, "charts", "sluice")
	paths, err := filepath.Glob(filepath.Join(chart, "dashboards", "*.json"))
	require.NoError(t, err)
	require.NotEmpty(t, paths)
	for _, path := range append(paths, filepath.Join(chart, "rules", "sluice.rules.yaml")) {
		content := strings.TrimSuffix(read(t, path), "\n")
		for _, indent := range []string{"  ", "    "} {
			lines := indent + strings.ReplaceAll(content, "\n", "\n"+indent)
			text = strings.ReplaceAll(text, lines, indent+"(the file "+filepath.Base(path)+")")
		}
	}
	return text
}

func TestWhatIsMadeOfTheChartIsUpToDate(t *testing.T) {
	t.Parallel()
	files, err := generated.Files(t.Context(), root)
	require.NoError(t, err)
	require.Len(t, files, 4)
	for path, want := range files {
		sameLines(t, want, read(t, filepath.Join(root, path)), path+": go run ./test/chart/generate")
	}
}

func TestLint(t *testing.T) {
	t.Parallel()
	for _, v := range variants(t) {
		for name, h := range map[string]helm.Helm{"Helm 4": helm.Four(root), "Helm 3": helm.Three(root)} {
			out, err := h.Lint(t.Context(), v.file)
			require.NoError(t, err, "%s: %s", name, v.name)
			assert.Contains(t, out, "1 chart(s) linted, 0 chart(s) failed", name)
			assert.NotContains(t, out, "[", "%s has something to say about %s", name, v.name)
		}
	}
}
