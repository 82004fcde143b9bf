package cli

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/rollout"
	"github.com/sluice-dev/sluice/pkg/cli/view"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// get is the table.
func (a *app) get() *cobra.Command {
	var output string
	cmd := &cobra.Command{
		Use: "get [NAME…]", Short: "List the Deployments that Sluice rolls out", GroupID: groupLook,
		Example: `  kubectl sluice get
  kubectl sluice get -A -o wide
  kubectl sluice get shop -o json`,
		ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf(output, "", "wide", "json", "yaml"); err != nil {
				return err
			}
			list, namespace, err := a.listed(cmd.Context(), args)
			if err != nil {
				return err
			}
			switch {
			case output == "json" || output == "yaml":
				return a.encode(output, items(list, len(args) == 1))
			case len(list) == 0 && a.all:
				fmt.Fprintln(a.Err, "No Deployment of the cluster has the annotation sluice.dev/strategy.")
			case len(list) == 0:
				fmt.Fprintf(a.Err, "No Deployment of namespace %s has the annotation sluice.dev/strategy.\n", namespace)
			default:
				a.print(view.Table(list, a.Now(), view.TableOptions{Namespaces: a.all, Wide: output == "wide"}))
			}
			return nil
		},
	}
	cmd.Flags().BoolVarP(&a.all, "all-namespaces", "A", false, "list those of all namespaces")
	cmd.Flags().StringVarP(&output, "output", "o", "", "wide, json or yaml")
	a.completeOutput(cmd, "wide", "json", "yaml")
	return cmd
}

// listed are the managed Deployments, or those that were named.
func (a *app) listed(ctx context.Context, args []string) ([]rollout.Rollout, string, error) {
	if a.all && len(args) > 0 {
		return nil, "", usageError{errors.New("a NAME and --all-namespaces: a name belongs to one namespace")}
	}
	s, namespace, err := a.source()
	if err != nil {
		return nil, "", err
	}
	if len(args) > 0 {
		var list []rollout.Rollout
		for _, arg := range args {
			name, err := nameOf(arg)
			if err != nil {
				return nil, "", err
			}
			r, err := s.Read(ctx, namespace, name)
			if err != nil {
				return nil, "", err
			}
			list = append(list, r)
		}
		return list, namespace, nil
	}
	in := namespace
	if a.all {
		in = ""
	}
	list, err := s.List(ctx, in)
	return list, namespace, err
}

// read reads the one that was named.
func (a *app) read(ctx context.Context, args []string) (rollout.Rollout, error) {
	name, err := nameOf(args[0])
	if err != nil {
		return rollout.Rollout{}, err
	}
	s, namespace, err := a.source()
	if err != nil {
		return rollout.Rollout{}, err
	}
	return s.Read(ctx, namespace, name)
}

// history lists the runs that ended.
func (a *app) history() *cobra.Command {
	var output string
	var number int
	cmd := &cobra.Command{
		Use: "history NAME", Short: "Show the runs that ended, and why they ended so", GroupID: groupLook,
		Long: `Show the last ten runs that ended, newest first; with --run, one of them in
full: every change of weight with its reason, and the evidence.`,
		Args: one, ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := oneOf(output, "", "json", "yaml"); err != nil {
				return err
			}
			r, err := a.read(cmd.Context(), args)
			if err != nil {
				return err
			}
			if r.RecordProblem != "" {
				return errors.New(r.RecordProblem)
			}
			list := r.History
			if number > 0 {
				i := slices.IndexFunc(list, func(s strategy.Summary) bool { return s.Number == number })
				if i < 0 {
					return fmt.Errorf("deployment/%s: no run %d among the last %d that ended", r.Name, number, len(list))
				}
				list = list[i : i+1]
			}
			switch {
			case output != "":
				return a.encode(output, runs(list))
			case number > 0:
				a.printTo(view.Run(&list[0], a.Now(), a.width()), a.width())
			default:
				a.print(view.History(list, a.Now(), a.width()))
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "json or yaml")
	cmd.Flags().IntVar(&number, "run", 0, "show this run in full")
	a.completeOutput(cmd, "json", "yaml")
	return cmd
}

// explain is the answer in plain words.
func (a *app) explain() *cobra.Command {
	return &cobra.Command{
		Use: "explain NAME", Short: "Say why a roll-out is where it is, and what would change it", GroupID: groupLook,
		Args: one, ValidArgsFunction: a.completeNames,
		RunE: func(cmd *cobra.Command, args []string) error {
			r, err := a.read(cmd.Context(), args)
			if err != nil {
				return err
			}
			a.print(view.Explanation(explain.Of(&r, a.Now()), a.width()))
			return nil
		},
	}
}
