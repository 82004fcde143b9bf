package cli

import (
	"cmp"
	"errors"
	"fmt"

	"github.com/spf13/cobra"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/sluice-dev/sluice/pkg/lint"
)

// lint says of manifests what Sluice would make of them. It needs no cluster.
func (a *app) lint() *cobra.Command {
	var output, deployment string
	cmd := &cobra.Command{
		Use: "lint FILE…", Short: "Say what Sluice would make of manifests", GroupID: groupLook,
		Long: `Say what Sluice would make of manifests: which annotations are wrong, for each
alert rule whether it is lifted into a test of requests, scoped to one version's
pods, or refused, and why, and whether the CronJobs of hooks can be used.

FILE is a YAML or JSON file, a directory of them, or - for the standard input.
Read are Deployments, Services, CronJobs, VirtualServices, PrometheusRules,
ConfigMaps with the label sluice.dev/rules, and plain rule files. Nothing is
asked of a cluster. The exit status is 1 when anything is wrong or can't be
read.`,
		Example: `  kubectl sluice lint deploy/
  kustomize build . | kubectl sluice lint -`,
		RunE: func(_ *cobra.Command, args []string) error {
			if len(args) == 0 {
				return usageError{errors.New("which files? FILE is missing")}
			}
			if err := oneOf(output, "", "json"); err != nil {
				return err
			}
			namespace, _, err := a.loader().Namespace()
			if clientcmd.IsEmptyConfig(err) {
				// There need be no cluster.
				namespace, err = cmp.Or(a.overrides.Context.Namespace, "default"), nil
			}
			if err != nil {
				return fmt.Errorf("kubeconfig: %w", err)
			}
			inputs, unread := lint.Read(args, a.In)
			report := lint.Lint(inputs, lint.Options{Namespace: namespace, Deployment: deployment})
			write := report.WriteText
			if output == "json" {
				write = report.WriteJSON
			}
			if err := errors.Join(unread, write(a.Out)); err != nil {
				return err
			}
			if n := report.Problems + len(report.Unread); n > 0 {
				return fmt.Errorf("not as it should be: %d", n)
			}
			return nil
		},
	}
	cmd.Flags().StringVarP(&output, "output", "o", "", "json")
	cmd.Flags().StringVar(&deployment, "deployment", "app", "name to try unnamed rules with")
	a.completeOutput(cmd, "json")
	return cmd
}
