package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	apierrors "k8s.io/apimachinery/pkg/api/errors"

	"github.com/sluice-dev/sluice/pkg/cli/command"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/cli/source"
	"github.com/sluice-dev/sluice/pkg/cli/view"
)

// waiting are the flags of commands that can wait.
type waiting struct {
	wait    bool
	timeout time.Duration
}

func (w *waiting) flags(cmd *cobra.Command, until string) {
	cmd.Flags().BoolVar(&w.wait, "wait", false, "wait until "+until)
	cmd.Flags().DurationVar(&w.timeout, "timeout", 0, "longest time to --wait, for example 10m; 0: no limit")
}

func (w *waiting) check(cmd *cobra.Command) error {
	switch {
	case w.timeout < 0:
		return usageError{errors.New("--timeout is below 0")}
	case cmd.Flags().Changed("timeout") && !w.wait:
		return usageError{errors.New("--timeout without --wait")}
	}
	return nil
}

// status shows the state of one.
func (a *app) status() *cobra.Command {
	var output string
	var w waiting
	cmd := &cobra.Command{
		Use: "status NAME", Short: "Show where a roll-out is; --wait for its end", GroupID: groupLook,
		Long: `Show where a roll-out is: steps, weight, pods, evidence, events.

With --wait it returns when nothing goes on any more, and says on stderr what
happens until then. The exit status is 0 when the template that the Deployment
has now serves users, and 1 when its run was aborted, or can't start, or
--timeout is over. It is safe right after kubectl apply: it does not mistake
the rest before the run for the one after it.`,
		Example: `  kubectl apply -f shop.yaml && kubectl sluice status shop --wait --timeout 30m`,
		Args:    one, ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := errors.Join(oneOf(output, "", "json", "yaml"), w.check(cmd)); err != nil {
				return err
			}
			var r rollout.Rollout
			var err, end error
			if w.wait {
				r, end = a.waitEnd(cmd.Context(), args[0], w.timeout)
				if r.Name == "" {
					return end
				}
			} else if r, err = a.read(cmd.Context(), args); err != nil {
				return err
			}
			if output != "" {
				return errors.Join(a.encode(output, itemOf(&r)), end)
			}
			a.printTo(view.Status(&r, a.Now(), a.width()), a.width())
			return end
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "json or yaml")
	w.flags(cmd, "nothing goes on any more")
	a.completeOutput(cmd, "json", "yaml")
	return cmd
}

// grace is how long a Deployment may be blocked without --wait giving up: what blocked it may just have been put right.
const grace = 5 * time.Second

// waitEnd waits until the Deployment has come to an end; the error says that it was not the one that was wanted.
func (a *app) waitEnd(ctx context.Context, arg string, timeout time.Duration) (rollout.Rollout, error) {
	name, err := nameOf(arg)
	if err != nil {
		return rollout.Rollout{}, err
	}
	s, namespace, err := a.source()
	if err != nil {
		return rollout.Rollout{}, err
	}
	began := a.Now()
	return a.until(ctx, s, namespace, name, timeout, func(r *rollout.Rollout) (command.Progress, string) {
		progress, text := command.Settled(r)
		if r.Phase == rollout.Blocked && a.Now().Sub(began) < grace {
			return command.Waiting, ""
		}
		return progress, text
	})
}

// until follows a roll-out until it has come as far as wanted, telling on stderr what happens. The Rollout is the last that was read.
func (a *app) until(
	ctx context.Context, s *source.Source, namespace, name string, timeout time.Duration,
	progress func(*rollout.Rollout) (command.Progress, string),
) (rollout.Rollout, error) {
	bounded := ctx
	if timeout > 0 {
		var stop context.CancelFunc
		bounded, stop = context.WithTimeout(ctx, timeout)
		defer stop()
	}
	var newest rollout.Rollout
	var end, unread error
	var plain view.Plain
	err := s.Follow(bounded, namespace, name, time.Second, func(r *rollout.Rollout, failed error) bool {
		unread = failed
		if failed != nil {
			end = failed
			return apierrors.IsNotFound(failed) || apierrors.IsForbidden(failed) || apierrors.IsUnauthorized(failed)
		}
		newest, end = *r, nil
		for _, line := range plain.Lines(r, a.Now()) {
			fmt.Fprintln(a.Err, line)
		}
		switch p, text := progress(r); p {
		case command.Done:
			return true
		case command.Failed:
			end = errors.New(text)
			return true
		case command.Waiting:
		}
		return false
	})
	switch {
	case err == nil:
		return newest, end
	case ctx.Err() != nil:
		return newest, errors.New("interrupted while waiting; the roll-out goes on")
	case unread != nil:
		return newest, fmt.Errorf("not within %s: %w", timeout, unread)
	default:
		return newest, fmt.Errorf("deployment/%s: not within %s; it is %s", name, timeout, newest.Phase)
	}
}
