package chart

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	admissionv1 "k8s.io/api/admissionregistration/v1"
)

const (
	servesV1   = "--api-versions=admissionregistration.k8s.io/v1/MutatingAdmissionPolicy"
	servesBeta = "--api-versions=admissionregistration.k8s.io/v1beta1/MutatingAdmissionPolicy"
	// servesKinds is what Helm knows of every cluster, and of none without one.
	servesKinds = "--api-versions=apps/v1/Deployment"
)

func TestThePolicyIsOfTheVersionThatTheClusterServes(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		want string
		args []string
	}{
		"Kubernetes 1.36": {"v1", []string{servesKinds, servesV1, "--kube-version=1.36.0"}},
		"Kubernetes 1.35": {"", []string{servesKinds, "--kube-version=1.35.0"}},
		"Kubernetes 1.34 with the beta switched on": {"v1beta1", []string{servesKinds, servesBeta, "--kube-version=1.34.0"}},
		"both: the newer":                                 {"v1", []string{servesKinds, servesBeta, servesV1, "--kube-version=1.36.0"}},
		"1.37 with the API switched off":                  {"", []string{servesKinds, "--kube-version=1.37.0"}},
		"no cluster, told of 1.36":                        {"v1", []string{"--kube-version=1.36.0-gke.100"}},
		"no cluster, told of 1.35":                        {"", []string{"--kube-version=1.35.9"}},
		"no cluster, told of 1.35 and that it has a beta": {"v1beta1", []string{servesBeta, "--kube-version=1.35.0"}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			all := objects(t, "", c.args...)
			uninstall := pods(t, all)["Job sluice-uninstall"].Containers[0].Args
			if c.want == "" {
				assert.NotContains(t, all, "MutatingAdmissionPolicy sluice-brake")
				assert.NotContains(t, all, "MutatingAdmissionPolicyBinding sluice-brake")
				assert.NotContains(t, uninstall, "--delete-brake")
				assert.NotContains(t, all, "ClusterRole sluice-uninstall", "there is nothing to delete")
				return
			}
			for _, id := range []string{"MutatingAdmissionPolicy sluice-brake", "MutatingAdmissionPolicyBinding sluice-brake"} {
				require.Contains(t, all, id)
				assert.Equal(t, "admissionregistration.k8s.io/"+c.want, all[id]["apiVersion"])
			}
			assert.Contains(t, uninstall, "--delete-brake")
			assert.Equal(t, []string{"everywhere: delete mutatingadmissionpolicybindings.admissionregistration.k8s.io sluice-brake"},
				grants(t, all, "uninstall")[:1])
		})
	}
}

func TestThePolicyLetsTheControllersAccountThrough(t *testing.T) {
	t.Parallel()
	const values = `{serviceAccount: {name: rollouts}, fullnameOverride: gate}`
	all := objects(t, values, "--namespace=elsewhere")
	policy := as[admissionv1.MutatingAdmissionPolicy](t, all, "MutatingAdmissionPolicy gate-brake")
	require.Len(t, policy.Spec.MatchConditions, 3)
	assert.Equal(t, "request.userInfo.username != 'system:serviceaccount:elsewhere:rollouts'", policy.Spec.MatchConditions[1].Expression)
	binding := as[admissionv1.MutatingAdmissionPolicyBinding](t, all, "MutatingAdmissionPolicyBinding gate-brake")
	assert.Equal(t, "gate-brake", binding.Spec.PolicyName)
	assert.Nil(t, binding.Spec.MatchResources, "all namespaces")

	spec := pods(t, all)
	for _, id := range []string{"Deployment gate-controller in elsewhere", "Job gate-uninstall in elsewhere"} {
		require.Contains(t, spec, id)
		assert.Equal(t, "rollouts", spec[id].ServiceAccountName, id)
		assert.Contains(t, spec[id].Containers[0].Args, "--brake-policy=gate-brake", id)
		assert.Contains(t, spec[id].Containers[0].Args, "--lease-name=gate-controller", id)
		assert.Contains(t, spec[id].Containers[0].Args, "--lease-namespace=elsewhere", id)
	}
}

func TestNobodyIsBrakedWhomNobodyReleases(t *testing.T) {
	t.Parallel()
	binding := as[admissionv1.MutatingAdmissionPolicyBinding](t, objects(t, `namespaces: [shop, pay]`), "MutatingAdmissionPolicyBinding sluice-brake")
	require.NotNil(t, binding.Spec.MatchResources)
	terms := binding.Spec.MatchResources.NamespaceSelector.MatchExpressions
	require.Len(t, terms, 1)
	assert.Equal(t, "kubernetes.io/metadata.name", terms[0].Key)
	assert.Equal(t, []string{"shop", "pay"}, terms[0].Values)
	for _, values := range []string{`brake: {mode: paused}`, `brake: {policy: false}`} {
		assert.NotContains(t, objects(t, values), "MutatingAdmissionPolicy sluice-brake", values)
	}
	assert.Contains(t, container(t, `brake: {mode: paused}`).Args, "--brake=paused")
}
