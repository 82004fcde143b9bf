package e2e

import (
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/util/yaml"

	"github.com/sluice-dev/sluice/pkg/lint"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// examples is the repository of examples/gitops, rendered as Argo CD renders it: by kustomize, which kubectl has in it, and by Helm's
// engine.
func examples(j *judge) map[string]string {
	j.Helper()
	root, err := filepath.Abs(filepath.Join("..", "..", "examples", "gitops"))
	require.NoError(j, err)
	rendered := map[string]string{}
	for _, environment := range []string{"staging", "production"} {
		rendered["kustomize, "+environment], err = plane.Kubectl(j.ctx, "kustomize", filepath.Join(root, "kustomize", "overlays", environment))
		require.NoError(j, err)
		rendered["Helm, "+environment] = j.tell(question{
			Do: "template", Application: j.application(), Chart: filepath.Join(root, "helm", "shop"),
			Values: []string{filepath.Join(root, "helm", "shop", "values-"+environment+".yaml")},
		}).Manifests
	}
	return rendered
}

// newPlace is a stage without an application.
func newPlace(t *testing.T) *stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	namespace, cleanup, err := plane.Namespace(ctx, "e2e")
	require.NoError(t, err)
	t.Cleanup(cleanup)
	s := &stage{T: t, ctx: ctx, namespace: namespace, brake: strategy.BrakePaused, app: cluster.App{Namespace: namespace, Name: "shop"}}
	s.seen = newJournal(s)
	return s
}

func TestScenario40_ArgoCDSyncsTheExamplesAndSluiceTakesThem(t *testing.T) {
	t.Parallel()
	for _, name := range []string{"kustomize, staging", "kustomize, production", "Helm, staging", "Helm, production"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newPlace(t)
			j := newJudge(s)
			manifests := examples(j)[name]
			report := lint.Lint([]lint.Input{{Source: name, Data: []byte(manifests)}}, lint.Options{})
			assert.Zero(t, report.Problems, "lint")

			app := j.application()
			if strings.HasPrefix(name, "Helm") {
				app = j.application("ServerSideApply=true")
			}
			objects := documents(s, manifests)
			require.Len(t, objects, 4)
			v := j.tell(question{Do: "sync", Application: app, Targets: objects})
			require.Equal(t, "Succeeded", v.Phase, "%s: %v", v.Message, v.Results)
			s.start(setup{})
			s.await(metav1.ConditionTrue, spec.ReasonPromoted)
			j.becomes(isHealthy)
			v = j.tell(question{Do: "compare", Application: app, Targets: objects})
			assert.True(t, v.Synced, "%+v", v.Differences)
		})
	}
}

// documents are YAML documents, as objects of the stage's namespace.
func documents(s *stage, text string) []map[string]any {
	s.Helper()
	var objects []map[string]any
	decoder := yaml.NewYAMLOrJSONDecoder(strings.NewReader(text), 4096)
	for {
		object := map[string]any{}
		err := decoder.Decode(&object)
		if errors.Is(err, io.EOF) {
			return objects
		}
		require.NoError(s, err)
		(&unstructured.Unstructured{Object: object}).SetNamespace(s.namespace)
		objects = append(objects, object)
	}
}

// What is ignored is the same in both environments, and what docs/gitops.md says: how Sluice works doesn't depend on how is applied.
func TestScenario40_TheExamplesApplicationsIgnoreWhatIsDocumented(t *testing.T) {
	t.Parallel()
	s := newPlace(t)
	ignored := map[string][]any{}
	for _, environment := range []string{"production", "staging"} {
		app := readManifest(s, "argocd", environment+".yaml")
		var err error
		ignored[environment], _, err = unstructured.NestedSlice(app, "spec", "ignoreDifferences")
		require.NoError(t, err)
	}
	text, err := os.ReadFile(filepath.Join("..", "..", "docs", "gitops.md"))
	require.NoError(t, err)
	_, rest, found := strings.Cut(string(text), "```yaml\n")
	require.True(t, found)
	manifest, _, _ := strings.Cut(rest, "```")
	told := map[string]any{}
	require.NoError(t, yaml.Unmarshal([]byte(manifest), &told))
	ignored["docs"], _, err = unstructured.NestedSlice(told, "spec", "ignoreDifferences")
	require.NoError(t, err)
	assert.NotEmpty(t, ignored["docs"])
	assert.Equal(t, ignored["docs"], ignored["production"])
	assert.Equal(t, ignored["docs"], ignored["staging"])
}
