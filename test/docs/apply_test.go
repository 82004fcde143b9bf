package docs

import (
	"maps"
	"path"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/pkg/lint"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// wholes are what excerpts are excerpts of, by kind.
func wholes(t *testing.T, kind string) map[string]any {
	t.Helper()
	switch kind {
	case "", "Deployment":
		whole, err := runtime.DefaultUnstructuredConverter.ToUnstructured(cluster.App{Name: "shop"}.Deployment())
		require.NoError(t, err)
		delete(whole, "status")
		return whole
	case "Application":
		return map[string]any{
			"metadata": map[string]any{"name": "shop"},
			"spec": map[string]any{
				"project":     "default",
				"source":      map[string]any{"repoURL": "https://git.example/shop.git", "path": "."},
				"destination": map[string]any{"server": "https://kubernetes.default.svc"},
			},
		}
	default:
		return map[string]any{}
	}
}

// merge lays a mapping over another.
func merge(whole, excerpt map[string]any) map[string]any {
	merged := maps.Clone(whole)
	for key, value := range excerpt {
		inner, isMap := value.(map[string]any)
		if under, both := merged[key].(map[string]any); isMap && both {
			value = merge(under, inner)
		}
		merged[key] = value
	}
	return merged
}

// isExcerpt holds for an object without what every object of its kind has.
func isExcerpt(object map[string]any) bool {
	metadata, _ := object["metadata"].(map[string]any)
	kind, _ := object["kind"].(string)
	return kind == "" || metadata["name"] == nil || kind == "Deployment" && object["spec"] == nil
}

// areApplied applies objects to a namespace of their own; those that name one, or are in none, as a dry run of the server. Annotated
// Deployments go through the linter as well.
func areApplied(t *testing.T, s source, objects []map[string]any) {
	t.Helper()
	args := []string{"apply", "--filename=-", "--validate=strict"}
	for i, object := range objects {
		if isExcerpt(object) {
			kind, _ := object["kind"].(string)
			object = merge(wholes(t, kind), object)
			objects[i] = object
		}
		metadata, _ := object["metadata"].(map[string]any)
		if metadata["namespace"] != nil || isOfNoNamespace(object["kind"]) {
			args = append(args, "--dry-run=server")
		}
	}
	text := rendered(t, objects)
	out, err := plane.KubectlAs(t.Context(), cluster.Admin, text, append(args, "--kubeconfig", kubeconfigFor(t, newNamespace(t)))...)
	require.NoError(t, err)
	t.Log(out)
	assertLinted(t, s, text)
}

// namedRules are the alert rules that pages name as ones that the reader has.
const namedRules = `
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata: {name: the-readers-own}
spec:
  groups:
    - name: shop
      rules:
        - alert: HighErrorRate
          expr: sum(rate(http_requests_total{status=~"5.."}[5m])) / sum(rate(http_requests_total[5m])) > 0.05
          labels: {severity: critical}
        - alert: HighLatency
          expr: histogram_quantile(0.95, sum by (le) (rate(http_request_duration_seconds_bucket[5m]))) > 2
          labels: {severity: critical}
`

// assertLinted asserts that the linter has no fault to find.
func assertLinted(t *testing.T, s source, text string) {
	t.Helper()
	inputs := []lint.Input{{Source: s.name, Data: []byte(text)}}
	if !strings.Contains(text, "kind: PrometheusRule") {
		inputs = append(inputs, lint.Input{Source: "rules that excerpts name", Data: []byte(namedRules)})
	}
	report := lint.Lint(inputs, lint.Options{})
	for _, f := range report.Findings {
		assert.NotEqual(t, lint.LevelProblem, f.Level, "%+v", f)
	}
	assert.Empty(t, report.Unread)
}

func isOfNoNamespace(kind any) bool {
	switch kind {
	case "Namespace", "ClusterRole", "ClusterRoleBinding", "MutatingAdmissionPolicy", "MutatingAdmissionPolicyBinding", "PriorityClass":
		return true
	default:
		return false
	}
}

// rendered are objects as a text of several documents.
func rendered(t *testing.T, objects []map[string]any) string {
	t.Helper()
	var all strings.Builder
	for _, object := range objects {
		text, err := yaml.Marshal(object)
		require.NoError(t, err)
		all.WriteString("---\n" + string(text))
	}
	return all.String()
}

// annotationsAreApplied puts annotations on a Deployment. Those that go with a strategy or a hook get what they need.
func annotationsAreApplied(t *testing.T, s source, documents []map[string]any) {
	t.Helper()
	for _, annotations := range documents {
		all := map[string]any{spec.AnnotationStrategy: "canary"}
		maps.Copy(all, annotations)
		areApplied(t, s, []map[string]any{{"metadata": map[string]any{"annotations": all}}})
	}
}

// kustomizationIsApplied builds the folder of a kustomization.
func kustomizationIsApplied(t *testing.T, s source, _ []map[string]any) {
	t.Helper()
	built, err := plane.Kubectl(t.Context(), "kustomize", filepath.Join(root, path.Dir(s.path)))
	require.NoError(t, err)
	objects, err := documentsOf(built)
	require.NoError(t, err)
	areApplied(t, s, objects)
}

// rendersAsChart renders a chart with each of its files of values, and applies what comes of it.
func rendersAsChart(t *testing.T, folder string) {
	t.Helper()
	values := files(t, folder, func(file string) bool {
		return path.Dir(file) == folder && strings.HasPrefix(path.Base(file), "values")
	})
	require.NotEmpty(t, values)
	for _, file := range values {
		text, err := programs.run(t.Context(), "helm", "template", "shop", filepath.Join(root, folder), "--values", filepath.Join(root, file))
		require.NoError(t, err)
		objects, err := documentsOf(text)
		require.NoError(t, err, text)
		areApplied(t, source{name: file, path: file}, objects)
	}
}

// newNamespace is a namespace of the test's own.
func newNamespace(t *testing.T) string {
	t.Helper()
	namespace, cleanup, err := plane.Namespace(t.Context(), "docs")
	require.NoError(t, err)
	t.Cleanup(cleanup)
	return namespace
}

// kubeconfigFor is the admin's kubeconfig with another default namespace.
func kubeconfigFor(t *testing.T, namespace string) string {
	t.Helper()
	config, err := clientcmd.LoadFromFile(plane.Kubeconfig(cluster.Admin))
	require.NoError(t, err)
	config.Contexts[config.CurrentContext].Namespace = namespace
	file := filepath.Join(t.TempDir(), "kubeconfig")
	require.NoError(t, clientcmd.WriteToFile(*config, file))
	return file
}
