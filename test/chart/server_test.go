package chart

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/manifests"
	"github.com/sluice-dev/sluice/test/chart/helm"
	"github.com/sluice-dev/sluice/test/cluster"
)

// dryRun has the API server check what it would otherwise store: schema, validation, admission.
func dryRun(t *testing.T, text string) {
	t.Helper()
	out, err := plane(t).KubectlAs(t.Context(), cluster.Admin, text, "apply", "--server-side", "--dry-run=server", "--validate=strict", "-f", "-")
	require.NoError(t, err)
	assert.NotEmpty(t, out)
}

func TestTheServerTakesEveryRendering(t *testing.T) {
	t.Parallel()
	for _, v := range variants(t) {
		t.Run(v.name, func(t *testing.T) {
			t.Parallel()
			dryRun(t, rendered(t, v.values))
		})
	}
	t.Run("the manifests", func(t *testing.T) {
		t.Parallel()
		for _, text := range []string{manifests.RBAC, manifests.Brake, read(t, root+"/manifests/install.yaml")} {
			dryRun(t, text)
		}
	})
}

// What the server says of a Deployment says nothing of its pods: they meet admission when they are made. The namespace enforces the
// Pod Security Standard "restricted".
func TestPodsAreAdmittedWhereOnlyRestrictedOnesAre(t *testing.T) {
	t.Parallel()
	client := plane(t).Client().CoreV1().Pods(helm.Namespace)
	dry := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	for _, v := range variants(t) {
		all := objects(t, v.values)
		for id, spec := range pods(t, all) {
			made := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "x-"}, Spec: *spec}
			_, err := client.Create(t.Context(), made, dry)
			require.NoError(t, err, "%s: %s", v.name, id)
		}
	}
	loose := pods(t, objects(t, `securityContext: {capabilities: {drop: []}}`))["Deployment sluice-controller"]
	_, err := client.Create(t.Context(), &corev1.Pod{ObjectMeta: metav1.ObjectMeta{GenerateName: "x-"}, Spec: *loose}, dry)
	require.ErrorContains(t, err, `violates PodSecurity "restricted`, "the namespace does look")
}

// A Deployment and a Job get what they ask for only if nothing is dropped or defaulted in between.
func TestWhatIsRenderedIsWhatIsStored(t *testing.T) {
	t.Parallel()
	all := objects(t, "")
	client := plane(t).Client()
	dry := metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}}
	made, err := client.AppsV1().Deployments(helm.Namespace).Create(t.Context(), as[appsv1.Deployment](t, all, "Deployment sluice-controller"), dry)
	require.NoError(t, err)
	assert.Equal(t, container(t, "").Args, made.Spec.Template.Spec.Containers[0].Args)
	job, err := client.BatchV1().Jobs(helm.Namespace).Create(t.Context(), as[batchv1.Job](t, all, "Job sluice-uninstall"), dry)
	require.NoError(t, err)
	assert.Zero(t, *job.Spec.BackoffLimit)
}

func TestViewAndEditGetWhatTheChartAdds(t *testing.T) {
	t.Parallel()
	c := plane(t)
	text := rendered(t, `{fullnameOverride: people, rbac: {aggregateRoutes: true}}`, "--show-only=templates/rbac-people.yaml")
	_, err := c.KubectlAs(t.Context(), cluster.Admin, text, "apply", "-f", "-")
	require.NoError(t, err)
	for role, verb := range map[string]string{"view": "list", "edit": "update"} {
		user := "somebody-who-may-" + role
		_, err := c.Kubectl(t.Context(), "create", "rolebinding", user, "--namespace=shop", "--clusterrole="+role, "--user="+user)
		require.NoError(t, err)
		require.Eventually(t, func() bool {
			out, err := c.Kubectl(t.Context(), "auth", "can-i", verb, "virtualservices.networking.istio.io", "--namespace=shop", "--as="+user)
			return err == nil && fmt.Sprint(out) == "yes\n"
		}, waits, tick, "%s may %s VirtualServices", role, verb)
		out, _ := c.Kubectl(t.Context(), "auth", "can-i", verb, "virtualservices.networking.istio.io", "--namespace=pay", "--as="+user)
		assert.Equal(t, "no\n", out, "only where %s is bound", role)
	}
}
