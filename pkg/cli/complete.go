package cli

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// patience is how long a shell is kept waiting for names.
const patience = 3 * time.Second

// completeNames offers the managed Deployments of the namespace, with the word for their kind if that was typed.
func (a *app) completeNames(cmd *cobra.Command, args []string, typed string) ([]string, cobra.ShellCompDirective) {
	if len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	client, namespace, err := a.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	ctx, stop := context.WithTimeout(cmd.Context(), patience)
	defer stop()
	list, err := client.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	kind := ""
	if before, _, ok := strings.Cut(typed, "/"); ok {
		kind = before + "/"
	}
	var names []string
	for i := range list.Items {
		if name := kind + list.Items[i].Name; spec.Managed(list.Items[i].Annotations) && strings.HasPrefix(name, typed) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeNamespaces(cmd *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	client, _, err := a.client()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	ctx, stop := context.WithTimeout(cmd.Context(), patience)
	defer stop()
	list, err := client.CoreV1().Namespaces().List(ctx, metav1.ListOptions{})
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for i := range list.Items {
		if strings.HasPrefix(list.Items[i].Name, typed) {
			names = append(names, list.Items[i].Name)
		}
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}

func (a *app) completeContexts(_ *cobra.Command, _ []string, typed string) ([]string, cobra.ShellCompDirective) {
	config, err := a.loader().RawConfig()
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	var names []string
	for name := range config.Contexts {
		if strings.HasPrefix(name, typed) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completion prints what a shell needs.
func (a *app) completion() *cobra.Command {
	return &cobra.Command{
		Use: "completion bash|zsh|fish|kubectl", Short: "Print the completion script of a shell",
		Long: `Print what completes commands, flags and the names of Deployments.

bash, zsh, fish: for the command kubectl-sluice. For "kubectl sluice" itself,
kubectl asks a program named kubectl_complete-sluice; "completion kubectl"
prints it.`,
		Example: `  source <(kubectl sluice completion bash)
  kubectl sluice completion kubectl > /usr/local/bin/kubectl_complete-sluice
  chmod +x /usr/local/bin/kubectl_complete-sluice`,
		ValidArgs: []string{"bash", "zsh", "fish", "kubectl"},
		Args:      cobra.MatchAll(cobra.ExactArgs(1), cobra.OnlyValidArgs),
		RunE: func(cmd *cobra.Command, args []string) error {
			switch root := cmd.Root(); args[0] {
			case "bash":
				return root.GenBashCompletionV2(a.Out, true)
			case "zsh":
				return root.GenZshCompletion(a.Out)
			case "fish":
				return root.GenFishCompletion(a.Out, true)
			default:
				fmt.Fprint(a.Out, "#!/bin/sh\nexec kubectl sluice __complete \"$@\"\n")
				return nil
			}
		},
	}
}

// version prints the plugin's.
func (a *app) version() *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the version of the plugin", Args: cobra.NoArgs,
		Run: func(*cobra.Command, []string) { fmt.Fprintln(a.Out, a.Version) },
	}
}
