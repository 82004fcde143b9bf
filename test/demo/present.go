package main

import (
	"context"
	"fmt"
	"os"
	"sync"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/terminal"
	"github.com/sluice-dev/sluice/test/demo/observe"
	"github.com/sluice-dev/sluice/test/demo/view"
	"github.com/sluice-dev/sluice/test/mesh"
)

// frameEvery is how often people see something new: often enough to look alive, rarely enough to read.
const frameEvery = 250 * time.Millisecond

// presenter shows what goes on: a live table on a terminal, lines otherwise.
type presenter struct {
	stage   *stage
	out     *os.File
	ability terminal.Ability
	began   time.Time

	// Of the goroutine that shows.
	screen *terminal.Screen // nil for lines
	plain  view.Plain

	mu      sync.Mutex // guards what follows
	current act
	done    []view.Outcome
	names   names
}

// act is the run that is shown.
type act struct {
	view.Run
	began   time.Time
	started mesh.Snapshot // of the load when it began
	runs    int           // that Sluice had begun until then
	// old are the gauges of the run before: the controller shows those of an aborted one until the new one begins.
	old observe.Gauges
}

// show presents until ctx ends, then gives the terminal back. live says that a table is wanted where there is a terminal.
func (p *presenter) show(ctx context.Context, live bool) {
	if live {
		p.screen = terminal.Open(p.out)
		defer p.screen.Close()
	}
	ticker := time.NewTicker(frameEvery)
	defer ticker.Stop()
	for {
		p.once()
		select {
		case <-ctx.Done():
			p.once()
			return
		case <-ticker.C:
		}
	}
}

// once shows what is to be seen now.
func (p *presenter) once() {
	s := p.state(time.Now())
	if p.screen == nil {
		for _, line := range p.plain.Lines(s) {
			p.say(line)
		}
		return
	}
	width, height := p.screen.Size()
	p.screen.Draw(view.Paint(view.Frame(s, width, height), width, p.style()))
}

func (p *presenter) style() view.Style {
	return view.Style{Colour: p.ability.Colour, Unicode: p.ability.Unicode}
}

// say prints a line as the terminal can show it.
func (p *presenter) say(line string) {
	if !p.ability.Unicode {
		line = view.ASCII(line)
	}
	fmt.Fprintln(p.out, line)
}

// begin says that a run is about to begin.
func (p *presenter) begin(number, of int, r run) {
	started, before := p.stage.load.Snapshot(), p.stage.observer.Snapshot()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = act{began: time.Now(), started: started, runs: runs(before), old: before.Gauges, Run: view.Run{
		Number: number, Of: of, From: r.from, To: r.to, What: r.what, Expected: r.expected,
	}}
}

// over says how the run ended.
func (p *presenter) over(o view.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current.Over = fmt.Sprintf("%s in %.1f s", o.Result, o.Took.Seconds())
	p.current.AsExpected, p.current.Took = len(o.Complaints) == 0, o.Took
}

// end puts the run among those that are past.
func (p *presenter) end(o view.Outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.done = append(p.done, o)
}

// idle says that no run of the story goes on: whatever happens now is a person's doing.
func (p *presenter) idle() {
	started, old := p.stage.load.Snapshot(), p.stage.observer.Snapshot().Gauges
	p.mu.Lock()
	defer p.mu.Unlock()
	p.current = act{began: time.Now(), started: started, old: old}
}
