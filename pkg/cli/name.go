package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// kinds are the words by which kubectl knows Deployments.
func kinds() []string {
	return []string{"deployment", "deployments", "deploy", "deployment.apps", "deployments.apps", "deployment.v1.apps", "deployments.v1.apps"}
}

// nameOf reads NAME or deployment/NAME.
func nameOf(arg string) (string, error) {
	kind, name, ok := strings.Cut(arg, "/")
	switch {
	case !ok:
		name = arg
	case !slices.Contains(kinds(), strings.ToLower(kind)):
		return "", usageError{fmt.Errorf("%q: Sluice rolls out Deployments only", arg)}
	}
	if name == "" || strings.Contains(name, "/") {
		return "", usageError{fmt.Errorf("%q is not NAME or deployment/NAME", arg)}
	}
	return name, nil
}

// one takes exactly one NAME.
func one(_ *cobra.Command, args []string) error {
	switch len(args) {
	case 1:
		return nil
	case 2:
		if slices.Contains(kinds(), strings.ToLower(args[0])) {
			return fmt.Errorf("write %s/%s", args[0], args[1])
		}
	case 0:
		return fmt.Errorf("which Deployment? NAME is missing")
	}
	return fmt.Errorf("one NAME at a time, not %d", len(args))
}
