package chart

import (
	"context"
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
)

// crdFiles are the CRDs of the operators that the chart has objects for, from the modules that test/tools/crds pins.
func crdFiles(ctx context.Context) ([]string, error) {
	operator, err := pinned(ctx, "github.com/prometheus-operator/prometheus-operator")
	if err != nil {
		return nil, err
	}
	secrets, err := pinned(ctx, "github.com/external-secrets/external-secrets")
	if err != nil {
		return nil, err
	}
	return []string{
		filepath.Join(operator, "example", "prometheus-operator-crd", "monitoring.coreos.com_servicemonitors.yaml"),
		filepath.Join(operator, "example", "prometheus-operator-crd", "monitoring.coreos.com_prometheusrules.yaml"),
		filepath.Join(secrets, "config", "crds", "bases", "external-secrets.io_externalsecrets.yaml"),
	}, nil
}

// pinned is the folder of a module in the version of test/tools/crds.
func pinned(ctx context.Context, module string) (string, error) {
	var mod struct {
		Require []struct{ Path, Version string }
	}
	if err := goSays(ctx, &mod, "mod", "edit", "-json"); err != nil {
		return "", err
	}
	for _, r := range mod.Require {
		if r.Path != module {
			continue
		}
		var found struct{ Dir string }
		err := goSays(ctx, &found, "mod", "download", "-json", r.Path+"@"+r.Version)
		return found.Dir, err
	}
	return "", fmt.Errorf("test/tools/crds/go.mod doesn't require %s", module)
}

func goSays(ctx context.Context, into any, args ...string) error {
	cmd := exec.CommandContext(ctx, "go", args...)
	cmd.Dir = filepath.Join(root, "test", "tools", "crds")
	out, err := cmd.Output()
	if err != nil {
		return fmt.Errorf("go %v: %w: %s", args, err, out)
	}
	return json.Unmarshal(out, into)
}
