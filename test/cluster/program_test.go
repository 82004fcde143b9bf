package cluster_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

// script is a program whose runs end with these exit statuses, one after the other; where there is none left it is ready and runs on.
type script struct {
	exits   chan int32
	stopped chan struct{} // closed when it was told to stop
}

func (s *script) Run(ctx context.Context, _ *corev1.Pod, _ string, ready func(bool)) (int32, error) {
	select {
	case code := <-s.exits:
		return code, nil
	default:
	}
	ready(true)
	<-ctx.Done()
	close(s.stopped)
	return 0, nil
}

func TestPodRunner_AProgramRunsTheContainersOfItsNamespace(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		policy corev1.RestartPolicy
		exits  []int32
		phase  corev1.PodPhase
		ready  bool
		count  int32 // of restarts
		exit   int32 // of the last run that ended
	}{
		"one that goes on is ready":                    {corev1.RestartPolicyAlways, nil, corev1.PodRunning, true, 0, 0},
		"one that ends is started again":               {corev1.RestartPolicyAlways, []int32{0, 3}, corev1.PodRunning, true, 2, 3},
		"one that fails is, where only failures are":   {corev1.RestartPolicyOnFailure, []int32{7}, corev1.PodRunning, true, 1, 7},
		"one that succeeds isn't, where only failures": {corev1.RestartPolicyOnFailure, []int32{0}, corev1.PodSucceeded, false, 0, 0},
		"one that fails is the pod's failure":          {corev1.RestartPolicyNever, []int32{5}, corev1.PodFailed, false, 0, 5},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			ctx, namespace := scene(t)
			program := &script{exits: make(chan int32, len(test.exits)), stopped: make(chan struct{})}
			for _, code := range test.exits {
				program.exits <- code
			}
			shared.Pods().RunIn(namespace, program)
			pod := &corev1.Pod{
				ObjectMeta: metav1.ObjectMeta{Name: "job"},
				Spec: corev1.PodSpec{
					RestartPolicy: test.policy, Containers: []corev1.Container{{Name: "c", Image: "registry.example/c:v1"}},
				},
			}
			_, err := shared.Client().CoreV1().Pods(namespace).Create(ctx, pod, metav1.CreateOptions{})
			require.NoError(t, err)
			pod, err = cluster.WaitFor(ctx, shared, namespace, "job", func(p *corev1.Pod) bool {
				return p.Status.Phase == test.phase && len(p.Status.ContainerStatuses) == 1 &&
					p.Status.ContainerStatuses[0].Ready == test.ready && p.Status.ContainerStatuses[0].RestartCount == test.count
			})
			require.NoError(t, err)
			container := pod.Status.ContainerStatuses[0]
			for _, ended := range []*corev1.ContainerStateTerminated{container.State.Terminated, container.LastTerminationState.Terminated} {
				if ended != nil {
					assert.Equal(t, test.exit, ended.ExitCode)
				}
			}
			require.NoError(t, shared.Client().CoreV1().Pods(namespace).Delete(ctx, "job", metav1.DeleteOptions{}))
			require.NoError(t, cluster.WaitGone[corev1.Pod](ctx, shared, namespace, "job"))
			if test.ready {
				<-program.stopped
			}
		})
	}
}
