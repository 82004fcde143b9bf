package cluster_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

// ended says whether a Job has a condition by which Kubernetes calls it finished.
func ended(j *batchv1.Job) bool {
	for _, c := range j.Status.Conditions {
		if (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) && c.Status == corev1.ConditionTrue {
			return true
		}
	}
	return false
}

func TestKubernetesJobOfASuspendedCronJobIsLeftAloneAndGoesWithItsDeployment(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	d := deploy(ctx, t, cluster.App{Namespace: namespace, Replicas: 1})
	task := cluster.Task{Namespace: namespace, Env: map[string]string{"RUN_FOR": "100ms"}}
	require.NoError(t, task.Apply(ctx, shared))
	template := task.CronJob().Spec.JobTemplate
	jobs := shared.Client().BatchV1().Jobs(namespace)
	_, err := jobs.Create(ctx, &batchv1.Job{
		ObjectMeta: metav1.ObjectMeta{
			Name: "hook", OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "Deployment", Name: d.Name, UID: d.UID}},
		},
		Spec: template.Spec,
	}, metav1.CreateOptions{})
	require.NoError(t, err)
	done, err := cluster.WaitFor(ctx, shared, namespace, "hook", ended)
	require.NoError(t, err)
	assert.Equal(t, int32(1), done.Status.Succeeded)
	assert.Len(t, done.OwnerReferences, 1, "the controller of CronJobs hasn't adopted it")
	assert.Zero(t, done.Status.Active, "finished means that no pod is left")
	cron, err := cluster.WaitFor(ctx, shared, namespace, "migrate", func(*batchv1.CronJob) bool { return true })
	require.NoError(t, err)
	assert.Empty(t, cron.Status.Active)
	list, err := jobs.List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	assert.Len(t, list.Items, 1, "it runs nothing by itself")

	require.NoError(t, shared.Client().AppsV1().Deployments(namespace).Delete(ctx, d.Name, metav1.DeleteOptions{}))
	require.NoError(t, cluster.WaitGone[batchv1.Job](ctx, shared, namespace, "hook"))
	_, err = cluster.WaitForAll(ctx, shared, namespace, "job-name=hook", func(pods []corev1.Pod) bool { return len(pods) == 0 })
	require.NoError(t, err, "and its pods")
}

func TestKubernetesJobBeyondItsDeadlineFailsWhenItsPodsAreGone(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	task := cluster.Task{Namespace: namespace, Env: map[string]string{"RUN_FOR": "1h", "SHUTDOWN_DELAY": "2s"}, DeadlineSeconds: 1}
	require.NoError(t, task.Apply(ctx, shared))
	_, err := shared.Kubectl(ctx, "-n", namespace, "create", "job", "late", "--from=cronjob/migrate")
	require.NoError(t, err)
	told := false
	done, err := cluster.WaitFor(ctx, shared, namespace, "late", func(j *batchv1.Job) bool {
		for _, c := range j.Status.Conditions {
			if c.Type == batchv1.JobFailureTarget && !ended(j) {
				told = true
			}
		}
		return ended(j)
	})
	require.NoError(t, err)
	assert.True(t, told, "its end is announced before")
	for _, c := range done.Status.Conditions {
		assert.Equal(t, batchv1.JobReasonDeadlineExceeded, c.Reason, c.Type)
	}
	pods, err := shared.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{LabelSelector: "job-name=late"})
	require.NoError(t, err)
	assert.Empty(t, pods.Items)
}
