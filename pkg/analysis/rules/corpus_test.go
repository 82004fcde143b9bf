package rules

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write what the corpus gives now; read every line of the difference before you commit it")

// expressions are those of the corpus, with its headings.
func expressions(t testing.TB) (lines []string) {
	data, err := os.ReadFile("testdata/corpus.exprs")
	require.NoError(t, err)
	for line := range strings.Lines(string(data)) {
		if line = strings.TrimSpace(line); line != "" {
			lines = append(lines, line)
		}
	}
	return lines
}

func TestCorpus(t *testing.T) {
	counts := map[Mode]int{}
	var out strings.Builder
	for _, line := range expressions(t) {
		if strings.HasPrefix(line, "#") {
			fmt.Fprintf(&out, "%s\n\n", line)
			continue
		}
		c := Compile(Rule{Name: "X", Expr: line}, nil, shop)
		counts[c.Mode]++
		fmt.Fprintf(&out, "%s\n  %s: %s\n", line, c.Mode, c.Why)
		switch c.Mode {
		case Refused:
			assert.NotEmpty(t, c.Why, line)
			assert.NotEmpty(t, c.Mend, line)
			assert.Zero(t, c.Alert, line)
			fmt.Fprintf(&out, "  mend: %s\n", c.Mend)
		case Scoped:
			assertScoped(t, line, c)
		case Lifted:
			assert.Empty(t, c.Mend, line)
			assert.Nil(t, c.Alert.Scoped, line)
		case Global:
			assert.Fail(t, "nobody asked for it", line)
		}
		out.WriteString("\n")
	}
	fmt.Fprintf(&out, "# %d lifted, %d scoped, %d refused\n", counts[Lifted], counts[Scoped], counts[Refused])
	if *update {
		require.NoError(t, os.WriteFile("testdata/corpus.golden", []byte(out.String()), 0o600))
	}
	want, err := os.ReadFile("testdata/corpus.golden")
	require.NoError(t, err)
	assert.Equal(t, string(want), out.String())
}
