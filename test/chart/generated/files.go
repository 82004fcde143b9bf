package generated

import (
	"context"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/test/chart/values"
)

// Files are all files that are made of the chart, by their paths in the repository, whose root is given.
func Files(ctx context.Context, root string) (map[string]string, error) {
	version, err := AppVersion(root)
	if err != nil {
		return nil, err
	}
	files, err := Manifests(ctx, root, version)
	if err != nil {
		return nil, err
	}
	entries, err := values.Read(root)
	if err != nil {
		return nil, err
	}
	readme, err := os.ReadFile(filepath.Join(root, README))
	if err != nil {
		return nil, fmt.Errorf("the chart's README: %w", err)
	}
	files[README], err = Table(string(readme), entries)
	return files, err
}

// AppVersion is the version of the controller that the chart installs.
func AppVersion(root string) (string, error) {
	content, err := os.ReadFile(filepath.Join(root, "charts", "sluice", "Chart.yaml"))
	if err != nil {
		return "", fmt.Errorf("the chart's Chart.yaml: %w", err)
	}
	var chart struct {
		AppVersion string `json:"appVersion"`
	}
	if err := yaml.Unmarshal(content, &chart); err != nil {
		return "", fmt.Errorf("the chart's Chart.yaml: %w", err)
	}
	return chart.AppVersion, nil
}
