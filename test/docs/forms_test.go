package docs

import (
	"maps"
	"os"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// form is one thing that YAML may be.
type form struct {
	name  string
	is    func(s source, documents []map[string]any) bool
	check func(t *testing.T, s source, documents []map[string]any)
}

// forms are tried in this order.
func forms() []form {
	return []form{
		{"a kustomization: built, and what comes of it applied", isKustomization, kustomizationIsApplied},
		{"objects, or excerpts of them: applied", each(isObject), areApplied},
		{"annotations of a Deployment: applied", each(areAnnotations), annotationsAreApplied},
		{"Prometheus's configuration: read by promtool", each(has("scrape_configs", "rule_files")), promtool("check", "config", "--syntax-only")},
		{"rules of Prometheus: read by promtool", each(has("groups")), promtool("check", "rules")},
		{"values of Sluice's chart: rendered", each(areValues), valuesRender},
		// There is no Grafana here; test/dashboards checks what it is to load.
		{"Grafana's provisioning", each(has("datasources", "providers")), areOfKeys("apiVersion", "datasources", "providers")},
		// Read by Alertmanager's own code in test/tools/notifications.
		{"Alertmanager's configuration", isFile("examples/notifications/alertmanager.yaml"), areOfKeys("global", "templates", "route", "receivers", "inhibit_rules")},
		{"targets of Prometheus", each(has("targets")), areOfKeys("targets", "labels")},
		// There is no container engine here.
		{"a Compose file", each(has("services")), composeIsWhole},
	}
}

// each holds if all documents are so.
func each(is func(map[string]any) bool) func(source, []map[string]any) bool {
	return func(_ source, documents []map[string]any) bool {
		for _, document := range documents {
			if !is(document) {
				return false
			}
		}
		return true
	}
}

// has holds for a mapping with one of the keys, and nothing that an object has.
func has(keys ...string) func(map[string]any) bool {
	return func(document map[string]any) bool {
		for _, key := range keys {
			if document[key] != nil && document["kind"] == nil {
				return true
			}
		}
		return false
	}
}

func isFile(file string) func(source, []map[string]any) bool {
	return func(s source, _ []map[string]any) bool { return s.path == file }
}

func isKustomization(s source, documents []map[string]any) bool {
	return path.Base(s.path) == "kustomization.yaml" && documents[0]["kind"] == "Kustomization"
}

// isObject holds for an object, and for an excerpt of one: its kind, or its metadata alone.
func isObject(document map[string]any) bool {
	_, metadata := document["metadata"].(map[string]any)
	return document["kind"] != nil && document["apiVersion"] != nil || metadata && len(document) == 1
}

// areAnnotations holds for annotations of Sluice's alone.
func areAnnotations(document map[string]any) bool {
	for name := range document {
		if !strings.HasPrefix(name, spec.Prefix) {
			return false
		}
	}
	return len(document) > 0
}

// areValues holds for keys that the chart's values have.
func areValues(document map[string]any) bool {
	text, err := os.ReadFile(filepath.Join(root, "charts", "sluice", "values.yaml"))
	known := map[string]any{}
	if err != nil || yaml.Unmarshal(text, &known) != nil {
		return false
	}
	for name := range document {
		if _, is := known[name]; !is {
			return false
		}
	}
	return len(document) > 0
}

// areOfKeys asserts that mappings have these keys alone: all that can be said of them here.
func areOfKeys(keys ...string) func(*testing.T, source, []map[string]any) {
	return func(t *testing.T, _ source, documents []map[string]any) {
		t.Helper()
		for _, document := range documents {
			for key := range maps.Keys(document) {
				assert.Contains(t, keys, key)
			}
		}
	}
}

// promtool checks the text as a file.
func promtool(args ...string) func(*testing.T, source, []map[string]any) {
	return func(t *testing.T, s source, _ []map[string]any) {
		t.Helper()
		file := filepath.Join(t.TempDir(), "file.yaml")
		require.NoError(t, os.WriteFile(file, []byte(s.text), 0o600))
		out, err := programs.run(t.Context(), "promtool", append(args, file)...)
		require.NoError(t, err, out)
	}
}

// valuesRender renders the chart with values: its schema is checked, too.
func valuesRender(t *testing.T, s source, _ []map[string]any) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "values.yaml")
	require.NoError(t, os.WriteFile(file, []byte(s.text), 0o600))
	out, err := programs.run(t.Context(), "helm", "lint", "--strict", filepath.Join(root, "charts", "sluice"), "--values", file)
	require.NoError(t, err, out)
}

// composeIsWhole asserts that the files are there that a Compose file mounts.
func composeIsWhole(t *testing.T, s source, documents []map[string]any) {
	t.Helper()
	services, _ := documents[0]["services"].(map[string]any)
	require.NotEmpty(t, services)
	for name, service := range services {
		fields, _ := service.(map[string]any)
		assert.NotEmpty(t, fields["image"], name)
		volumes, _ := fields["volumes"].([]any)
		for _, volume := range volumes {
			if from, _, _ := strings.Cut(toString(volume), ":"); strings.HasPrefix(from, ".") {
				_, err := os.Stat(filepath.Join(root, filepath.Dir(s.path), from))
				assert.NoError(t, err)
			}
		}
	}
}

func toString(value any) string {
	text, _ := value.(string) // a volume may be written at length
	return text
}
