package main

import (
	"bytes"
	"io"
	"sync"
)

// notes pass a log on to a terminal, and hold it back while the terminal shows the live table.
type notes struct {
	mu   sync.Mutex // guards what follows
	out  io.Writer
	held *bytes.Buffer // nil when nothing is held back
}

// Write implements io.Writer.
func (n *notes) Write(p []byte) (int, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.held != nil {
		return n.held.Write(p)
	}
	return n.out.Write(p)
}

// hold keeps what is written from now on.
func (n *notes) hold() {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.held = &bytes.Buffer{}
}

// release writes what was kept.
func (n *notes) release() {
	n.mu.Lock()
	defer n.mu.Unlock()
	if n.held != nil {
		_, _ = n.held.WriteTo(n.out) // a log that can't be written is not worth more than that
		n.held = nil
	}
}
