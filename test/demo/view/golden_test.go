package view

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

var update = flag.Bool("update", false, "write the golden files anew; read the difference before you believe it")

// golden compares a text with the one that a person has looked at.
func golden(t *testing.T, name string, lines []string) {
	t.Helper()
	path := filepath.Join("testdata", name+".txt")
	text := strings.Join(lines, "\n") + "\n"
	if *update {
		require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	}
	want, err := os.ReadFile(path)
	require.NoError(t, err)
	assert.Equal(t, string(want), text)
}

func TestFrame(t *testing.T) {
	for _, c := range []struct {
		name          string
		state         State
		width, height int
	}{
		{"failing-80x24", failing(), 80, 24},
		{"failing-120x40", failing(), 120, 40},
		{"promoted-80x24", promoting(), 80, 24},
		{"begin-80x24", State{}, 80, 24},
	} {
		t.Run(c.name, func(t *testing.T) {
			lines := Paint(Frame(c.state, c.width, c.height), c.width, Style{Unicode: true})
			golden(t, c.name, lines)
			assert.LessOrEqual(t, len(lines), c.height)
			for _, line := range lines {
				assert.LessOrEqual(t, utf8.RuneCountInString(line), c.width, line)
			}
		})
	}
}

func TestFrameFitsWhateverTheSize(t *testing.T) {
	for width := 1; width < 200; width += 7 {
		for height := 0; height < 50; height += 3 {
			for _, state := range []State{{}, failing(), promoting()} {
				lines := Paint(Frame(state, width, height), width, Style{Unicode: true})
				assert.LessOrEqual(t, len(lines), height)
				for _, line := range lines {
					assert.LessOrEqual(t, utf8.RuneCountInString(line), width)
				}
			}
		}
	}
}

func TestLowTerminalLosesOldEventsFirst(t *testing.T) {
	low := strings.Join(Paint(Frame(failing(), 80, 22), 80, Style{Unicode: true}), "\n")
	assert.NotContains(t, low, "RunStarted")
	assert.Contains(t, low, "GateFailed")
	assert.Contains(t, low, "✓ run 1")
}

func TestSummary(t *testing.T) {
	golden(t, "summary", Paint(Summary([]Outcome{good(), wrong()}), 200, Style{Unicode: true}))
	assert.Equal(t, "Every run ended as it should.", lastOf(Paint(Summary([]Outcome{good()}), 200, Style{})))
}

func lastOf(lines []string) string { return lines[len(lines)-1] }
