package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"github.com/sluice-dev/sluice/pkg/cli/terminal"
	"github.com/sluice-dev/sluice/test/demo/view"
)

// demo is one showing.
type demo struct {
	settings
	out     *os.File
	log     *notes
	ability terminal.Ability
	began   time.Time
}

// run shows all and says whether every run ended as it should. Nothing runs any more when it returns.
func (d *demo) run(ctx context.Context) (good bool, err error) {
	if d.controller, err = filepath.Abs(d.controller); err != nil {
		return false, fmt.Errorf("controller: %w", err)
	}
	if _, err := os.Stat(d.controller); err != nil {
		return false, fmt.Errorf("%w: `make build` builds it", err)
	}
	// What was begun ends with this context, whether or not anybody has pressed Ctrl-C.
	ctx, cancel := context.WithCancel(ctx)
	s := &stage{}
	defer s.close()
	defer cancel()
	if err := s.build(ctx, d.controller, d.log); err != nil {
		return false, err
	}
	guarded, release := s.guard(ctx)
	defer release()

	p := &presenter{stage: s, out: d.out, ability: d.ability, began: d.began}
	p.current.What = "v1 serves; one annotation has made it Sluice's"
	outcomes, err := d.tell(guarded, s, p)
	if ctx.Err() != nil {
		return false, ctx.Err() // half a summary is none
	}
	fmt.Fprintln(d.out)
	for _, line := range view.Paint(view.Summary(outcomes), summaryColumns, p.style()) {
		fmt.Fprintln(d.out, line)
	}
	if err != nil {
		return false, err
	}
	if d.settings.out != "" {
		if err := newReport(outcomes).write(d.settings.out); err != nil {
			return false, err
		}
	}
	good = !slices.ContainsFunc(outcomes, func(o view.Outcome) bool { return len(o.Complaints) > 0 })
	if d.keep {
		d.keepOn(ctx, s, p)
	}
	return good, nil
}

// summaryColumns is more than any line of the summary has: they are wrapped already.
const summaryColumns = 200

// tell plays the story and shows it meanwhile. It ends early, with what there is, when a run doesn't come to an end.
func (d *demo) tell(ctx context.Context, s *stage, p *presenter) (outcomes []view.Outcome, err error) {
	live := d.ability.Live && !d.plain
	showing, done := context.WithCancel(ctx)
	var group sync.WaitGroup
	if live {
		d.log.hold()
		defer d.log.release()
	}
	group.Go(func() { p.show(showing, live) })
	defer group.Wait()
	defer done()

	if err := wait(ctx, calm); err != nil {
		return nil, err
	}
	all := story()
	for i, r := range all {
		p.begin(i+1, len(all), r)
		seen := s.play(ctx, r, func(now seen) { p.over(outcome(i+1, r, now)) })
		o := outcome(i+1, r, seen)
		outcomes = append(outcomes, o)
		if ctx.Err() != nil {
			return outcomes, fmt.Errorf("run %d: %w", i+1, context.Cause(ctx))
		}
		p.end(o)
		if seen.err != nil {
			break
		}
	}
	return outcomes, nil
}

// keepOn leaves everything running until ctx ends, and shows in lines what a person makes of it.
func (d *demo) keepOn(ctx context.Context, s *stage, p *presenter) {
	fmt.Fprintln(d.out)
	fmt.Fprintln(d.out, s.kept(d.controller))
	// What was shown already is not news.
	p.idle()
	p.screen, p.plain = nil, view.Plain{}
	p.plain.Lines(p.state(time.Now()))
	p.show(ctx, false)
	fmt.Fprintln(d.out, "stopping")
}
