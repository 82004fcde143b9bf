package chart

import (
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/test/chart/helm"
)

func TestThePackageIsWhole(t *testing.T) {
	t.Parallel()
	h, dir, everything := helm.Four(root), t.TempDir(), filepath.Join("testdata", "everything.yaml")
	_, err := h.Run(t.Context(), "", "package", filepath.Join(root, "charts", "sluice"), "--destination", dir)
	require.NoError(t, err)
	packed, err := filepath.Glob(filepath.Join(dir, "sluice-*.tgz"))
	require.NoError(t, err)
	require.Len(t, packed, 1)
	text, err := h.Run(t.Context(), "", "template", helm.Release, packed[0], "--namespace", helm.Namespace, "--values", everything, kubernetes)
	require.NoError(t, err)
	sameLines(t, rendered(t, read(t, everything)), text, "the package")
}

func TestItCanBeAPartOfAnotherChart(t *testing.T) {
	t.Parallel()
	assert.Equal(t, rendered(t, ""), rendered(t, `{global: {registry: x}, enabled: true}`), "a parent's condition and its global values")
}

func TestValuesCanBeTakenAway(t *testing.T) {
	t.Parallel()
	d := deployment(t, `{resources: null, podSecurityContext: {runAsUser: null, runAsGroup: null, fsGroup: null}, nodeSelector: null}`)
	assert.Nil(t, d.Spec.Template.Spec.SecurityContext.RunAsUser, "OpenShift picks one")
	assert.True(t, *d.Spec.Template.Spec.SecurityContext.RunAsNonRoot)
	assert.Empty(t, d.Spec.Template.Spec.Containers[0].Resources.Limits)
	assert.Empty(t, d.Spec.Template.Spec.Containers[0].Env)
	assert.Empty(t, d.Spec.Template.Spec.NodeSelector)
}

func TestAKubernetesThatItIsNotTestedOnIsRefused(t *testing.T) {
	t.Parallel()
	refused(t, helm.Four(root), "", "chart requires kubeVersion: >=1.34.0-0 which is incompatible with Kubernetes v1.33.9", "--kube-version=1.33.9")
	rendered(t, "", "--kube-version=1.34.1-eks.5")
}
