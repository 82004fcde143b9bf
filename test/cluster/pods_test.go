package cluster_test

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/cluster/podrunner"
)

// answer is what a pod said.
type answer struct {
	status int
	header http.Header
	body   string
}

// ask sends one request to a pod, on a connection of its own.
func ask(ctx context.Context, pod *corev1.Pod, path string) (answer, error) {
	url := fmt.Sprintf("http://%s:8080%s", cluster.Loopback(pod.Status.PodIP), path)
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, http.NoBody)
	if err != nil {
		return answer{}, err
	}
	req.Close = true
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return answer{}, err
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	return answer{status: resp.StatusCode, header: resp.Header, body: string(body)}, err
}

// mustAsk fails the test if the pod doesn't answer.
func mustAsk(ctx context.Context, t *testing.T, pod *corev1.Pod, path string) answer {
	t.Helper()
	a, err := ask(ctx, pod, path)
	require.NoError(t, err)
	return a
}

// isReady says whether a pod is Ready.
func isReady(p *corev1.Pod) bool {
	for _, c := range p.Status.Conditions {
		if c.Type == corev1.PodReady {
			return c.Status == corev1.ConditionTrue
		}
	}
	return false
}

// onePod applies an application with one pod and returns it when cond holds.
func onePod(ctx context.Context, t *testing.T, app cluster.App, cond func(*corev1.Pod) bool) *corev1.Pod {
	t.Helper()
	app.Replicas = 1
	require.NoError(t, app.Apply(ctx, shared))
	pods, err := cluster.WaitForAll(ctx, shared, app.Namespace, "app=shop", func(pods []corev1.Pod) bool {
		return len(pods) == 1 && cond(&pods[0])
	})
	require.NoError(t, err)
	return &pods[0]
}

// waiting is the reason why a pod's container waits.
func waiting(p *corev1.Pod) string {
	if len(p.Status.ContainerStatuses) == 0 || p.Status.ContainerStatuses[0].State.Waiting == nil {
		return ""
	}
	return p.Status.ContainerStatuses[0].State.Waiting.Reason
}

func TestPodsServeAndAreEndpoints(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	deploy(ctx, t, cluster.App{Namespace: namespace, Version: "v7"})
	pods, err := shared.Client().CoreV1().Pods(namespace).List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	require.Len(t, pods.Items, 3)
	addresses := map[string]bool{}
	for i := range pods.Items {
		pod := &pods.Items[i]
		addresses[pod.Status.PodIP] = true
		a := mustAsk(ctx, t, pod, "/")
		assert.Equal(t, http.StatusOK, a.status)
		assert.Equal(t, "v7", a.header.Get(podrunner.HeaderVersion))
		assert.Equal(t, pod.Name, a.header.Get(podrunner.HeaderPod))
		assert.True(t, pod.Status.ContainerStatuses[0].Ready)
		assert.NotEmpty(t, pod.Spec.NodeName)
	}
	assert.Len(t, addresses, 3)
	_, err = cluster.WaitForAll(ctx, shared, namespace, "kubernetes.io/service-name=shop",
		func(slices []discoveryv1.EndpointSlice) bool {
			ready := 0
			for _, s := range slices {
				for _, e := range s.Endpoints {
					if *e.Conditions.Ready && addresses[e.Addresses[0]] {
						ready++
					}
				}
			}
			return ready == 3
		})
	require.NoError(t, err)
}

func TestPodBecomesReadyWhenItsEnvSays(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	pod := onePod(ctx, t, cluster.App{Namespace: namespace, Env: map[string]string{"READY_AFTER": "2s"}},
		func(p *corev1.Pod) bool { return p.Status.Phase == corev1.PodRunning })
	assert.False(t, isReady(pod))
	pod, err := cluster.WaitFor(ctx, shared, namespace, pod.Name, isReady)
	require.NoError(t, err)
	var since metav1.Time
	for _, c := range pod.Status.Conditions {
		if c.Type == corev1.PodReady {
			since = c.LastTransitionTime
		}
	}
	assert.GreaterOrEqual(t, since.Sub(pod.Status.StartTime.Time).Seconds(), 2.0)
}

func TestPodOfAMissingImageWaits(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	app := cluster.App{Namespace: namespace, Image: "registry.example/shop:missing", ProgressDeadlineSeconds: 1}
	pod := onePod(ctx, t, app, func(p *corev1.Pod) bool { return waiting(p) == "ErrImagePull" })
	assert.Equal(t, corev1.PodPending, pod.Status.Phase)
	_, err := ask(ctx, pod, "/")
	require.Error(t, err)
	_, err = shared.Kubectl(ctx, "-n", namespace, "rollout", "status", "deployment/shop")
	require.ErrorContains(t, err, "exceeded its progress deadline")

	app.Image = "registry.example/shop:v2"
	deploy(ctx, t, app)
	require.NoError(t, cluster.WaitGone[corev1.Pod](ctx, shared, namespace, pod.Name))
}

func TestPodThatCrashesStartsAgainWithNewCounters(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	pod := onePod(ctx, t, cluster.App{Namespace: namespace, Env: map[string]string{"CRASH_BACKOFF": "1s"}}, isReady)
	mustAsk(ctx, t, pod, "/")
	assert.Contains(t, mustAsk(ctx, t, pod, "/metrics").body, "http_requests_total{")

	require.NoError(t, shared.Pods().Crash(ctx, namespace, pod.Name))
	crashed, err := cluster.WaitFor(ctx, shared, namespace, pod.Name, func(p *corev1.Pod) bool {
		return waiting(p) == "CrashLoopBackOff"
	})
	require.NoError(t, err)
	assert.False(t, isReady(crashed))
	again, err := cluster.WaitFor(ctx, shared, namespace, pod.Name, isReady)
	require.NoError(t, err)
	assert.Equal(t, int32(1), again.Status.ContainerStatuses[0].RestartCount)
	assert.Equal(t, pod.Status.PodIP, again.Status.PodIP)
	assert.NotEqual(t, pod.Status.ContainerStatuses[0].ContainerID, again.Status.ContainerStatuses[0].ContainerID)
	assert.NotContains(t, mustAsk(ctx, t, again, "/metrics").body, "http_requests_total{")
	require.ErrorIs(t, shared.Pods().Crash(ctx, namespace, "nobody"), podrunner.ErrNotRunning)
}

func TestPodCrashesAsOftenAsItsEnvSays(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	env := map[string]string{"CRASH_AFTER": "100ms", "CRASH_TIMES": "2", "CRASH_BACKOFF": "100ms", "READY_AFTER": "200ms"}
	pod := onePod(ctx, t, cluster.App{Namespace: namespace, Env: env}, isReady)
	assert.Equal(t, int32(2), pod.Status.ContainerStatuses[0].RestartCount)
	assert.NotNil(t, pod.Status.ContainerStatuses[0].LastTerminationState.Terminated)
}

func TestPodDiesAtOnceUnlessItsEnvSaysOtherwise(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	pod := onePod(ctx, t, cluster.App{Namespace: namespace, Env: map[string]string{"SHUTDOWN_DELAY": "2s"}}, isReady)
	require.NoError(t, shared.Client().CoreV1().Pods(namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{}))
	_, err := cluster.WaitFor(ctx, shared, namespace, pod.Name, func(p *corev1.Pod) bool {
		return p.DeletionTimestamp != nil && !isReady(p)
	})
	require.NoError(t, err)
	mustAsk(ctx, t, pod, "/")
	require.NoError(t, cluster.WaitGone[corev1.Pod](ctx, shared, namespace, pod.Name))
	_, err = ask(ctx, pod, "/")
	require.Error(t, err)

	pod = onePod(ctx, t, cluster.App{Namespace: namespace}, isReady)
	require.NoError(t, shared.Client().CoreV1().Pods(namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{}))
	require.NoError(t, cluster.WaitGone[corev1.Pod](ctx, shared, namespace, pod.Name))
	_, err = ask(ctx, pod, "/")
	require.Error(t, err)
}

func TestPodForcedOutStopsServing(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	pod := onePod(ctx, t, cluster.App{Namespace: namespace, Env: map[string]string{"SHUTDOWN_DELAY": "1h"}}, isReady)
	mustAsk(ctx, t, pod, "/")
	now := int64(0)
	err := shared.Client().CoreV1().Pods(namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: &now})
	require.NoError(t, err)
	require.Eventually(t, func() bool {
		_, err := ask(ctx, pod, "/")
		return err != nil
	}, 10*time.Second, 10*time.Millisecond)
}

func TestPodsBehaveAsOverridden(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	pod := onePod(ctx, t, cluster.App{Namespace: namespace}, isReady)
	assert.Equal(t, http.StatusOK, mustAsk(ctx, t, pod, "/").status)
	require.NoError(t, shared.Pods().Override(namespace, "shop-", map[string]string{"ERROR_RATE": "1"}))
	a := mustAsk(ctx, t, pod, "/")
	assert.Equal(t, http.StatusInternalServerError, a.status)
	assert.Equal(t, "true", a.header.Get(podrunner.HeaderInjected))

	require.NoError(t, shared.Client().CoreV1().Pods(namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{}))
	require.NoError(t, cluster.WaitGone[corev1.Pod](ctx, shared, namespace, pod.Name))
	pod = onePod(ctx, t, cluster.App{Namespace: namespace}, isReady)
	assert.Equal(t, http.StatusInternalServerError, mustAsk(ctx, t, pod, "/").status, "later pods too")
	require.NoError(t, shared.Pods().Override(namespace, "shop-", map[string]string{"ERROR_RATE": "0"}))
	assert.Equal(t, http.StatusOK, mustAsk(ctx, t, pod, "/").status)
	require.Error(t, shared.Pods().Override(namespace, "shop-", map[string]string{"ERROR_RATE": "2"}))
}

func TestJobsEndAsTheirEnvSays(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	job := func(name, runFor, exitCode string) *batchv1.Job {
		limit := int32(0)
		return &batchv1.Job{
			TypeMeta:   metav1.TypeMeta{APIVersion: "batch/v1", Kind: "Job"},
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name},
			Spec: batchv1.JobSpec{BackoffLimit: &limit, Template: corev1.PodTemplateSpec{Spec: corev1.PodSpec{
				RestartPolicy: corev1.RestartPolicyNever,
				Containers: []corev1.Container{{Name: "work", Image: "registry.example/work:v1", Env: []corev1.EnvVar{
					{Name: "RUN_FOR", Value: runFor}, {Name: "EXIT_CODE", Value: exitCode},
				}}},
			}}},
		}
	}
	require.NoError(t, shared.Apply(ctx, job("good", "100ms", "0"), job("ill", "100ms", "1"), job("long", "1h", "0")))
	_, err := cluster.WaitFor(ctx, shared, namespace, "good", func(j *batchv1.Job) bool { return j.Status.Succeeded == 1 })
	require.NoError(t, err)
	_, err = cluster.WaitFor(ctx, shared, namespace, "ill", func(j *batchv1.Job) bool { return j.Status.Failed == 1 })
	require.NoError(t, err)

	running, err := cluster.WaitForAll(ctx, shared, namespace, "job-name=long", func(pods []corev1.Pod) bool {
		return len(pods) == 1 && isReady(&pods[0])
	})
	require.NoError(t, err)
	require.NoError(t, shared.Client().CoreV1().Pods(namespace).Delete(ctx, running[0].Name, metav1.DeleteOptions{}))
	_, err = cluster.WaitFor(ctx, shared, namespace, "long", func(j *batchv1.Job) bool { return j.Status.Failed == 1 })
	require.NoError(t, err)
	require.NoError(t, cluster.WaitGone[corev1.Pod](ctx, shared, namespace, running[0].Name))
}

func TestHundredsOfPods(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	deploy(ctx, t, cluster.App{Namespace: namespace, Replicas: 300})
}
