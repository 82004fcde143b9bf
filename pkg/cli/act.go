package cli

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"

	"github.com/sluice-dev/sluice/pkg/cli/command"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/cli/source"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// verbs are the commands to a run.
func (a *app) verbs() []*cobra.Command {
	return []*cobra.Command{
		a.verb(spec.VerbApprove, "Let a run past the step that waits for approval", "the run is past the step",
			"It waits at a step with pause (sluice.dev/steps), or in blue-green before the\nswap (sluice.dev/approval); there --wait is for the swap. A gate\nthat fails still aborts the run. A step that does not wait yet can't be approved\nin advance."),
		a.verb(spec.VerbPromote, "Let a run past every hold and wait that is left", "the run is promoted",
			"Steps are not held for their time, nor is the bake of blue-green, and no\nevidence is awaited. Hooks are still run, and a gate or a hook that fails still\naborts the run."),
		a.verb(spec.VerbAbort, "Send all traffic back to stable", "traffic is stable's and the canary is gone",
			"It is possible until the canary's pods are handed over to the Deployment. A\nhook's Job that is running is not cut short."),
		a.verb(spec.VerbRetry, "Judge the version of an aborted run again", "the next run has begun",
			"Its hooks are run anew. To wait for the end of the new run, go on with\nkubectl sluice status --wait."),
		a.verb(spec.VerbPause, "Hold a run where it is", "it is paused",
			"The canary keeps the traffic that it has. A gate or a hook that fails still\naborts the run."),
		a.verb(spec.VerbResume, "Let a paused run go on", "it goes on", ""),
	}
}

func (a *app) verb(verb spec.Verb, short, until, more string) *cobra.Command {
	var w waiting
	long := short + "."
	if more != "" {
		long += "\n\n" + more
	}
	cmd := &cobra.Command{
		Use: string(verb) + " NAME", Short: short, GroupID: groupAct,
		Long: long + fmt.Sprintf(`

It returns when the controller has taken the command up; with --wait, when
%s. Where there is nothing to %s,
or the run ends in another way, the exit status is 1.`, until, verb),
		Args: one, ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := w.check(cmd); err != nil {
				return err
			}
			name, err := nameOf(args[0])
			if err != nil {
				return err
			}
			client, namespace, err := a.client()
			if err != nil {
				return err
			}
			return a.give(cmd.Context(), &order{app: a, client: client, namespace: namespace, name: name, verb: verb}, w)
		},
	}
	w.flags(cmd, until)
	return cmd
}

// order is one command that is given.
type order struct {
	*app
	client          kubernetes.Interface
	namespace, name string
	verb            spec.Verb
}

// heed is how long the controller may take to take a command up. It takes less than a second when it runs.
const heed = 15 * time.Second

// give writes the command, waits until the controller has taken it up, and takes the annotation away again: what stands there would
// otherwise keep the same command from being given once more, and be copied by kubectl rollout undo.
func (a *app) give(ctx context.Context, o *order, w waiting) error {
	s := &source.Source{Client: o.client, Now: a.Now}
	before, err := o.write(ctx, s)
	if err != nil {
		return err
	}
	_, err = a.quietly().until(ctx, s, o.namespace, o.name, heed, func(r *rollout.Rollout) (command.Progress, string) {
		if command.Taken(o.verb, before, r) {
			return command.Done, ""
		}
		return command.Waiting, ""
	})
	if err != nil {
		return fmt.Errorf("the annotation %s is written, but the controller has not taken it up: is it running? %w", spec.AnnotationCommand, err)
	}
	if err := o.clear(ctx, before); err != nil {
		fmt.Fprintf(a.Err, "warning: the annotation %s stays: %v\n", spec.AnnotationCommand, err)
	}
	fmt.Fprintln(a.Out, command.Given(o.verb, before))
	if !w.wait {
		return nil
	}
	var said string
	_, err = a.until(ctx, s, o.namespace, o.name, w.timeout, func(r *rollout.Rollout) (progress command.Progress, text string) {
		progress, said = command.Effect(o.verb, before, r)
		return progress, said
	})
	if err != nil {
		return err
	}
	fmt.Fprintln(a.Out, "deployment/"+o.name+": "+said)
	return nil
}

// quietly is the same call of the plugin without a word on stderr.
func (a *app) quietly() *app {
	quiet := *a
	quiet.Err = discard{}
	return &quiet
}

type discard struct{}

func (discard) Write(p []byte) (int, error) { return len(p), nil }

// restart pushes a new template.
func (a *app) restart() *cobra.Command {
	var w waiting
	cmd := &cobra.Command{
		Use: "restart NAME", Short: "Replace all pods by a run of the same version", GroupID: groupAct,
		Long: `Replace all pods, as kubectl rollout restart does, which refuses because the
Deployment is paused: the template gets the annotation
kubectl.kubernetes.io/restartedAt. To Sluice that is a new version, judged like
any other.

With --wait it returns at the end of the run: 0 if it was promoted, 1 if not.`,
		Args: one, ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := w.check(cmd); err != nil {
				return err
			}
			name, err := nameOf(args[0])
			if err != nil {
				return err
			}
			client, namespace, err := a.client()
			if err != nil {
				return err
			}
			o := &order{app: a, client: client, namespace: namespace, name: name}
			s := &source.Source{Client: client, Now: a.Now}
			if err := o.restart(cmd.Context(), s); err != nil {
				return err
			}
			fmt.Fprintf(a.Out, "deployment/%s restarted: its template is new, and is judged like any other\n", name)
			if !w.wait {
				return nil
			}
			r, err := a.waitEnd(cmd.Context(), name, w.timeout)
			if err != nil {
				return err
			}
			if last := r.Last(); last != nil {
				fmt.Fprintf(a.Out, "deployment/%s: %s\n", name, command.End(last))
			}
			return nil
		},
	}
	w.flags(cmd, "the run has ended")
	return cmd
}

// errBusy tells that somebody else kept changing the Deployment.
var errBusy = errors.New("the Deployment changes all the time; try again")
