package terminal

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestScreen(t *testing.T) {
	var out bytes.Buffer
	s := open(&out, func() (int, int) { return 80, 3 })
	t.Run("it takes the alternate screen and hides the cursor", func(t *testing.T) {
		assert.Contains(t, out.String(), "\x1b[?1049h")
		assert.Contains(t, out.String(), "\x1b[?25l")
	})
	t.Run("a frame is drawn over the last one without clearing the screen, and no line is left of a taller frame", func(t *testing.T) {
		out.Reset()
		s.Draw([]string{"one", "two"})
		frame := out.String()
		assert.Equal(t, "\x1b[?2026h\x1b[Hone\x1b[K\r\ntwo\x1b[K\x1b[J\x1b[H\x1b[?2026l", frame)
		assert.NotContains(t, frame, "\x1b[2J")
	})
	t.Run("a frame that is too tall does not scroll", func(t *testing.T) {
		out.Reset()
		s.Draw([]string{"1", "2", "3", "4"})
		assert.Equal(t, 2, strings.Count(out.String(), "\n"))
		assert.NotContains(t, out.String(), "4")
	})
	t.Run("close gives screen and cursor back, once, and nothing is drawn after it", func(t *testing.T) {
		out.Reset()
		s.Close()
		s.Close()
		s.Draw([]string{"late"})
		assert.Equal(t, "\x1b[0m\x1b[?25h\x1b[?1049l", out.String())
	})
}

func TestAbility(t *testing.T) {
	for name, c := range map[string]struct {
		terminal bool
		env      map[string]string
		want     Ability
	}{
		"a terminal of today has it all": {
			true, map[string]string{"TERM": "xterm", "LANG": "en_US.UTF-8"}, Ability{Live: true, Colour: true, Unicode: true},
		},
		"NO_COLOR takes the colours away and leaves the table": {
			true, map[string]string{"TERM": "tmux", "LANG": "C.UTF-8", "NO_COLOR": "1"}, Ability{Live: true, Unicode: true},
		},
		"a dumb terminal gets lines": {true, map[string]string{"TERM": "dumb", "LANG": "C.utf8"}, Ability{Unicode: true}},
		"LC_ALL overrules LANG": {
			true, map[string]string{"TERM": "xterm", "LANG": "C.UTF-8", "LC_ALL": "C"}, Ability{Live: true, Colour: true},
		},
		"a file gets lines in UTF-8": {false, nil, Ability{Unicode: true}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, c.want, ability(c.terminal, func(k string) string { return c.env[k] }))
		})
	}
}

func TestWidth(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "file"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, file.Close()) })
	for columns, want := range map[string]int{"": 100, "132": 132, "-1": 100, "wide": 100} {
		assert.Equal(t, want, Width(file, func(string) string { return columns }, 100), columns)
	}
}
