// Package terminal shows lines on a terminal, each frame in the place of the last one, and leaves the terminal as it was.
//
// It must not know what the lines say.
package terminal

import (
	"fmt"
	"io"
	"os"
	"strings"
	"sync"

	"golang.org/x/term"
)

// The sequences of ECMA-48 and xterm that every terminal of today and tmux know. Those who don't know a private mode, such as the
// synchronized update that keeps a frame from being shown in halves, ignore it.
const (
	enter  = "\x1b[?1049h\x1b[?25l\x1b[2J" // the alternate screen, without a cursor, empty
	leave  = "\x1b[0m\x1b[?25h\x1b[?1049l"
	begin  = "\x1b[?2026h\x1b[H"
	end    = "\x1b[J\x1b[H\x1b[?2026l"
	wipe   = "\x1b[K"
	column = "\r\n"
)

// Screen is the alternate screen of a terminal. All its methods may be called from several goroutines.
type Screen struct {
	size func() (width, height int)

	mu   sync.Mutex // guards what follows
	out  io.Writer
	open bool
}

// Open switches to the alternate screen: what the user had on the terminal comes back with Close.
func Open(f *os.File) *Screen {
	return open(f, func() (int, int) {
		width, height, err := term.GetSize(int(f.Fd()))
		if err != nil || width <= 0 || height <= 0 {
			return 80, 24 // a terminal that can't tell: what they all have been since the VT100
		}
		return width, height
	})
}

func open(out io.Writer, size func() (int, int)) *Screen {
	s := &Screen{size: size, out: out, open: true}
	s.write(enter)
	return s
}

// Size is that of the terminal at present, in columns and rows.
func (s *Screen) Size() (width, height int) { return s.size() }

// Draw shows the lines instead of those before. They must not be wider than the terminal; those beyond its height are left out.
// All is written at once, and each line is cleared only behind its end, so that nothing flickers.
func (s *Screen) Draw(lines []string) {
	_, height := s.size()
	lines = lines[:min(len(lines), max(height, 1))]
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.write(begin + strings.Join(lines, wipe+column) + wipe + end)
	}
}

// Close gives the terminal back. More calls do nothing.
func (s *Screen) Close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.open {
		s.write(leave)
	}
	s.open = false
}

// write sends a sequence. A terminal that went away has nobody before it.
func (s *Screen) write(sequence string) { _, _ = fmt.Fprint(s.out, sequence) }
