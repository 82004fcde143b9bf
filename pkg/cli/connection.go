package cli

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
)

// connection adds the flags by which kubectl finds a cluster, with the same names and meanings. Those that few people ever type work,
// but don't fill the help of every command.
func (a *app) connection(root *cobra.Command) {
	flags := root.PersistentFlags()
	flags.StringVar(&a.kubeconfig, clientcmd.RecommendedConfigPathFlag, "", "path of the kubeconfig")
	names := clientcmd.RecommendedConfigOverrideFlags("")
	names.CurrentContext.Description = "context of the kubeconfig"
	names.ContextOverrideFlags.Namespace.Description = "namespace of the Deployment"
	clientcmd.BindOverrideFlags(&a.overrides, flags, names)
	shown := []string{clientcmd.RecommendedConfigPathFlag, clientcmd.FlagContext, clientcmd.FlagNamespace}
	for _, f := range []string{
		clientcmd.FlagClusterName, clientcmd.FlagAuthInfoName, clientcmd.FlagAPIServer, clientcmd.FlagTLSServerName, clientcmd.FlagInsecure,
		clientcmd.FlagCertFile, clientcmd.FlagKeyFile, clientcmd.FlagCAFile, clientcmd.FlagBearerToken, clientcmd.FlagImpersonate,
		clientcmd.FlagImpersonateUID, clientcmd.FlagImpersonateGroup, clientcmd.FlagUsername, clientcmd.FlagPassword,
		clientcmd.FlagTimeout, clientcmd.FlagProxyURL, clientcmd.FlagDisableCompression,
	} {
		if flag := flags.Lookup(f); flag != nil && !slices.Contains(shown, f) {
			flag.Hidden = true
		}
	}
	for flag, complete := range map[string]cobra.CompletionFunc{
		clientcmd.FlagNamespace: a.completeNamespaces, clientcmd.FlagContext: a.completeContexts,
	} {
		if err := root.RegisterFlagCompletionFunc(flag, complete); err != nil {
			root.PrintErrln(err) // the flags are those of above
		}
	}
}

// loader reads kubeconfigs as kubectl does: the flag, $KUBECONFIG, ~/.kube/config, or the pod's own service account.
func (a *app) loader() clientcmd.ClientConfig {
	rules := clientcmd.NewDefaultClientConfigLoadingRules()
	rules.ExplicitPath = a.kubeconfig
	return clientcmd.NewNonInteractiveDeferredLoadingClientConfig(rules, &a.overrides)
}

// config is how the API server is talked to, and the namespace that is meant.
func (a *app) config() (*rest.Config, string, error) {
	loader := a.loader()
	config, err := loader.ClientConfig()
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig: %w", err)
	}
	namespace, _, err := loader.Namespace()
	if err != nil {
		return nil, "", fmt.Errorf("kubeconfig: %w", err)
	}
	config.UserAgent = "kubectl-sluice/" + a.Version
	// The live view reads five kinds of objects after every change.
	config.QPS, config.Burst = 50, 100
	config.WarningHandler = rest.NewWarningWriter(a.Err, rest.WarningWriterOptions{Deduplicate: true})
	return config, namespace, nil
}
