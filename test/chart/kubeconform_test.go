package chart

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// kubeconform reads objects from standard input and says what is wrong with them.
func kubeconform(t *testing.T, schemas, text string) (string, error) {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), filepath.Join(root, ".bin", "kubeconform"),
		"-strict", "-summary", "-schema-location", filepath.Join(schemas, schemaLocation))
	cmd.Stdin = strings.NewReader(text)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func TestKubeconform(t *testing.T) {
	t.Parallel()
	crds, err := crdFiles(t.Context())
	require.NoError(t, err)
	schemas := t.TempDir()
	require.NoError(t, writeSchemas(t.Context(), plane(t), crds, schemas))

	for _, v := range variants(t) {
		out, err := kubeconform(t, schemas, rendered(t, v.values))
		require.NoError(t, err, "%s: %s", v.name, out)
		assert.Contains(t, out, "Invalid: 0, Errors: 0, Skipped: 0", v.name)
	}
	beta := rendered(t, "", servesKinds, servesBeta, "--kube-version=1.34.0", "--show-only=templates/brake.yaml")
	require.Contains(t, beta, "admissionregistration.k8s.io/v1beta1")
	out, err := kubeconform(t, schemas, strings.ReplaceAll(beta, "v1beta1", "v1"))
	require.NoError(t, err, "this cluster serves no v1beta1, but its fields are those of v1: %s", out)

	// It does look: at what is built in, deep down, and at a CRD's.
	everything := rendered(t, read(t, filepath.Join("testdata", "everything.yaml")))
	for right, wrong := range map[string]string{
		"  replicas: 3\n":              "  replicas: three\n",
		"readOnlyRootFilesystem: true": "readOnlyRootFileSystem: true",
		"      honorLabels: true\n":    "      honourLabels: true\n",
		"    creationPolicy: Owner\n":  "    creationPolicy: Mine\n",
		"  failurePolicy: Fail\n":      "  failPolicy: Fail\n",
	} {
		require.Contains(t, everything, right)
		out, err := kubeconform(t, schemas, strings.ReplaceAll(everything, right, wrong))
		require.Error(t, err, wrong)
		assert.Contains(t, out, "is invalid", wrong)
	}
}
