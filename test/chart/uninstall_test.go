package chart

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/test/chart/helm"
)

func hook(o helm.Object) (kind, deletion, weight any) {
	metadata, _ := o["metadata"].(map[string]any)
	annotations, _ := metadata["annotations"].(map[string]any)
	return annotations["helm.sh/hook"], annotations["helm.sh/hook-delete-policy"], annotations["helm.sh/hook-weight"]
}

func TestUninstallingTakesSluiceOutFirst(t *testing.T) {
	t.Parallel()
	all := objects(t, `uninstall: {timeout: 10m}`)
	for _, id := range []string{
		"Role sluice-uninstall", "RoleBinding sluice-uninstall", "ClusterRole sluice-uninstall", "ClusterRoleBinding sluice-uninstall", "Job sluice-uninstall",
	} {
		require.Contains(t, all, id)
		kind, deletion, weight := hook(all[id])
		assert.Equal(t, "pre-delete", kind, id)
		assert.Equal(t, "before-hook-creation,hook-succeeded", deletion, id)
		assert.Equal(t, strings.HasPrefix(id, "Job "), weight == "0", "%s: permissions before the Job", id)
	}
	assert.Equal(t, []string{
		"everywhere: delete mutatingadmissionpolicybindings.admissionregistration.k8s.io sluice-brake",
		"in sluice-system: get deployments.apps sluice-controller",
	}, grants(t, all, "uninstall"))

	job := as[batchv1.Job](t, all, "Job sluice-uninstall")
	assert.Zero(t, *job.Spec.BackoffLimit)
	assert.EqualValues(t, 660, *job.Spec.ActiveDeadlineSeconds, "a minute more than its own timeout")
	assert.Equal(t, corev1.RestartPolicyNever, job.Spec.Template.Spec.RestartPolicy)
	assert.Equal(t, deployment(t, "").Spec.Template.Spec.ServiceAccountName, job.Spec.Template.Spec.ServiceAccountName)
	args := job.Spec.Template.Spec.Containers[0].Args
	assert.Equal(t, "release", args[0])
	assert.Subset(t, args, []string{"--timeout=10m", "--delete-brake", "--lease-owner=sluice-controller"})
	assert.NotContains(t, args, "--refuse-unless-at-rest")
	// What decides what is released, and how, is the same for both.
	for _, arg := range args[1:] {
		if name, _, _ := strings.Cut(arg, "="); name != "--timeout" && name != "--delete-brake" && name != "--lease-owner" {
			assert.Contains(t, container(t, "").Args, arg)
		}
	}
	assert.NotEqual(t, deployment(t, "").Spec.Selector.MatchLabels["app.kubernetes.io/component"],
		job.Spec.Template.Labels["app.kubernetes.io/component"], "the Deployment and the Service don't take it for theirs")

	for timeout, seconds := range map[string]int64{"45s": 105, "4m": 300, "1h": 3660} {
		assert.Equal(t, seconds, *as[batchv1.Job](t, objects(t, `uninstall: {timeout: `+timeout+`}`), "Job sluice-uninstall").Spec.ActiveDeadlineSeconds)
	}
	assert.Contains(t, pods(t, objects(t, `uninstall: {refuseUnlessAtRest: true}`))["Job sluice-uninstall"].Containers[0].Args,
		"--refuse-unless-at-rest")
	for id := range objects(t, `uninstall: {enabled: false}`) {
		assert.NotContains(t, id, "uninstall")
	}
}

func TestHelmTestAsksTheService(t *testing.T) {
	t.Parallel()
	all := objects(t, "")
	kind, deletion, _ := hook(all["Pod sluice-test"])
	assert.Equal(t, "test", kind)
	assert.Equal(t, "before-hook-creation,hook-succeeded", deletion)
	pod := as[corev1.Pod](t, all, "Pod sluice-test")
	assert.Equal(t, []string{"healthcheck", "--url=http://sluice-controller.sluice-system.svc:8080/readyz", "--timeout=10s"},
		pod.Spec.Containers[0].Args)
	assert.Equal(t, corev1.RestartPolicyNever, pod.Spec.RestartPolicy)
	assert.Equal(t, container(t, "").Image, pod.Spec.Containers[0].Image)
}
