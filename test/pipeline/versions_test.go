package pipeline

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

func content(t *testing.T, path string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(root, path))
	require.NoError(t, err)
	return string(text)
}

// found is the first group of every match.
func found(t *testing.T, pattern, text string) []string {
	t.Helper()
	var all []string
	for _, match := range regexp.MustCompile(pattern).FindAllStringSubmatch(text, -1) {
		all = append(all, match[1])
	}
	require.NotEmpty(t, all, pattern)
	return all
}

// supported are the versions of Kubernetes that there is an image for, the oldest first.
func supported(t *testing.T) []string {
	t.Helper()
	return found(t, `(?m)^(1\.\d+) kindest/node:v1\.\d+\.\d+@sha256:[0-9a-f]{64}$`, content(t, "test/pipeline/kind/images"))
}

func TestTheSameVersionsOfKubernetesEverywhere(t *testing.T) {
	t.Parallel()
	versions := supported(t)
	assert.Len(t, versions, strings.Count(content(t, "test/pipeline/kind/images"), "\n"), "a line of another form")
	for line := range strings.Lines(content(t, "test/pipeline/kind/images")) {
		version, image, _ := strings.Cut(line, " ")
		assert.Contains(t, image, ":v"+version+".", "the image is of another version")
	}

	ci := read(t, ".github/workflows/ci.yaml")[0]
	matrix, _ := ci.Jobs["kind"].Strategy.Matrix["kubernetes"].([]any)
	var tested []string
	for _, version := range matrix {
		tested = append(tested, version.(string))
	}
	assert.Equal(t, versions, tested, "the matrix of ci")
	assert.Equal(t, versions, found(t, `(?m)^\| (1\.\d+) \|`, content(t, "docs/releasing.md")), "docs/releasing.md")

	var chart struct {
		KubeVersion string `json:"kubeVersion"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(content(t, "charts/sluice/Chart.yaml")), &chart))
	assert.Equal(t, ">="+versions[0]+".0-0", strings.ReplaceAll(chart.KubeVersion, " ", ""), "the chart")

	newest := versions[len(versions)-1]
	assert.Equal(t, newest, found(t, `(?m)^KUBERNETES\s+\?= (\S+)$`, content(t, "Makefile"))[0], "make kind")
	assert.Contains(t, content(t, "test/controlplane/go.mod"), "k8s.io/kubernetes v"+newest+".", "the control plane of the tests")
}

// TestThePolicyIsABetaExactlyWhereTheMatrixTurnsItOn: from 1.36 on it is there without asking.
func TestThePolicyIsABetaExactlyWhereTheMatrixTurnsItOn(t *testing.T) {
	t.Parallel()
	matrix := read(t, ".github/workflows/ci.yaml")[0].Jobs["kind"].Strategy.Matrix
	include, _ := matrix["include"].([]any)
	var beta []string
	for _, one := range include {
		entry, _ := one.(map[string]any)
		policy, _ := entry["policy"].(string)
		assert.FileExists(t, root+"/test/pipeline/kind/"+policy+".yaml")
		version, _ := entry["kubernetes"].(string)
		beta = append(beta, version)
	}
	assert.Equal(t, slices.DeleteFunc(supported(t), func(v string) bool { return v >= "1.36" }), beta)
	assert.Equal(t, []any{"default"}, matrix["policy"])
}

// TestOneGo: what the pipeline builds with is the minor version that the module asks for, and that the image is built with.
func TestOneGo(t *testing.T) {
	t.Parallel()
	minor := found(t, `(?m)^go (1\.\d+)`, content(t, "go.mod"))[0]
	assert.Equal(t, minor+".x", found(t, `go-version: (\S+)`, content(t, ".github/actions/go/action.yaml"))[0])
	for _, version := range found(t, `(?m)golang:(1\.\d+)`, content(t, "Dockerfile")) {
		assert.Equal(t, minor, version, "Dockerfile")
	}
}

// TestTheImageTakesWhatTheWorkflowsGive: an argument that the Dockerfile doesn't know is only a warning to the builder.
func TestTheImageTakesWhatTheWorkflowsGive(t *testing.T) {
	t.Parallel()
	known := found(t, `(?m)^ARG (\w+)`, content(t, "Dockerfile"))
	for _, w := range workflows(t) {
		w.steps(func(place string, s step) {
			if arguments, given := s.With["build-args"].(string); given {
				name, _, _ := strings.Cut(arguments, "=")
				assert.Contains(t, known, name, place)
			}
		})
	}
}

// TestDependabotKnowsEveryModule: a module that is forgotten grows old unseen.
func TestDependabotKnowsEveryModule(t *testing.T) {
	t.Parallel()
	var config struct {
		Updates []struct {
			Ecosystem   string   `json:"package-ecosystem"`
			Directories []string `json:"directories"`
		} `json:"updates"`
	}
	require.NoError(t, yaml.Unmarshal([]byte(content(t, ".github/dependabot.yml")), &config))
	var listed []string
	for _, update := range config.Updates {
		for _, directory := range update.Directories {
			matches, err := filepath.Glob(filepath.Join(root, directory))
			require.NoError(t, err)
			assert.NotEmpty(t, matches, "%s: %s", update.Ecosystem, directory)
			if update.Ecosystem == "gomod" {
				listed = append(listed, matches...)
			}
		}
	}
	var modules []string
	for _, pattern := range []string{"go.mod", "*/go.mod", "*/*/go.mod", "*/*/*/go.mod", "*/*/*/*/go.mod"} {
		paths, err := filepath.Glob(filepath.Join(root, pattern))
		require.NoError(t, err)
		for _, path := range paths {
			modules = append(modules, filepath.Dir(path))
		}
	}
	for _, module := range modules {
		assert.Contains(t, listed, module)
	}
}
