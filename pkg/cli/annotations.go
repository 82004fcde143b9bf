package cli

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"github.com/sluice-dev/sluice/pkg/cli/explain"
	"github.com/sluice-dev/sluice/pkg/cli/view"
	"github.com/sluice-dev/sluice/pkg/spec"
)

// annotations lists what may be written on a Deployment. It needs no cluster.
func (a *app) annotations() *cobra.Command {
	return &cobra.Command{
		Use: "annotations [ANNOTATION]", Short: "List the annotations, or explain one of them", GroupID: groupLook,
		Long: `List the annotations that Sluice knows, with their defaults; or explain one of
them: what a value looks like, examples, and what is said of wrong values. The
prefix sluice.dev/ may be left out. Nothing is asked of a cluster.`,
		Example: `  kubectl sluice annotations
  kubectl sluice annotations steps`,
		ValidArgsFunction: completeAnnotations,
		RunE: func(_ *cobra.Command, args []string) error {
			switch len(args) {
			case 0:
				a.print(view.Explanation(explain.Annotations(), a.width()))
				return nil
			case 1:
				sections, known := explain.Annotation(args[0])
				if !known {
					return usageError{fmt.Errorf("no annotation %q: kubectl sluice annotations lists them", args[0])}
				}
				a.print(view.Explanation(sections, a.width()))
				return nil
			default:
				return usageError{errors.New("one ANNOTATION at a time")}
			}
		},
	}
}

func completeAnnotations(_ *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	var names []string
	for _, e := range spec.Catalogue() {
		name := strings.TrimPrefix(e.Name, spec.Prefix)
		if len(args) == 0 && strings.HasPrefix(name, typed) {
			names = append(names, name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
