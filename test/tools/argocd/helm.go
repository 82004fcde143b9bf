package main

import (
	"fmt"
	"maps"
	"os"
	"path"
	"slices"
	"strings"

	"helm.sh/helm/v4/pkg/chart/common"
	"helm.sh/helm/v4/pkg/chart/common/util"
	"helm.sh/helm/v4/pkg/chart/v2/loader"
	"helm.sh/helm/v4/pkg/engine"
	"sigs.k8s.io/yaml"
)

// template renders a chart with values files, the later one winning, as `helm template` does. Argo CD runs the helm program for that; its
// engine is the same.
func template(chart, release, namespace string, files []string) (string, error) {
	loaded, err := loader.Load(chart)
	if err != nil {
		return "", fmt.Errorf("chart %s: %w", chart, err)
	}
	given := map[string]any{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			return "", err
		}
		more := map[string]any{}
		if err := yaml.Unmarshal(text, &more); err != nil {
			return "", fmt.Errorf("%s: %w", file, err)
		}
		given = loader.MergeMaps(given, more)
	}
	values, err := util.ToRenderValues(loaded, given, common.ReleaseOptions{Name: release, Namespace: namespace, IsInstall: true}, nil)
	if err != nil {
		return "", fmt.Errorf("values: %w", err)
	}
	rendered, err := engine.Engine{Strict: true}.Render(loaded, values)
	if err != nil {
		return "", fmt.Errorf("render: %w", err)
	}
	var documents []string
	for _, name := range slices.Sorted(maps.Keys(rendered)) {
		if path.Ext(name) == ".yaml" && strings.TrimSpace(rendered[name]) != "" {
			documents = append(documents, rendered[name])
		}
	}
	return strings.Join(documents, "\n---\n"), nil
}
