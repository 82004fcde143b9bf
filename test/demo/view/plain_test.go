package view

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestPlain(t *testing.T) {
	var p Plain
	var lines []string
	s := failing()
	events := s.Events
	s.Events, s.Rollout.Weight = nil, 0
	show := func(after time.Duration) {
		s.Now = s.Now.Add(after)
		lines = append(lines, p.Lines(s)...)
	}
	show(0) // the run begins
	s.Users.Served += 100
	show(time.Second) // numbers alone are not worth a line
	s.Events, s.Rollout.Weight = events[:2], 10
	show(time.Second)
	show(time.Second)
	s.Events, s.Rollout.Weight = events, 0
	show(time.Second)
	s.Run.Over = "aborted in 8.5 s"
	show(time.Second)
	show(time.Second)
	golden(t, "plain", lines)
	assert.Len(t, lines, 7)
}
