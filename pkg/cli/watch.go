package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/cli/view"
)

// watch is the live view.
func (a *app) watch() *cobra.Command {
	return &cobra.Command{
		Use: "watch NAME", Short: "Follow a roll-out, live in the terminal", GroupID: groupLook,
		Long: `Follow a roll-out in the terminal until Ctrl-C: steps, weight, pods, how far
the evidence of each gate has come, events. Where there is no terminal, a line
is printed for every change. NO_COLOR=1 takes the colours away.`,
		Args: one, ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			name, err := nameOf(args[0])
			if err != nil {
				return err
			}
			s, namespace, err := a.source()
			if err != nil {
				return err
			}
			// What can't be watched should be told where it stays to be read.
			if _, err := s.Read(cmd.Context(), namespace, name); err != nil {
				return err
			}
			look, end := a.lines()
			if a.Ability.Live && a.Screen != nil {
				look, end = a.frames()
			}
			err = s.Follow(cmd.Context(), namespace, name, time.Second, look)
			end()
			if errors.Is(err, context.Canceled) {
				return nil // it is how a view ends
			}
			return err
		},
	}
}

// frames draws over the last state.
func (a *app) frames() (look func(*rollout.Rollout, error) bool, end func()) {
	screen := a.Screen()
	style := view.Style{Colour: a.Ability.Colour, Unicode: a.Ability.Unicode}
	return func(r *rollout.Rollout, err error) bool {
		if r != nil {
			width, height := screen.Size()
			now := a.Now()
			screen.Draw(view.Paint(view.Frame(r, trouble(r, err, now), now, width, height), width, style))
		}
		return false
	}, screen.Close
}

// trouble is why what is shown may be old; empty: it is not.
func trouble(r *rollout.Rollout, err error, now time.Time) string {
	switch {
	case err == nil:
		return ""
	case apierrors.IsNotFound(err):
		return "the Deployment is gone"
	default:
		return fmt.Sprintf("state of %s: %v", explain.Ago(r.At, now), err)
	}
}

// lines tells what changes.
func (a *app) lines() (look func(*rollout.Rollout, error) bool, end func()) {
	var plain view.Plain
	var told string
	return func(r *rollout.Rollout, err error) bool {
		if err != nil {
			if told != err.Error() {
				told = err.Error()
				fmt.Fprintf(a.Err, "%s  %v\n", a.Now().Format(time.TimeOnly), err)
			}
			return false
		}
		told = ""
		for _, line := range plain.Lines(r, a.Now()) {
			fmt.Fprintln(a.Out, line)
		}
		return false
	}, func() {}
}
