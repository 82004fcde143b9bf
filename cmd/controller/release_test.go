package main

import (
	"bytes"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery/fake"
	clienttesting "k8s.io/client-go/testing"
)

func TestReleaseTakesTheControllersFlagsAndItsOwn(t *testing.T) {
	t.Parallel()
	f, err := parseReleaseFlags([]string{
		"--namespaces=a,b", "--brake=paused", "--settle=1s", "--prometheus-address=http://prometheus:9090", "--web-address=:8081",
		"--web-token-file=/t", "--webhook-url=https://x", "--webhook-reasons=Promoted", "--timeout=1m", "--delete-brake", "--lease-owner=sluice-controller",
	}, io.Discard)
	require.NoError(t, err)
	assert.Equal(t, []string{"a", "b"}, f.namespaceList())
	assert.Equal(t, time.Minute, f.timeout)
	assert.Equal(t, 5*time.Minute, f.hold)
	assert.True(t, f.deleteBrake)
	assert.False(t, f.refuseUnlessAtRest)
	assert.Equal(t, "sluice-controller", f.leaseOwner)
	assert.Empty(t, f.prometheus+f.web+f.webToken+f.webhook.URL, "it shows nothing, tells nobody and judges nothing")
	assert.Empty(t, f.webhook.Reasons)
}

func TestReleaseFlagsThatCantBeRight(t *testing.T) {
	t.Parallel()
	for sentence, c := range map[string]struct {
		args []string
		want string
	}{
		"no time":                   {[]string{"--timeout=0s"}, "--timeout wants more than 0"},
		"a hold below zero":         {[]string{"--hold=-1s"}, "--hold 0 or more"},
		"a flag of the controller":  {[]string{"--brake=hand"}, `--brake is "hand"`},
		"a word without a flag":     {[]string{"all"}, `unexpected argument "all"`},
		"a flag that is nobody's":   {[]string{"--faster"}, "flag provided but not defined"},
		"a kubeconfig that is gone": {[]string{"--kubeconfig=/no/such/file"}, ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			status := release(t.Context(), c.args, &stdout, &stderr)
			assert.Empty(t, stdout.String())
			if c.want == "" {
				assert.Equal(t, 1, status)
				assert.Contains(t, stderr.String(), "/no/such/file")
				return
			}
			assert.Equal(t, 2, status)
			assert.Contains(t, stderr.String(), c.want)
		})
	}
	var stderr bytes.Buffer
	assert.Equal(t, 0, release(t.Context(), []string{"--help"}, io.Discard, &stderr))
	assert.Contains(t, stderr.String(), "Exits with 0 if nothing of Sluice is left")
}

func TestTheBrakePolicyIsLookedForInTheVersionThatTheClusterServes(t *testing.T) {
	t.Parallel()
	policies := metav1.APIResource{Name: "mutatingadmissionpolicies", Kind: "MutatingAdmissionPolicy"}
	webhooks := metav1.APIResource{Name: "mutatingwebhookconfigurations", Kind: "MutatingWebhookConfiguration"}
	of := func(version string, kinds ...metav1.APIResource) *metav1.APIResourceList {
		return &metav1.APIResourceList{GroupVersion: schema.GroupVersion{Group: "admissionregistration.k8s.io", Version: version}.String(), APIResources: kinds}
	}
	for sentence, c := range map[string]struct {
		serves []*metav1.APIResourceList
		brake  string
		want   string
	}{
		"Kubernetes 1.36":                          {[]*metav1.APIResourceList{of("v1", webhooks, policies)}, brakeAuto, "v1"},
		"Kubernetes 1.35 where it is switched on":  {[]*metav1.APIResourceList{of("v1", webhooks), of("v1beta1", policies)}, brakeAuto, "v1beta1"},
		"both, as after an upgrade":                {[]*metav1.APIResourceList{of("v1", policies), of("v1beta1", policies)}, brakeAuto, "v1"},
		"Kubernetes 1.35":                          {[]*metav1.APIResourceList{of("v1", webhooks)}, brakeAuto, ""},
		"nothing of it matters where flags fix it": {[]*metav1.APIResourceList{of("v1", policies)}, "paused", ""},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			version, err := policyVersion(&fake.FakeDiscovery{Fake: &clienttesting.Fake{Resources: c.serves}}, c.brake)
			require.NoError(t, err)
			assert.Equal(t, c.want, version)
		})
	}
}
