package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/sluice-dev/sluice/pkg/cli/source"
	"github.com/sluice-dev/sluice/pkg/cli/terminal"
	"github.com/sluice-dev/sluice/pkg/cli/view"
)

// The exit statuses.
const (
	// ExitGood: it is as wanted.
	ExitGood = 0
	// ExitBad: it could not be done, or has not come as wanted.
	ExitBad = 1
	// ExitUsage: flags or arguments that make no sense.
	ExitUsage = 2
)

// Options are where the plugin runs.
type Options struct {
	Out, Err io.Writer
	// In is read where a file is named "-".
	In io.Reader
	// Ability is what Out can show, Columns how wide it is now, Screen takes over the terminal; Screen is nil where that can't be done.
	Ability terminal.Ability
	Columns func() int
	Screen  func() *terminal.Screen
	// Version of the plugin.
	Version string
	// Now tells the time, in the zone that people are to read.
	Now func() time.Time
}

// app is one call of the plugin.
type app struct {
	Options
	overrides  clientcmd.ConfigOverrides
	kubeconfig string
	all        bool
	// begun is set when flags and arguments have been found right.
	begun bool
}

// usageError is about flags and arguments that only a command itself can check.
type usageError struct{ error }

// Run carries out one call of the plugin and returns its exit status.
func Run(ctx context.Context, args []string, o Options) int {
	a := &app{Options: o}
	root := a.root() //nolint:contextcheck // cobra hands the context to the commands by itself
	root.SetArgs(args)
	root.SetOut(o.Out)
	root.SetErr(o.Err)
	err := root.ExecuteContext(ctx)
	var wrong usageError
	switch {
	case err == nil:
		return ExitGood
	case !a.begun || errors.As(err, &wrong):
		fmt.Fprintf(o.Err, "error: %v\nSee kubectl sluice --help.\n", err)
		return ExitUsage
	default:
		fmt.Fprintf(o.Err, "error: %v\n", err)
		return ExitBad
	}
}

// source connects to the cluster and says in which namespace.
func (a *app) source() (*source.Source, string, error) {
	client, namespace, err := a.client()
	if err != nil {
		return nil, "", err
	}
	return &source.Source{Client: client, Now: a.Now}, namespace, nil
}

func (a *app) client() (kubernetes.Interface, string, error) {
	config, namespace, err := a.config()
	if err != nil {
		return nil, "", err
	}
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, "", fmt.Errorf("connect: %w", err)
	}
	return client, namespace, nil
}

// print writes lines as the output can show them. Where nobody knows how wide it is, nothing is cut.
func (a *app) print(lines []view.Line) { a.printTo(lines, 0) }

func (a *app) printTo(lines []view.Line, width int) {
	for _, l := range view.Paint(lines, width, view.Style{Colour: a.Ability.Colour, Unicode: a.Ability.Unicode}) {
		fmt.Fprintln(a.Out, l)
	}
}

// width is that of the output, in a range where everything can be read.
func (a *app) width() int { return min(max(a.Columns(), 40), 120) }

// groups of the commands in the help.
const (
	groupLook = "look"
	groupAct  = "act"
)

func (a *app) root() *cobra.Command {
	root := &cobra.Command{
		Use:   "kubectl-sluice",
		Short: "See and steer progressive roll-outs of Deployments",
		Long: `See and steer the progressive roll-outs that Sluice makes of annotated
Deployments. NAME is a Deployment's name, or deployment/NAME.`,
		Example: `  kubectl sluice get -A               # what goes on in the cluster
  kubectl sluice watch shop           # follow one roll-out, live
  kubectl sluice explain shop         # why is it where it is?
  kubectl sluice status shop --wait   # in a pipeline: 0 promoted, 1 not`,
		Annotations:   map[string]string{cobra.CommandDisplayNameAnnotation: "kubectl sluice"},
		SilenceErrors: true, SilenceUsage: true,
		PersistentPreRun:  func(*cobra.Command, []string) { a.begun = true },
		CompletionOptions: cobra.CompletionOptions{DisableDefaultCmd: true},
	}
	root.AddGroup(&cobra.Group{ID: groupLook, Title: "Look:"}, &cobra.Group{ID: groupAct, Title: "Act:"})
	a.connection(root)
	root.SetHelpTemplate(root.HelpTemplate() + exitHelp)
	root.AddCommand(a.get(), a.status(), a.watch(), a.history(), a.explain(), a.annotations(), a.lint())
	root.AddCommand(a.verbs()...)
	root.AddCommand(a.restart(), a.version(), a.completion())
	return root
}

const exitHelp = `
Exit status: 0 as wanted; 1 an error, or not as wanted; 2 wrong usage.
`
