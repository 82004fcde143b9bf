package podrunner

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/wait"
	"k8s.io/client-go/kubernetes"
)

// reporter writes what a scheduler and a kubelet would write about one pod.
type reporter struct {
	object   *corev1.Pod
	node     string
	podIP    string
	client   kubernetes.Interface
	restarts int32

	start     metav1.Time
	container metav1.Time // start of the present container
	ready     bool
	readyAt   metav1.Time           // last change of ready: what minReadySeconds counts from
	last      corev1.ContainerState // the container's previous end
	exitCode  int32                 // of that end
}

func newReporter(object *corev1.Pod, node, podIP string, client kubernetes.Interface) reporter {
	now := metav1.Now()
	return reporter{object: object, node: node, podIP: podIP, client: client, start: now, readyAt: now, exitCode: 1}
}

// bind puts the pod on its node, which also sets the condition PodScheduled.
func (r *reporter) bind(ctx context.Context) error {
	if r.object.Spec.NodeName != "" {
		r.node = r.object.Spec.NodeName
		return nil
	}
	return r.persist(ctx, "bind", func() error {
		return r.client.CoreV1().Pods(r.object.Namespace).Bind(ctx, &corev1.Binding{
			ObjectMeta: metav1.ObjectMeta{Namespace: r.object.Namespace, Name: r.object.Name, UID: r.object.UID},
			Target:     corev1.ObjectReference{Kind: "Node", Name: r.node},
		}, metav1.CreateOptions{})
	})
}

// running reports a running container. Its start is the first such report after another state.
func (r *reporter) running(ctx context.Context, ready bool) error {
	if r.container.IsZero() {
		r.container = metav1.Now()
	}
	state := corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: r.container}}
	return r.write(ctx, corev1.PodRunning, ready, state)
}

// waiting reports a container that cannot start.
func (r *reporter) waiting(ctx context.Context, phase corev1.PodPhase, reason, message string) error {
	state := corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: reason, Message: message}}
	return r.write(ctx, phase, false, state)
}

// crashed reports a container that has failed and will be started again.
func (r *reporter) crashed(ctx context.Context) error {
	r.last = r.terminated(r.exitCode)
	r.container = metav1.Time{}
	return r.waiting(ctx, corev1.PodRunning, "CrashLoopBackOff", "restarting failed container")
}

// ended reports a pod that is done.
func (r *reporter) ended(ctx context.Context, exitCode int32) error {
	phase := corev1.PodSucceeded
	if exitCode != 0 {
		phase = corev1.PodFailed
	}
	return r.write(ctx, phase, false, r.terminated(exitCode))
}

// terminated is the state of a container that ends now.
func (r *reporter) terminated(exitCode int32) corev1.ContainerState {
	reason := "Completed"
	if exitCode != 0 {
		reason = "Error"
	}
	return corev1.ContainerState{Terminated: &corev1.ContainerStateTerminated{
		ExitCode: exitCode, Reason: reason, StartedAt: r.container, FinishedAt: metav1.Now(),
	}}
}

// remove takes the pod's object away, the last act of its deletion.
func (r *reporter) remove(ctx context.Context) error {
	now := int64(0)
	return r.persist(ctx, "remove", func() error {
		return r.client.CoreV1().Pods(r.object.Namespace).Delete(ctx, r.object.Name, metav1.DeleteOptions{
			GracePeriodSeconds: &now,
			Preconditions:      &metav1.Preconditions{UID: &r.object.UID},
		})
	})
}

// write patches the status. A strategic merge keeps conditions that others set.
func (r *reporter) write(ctx context.Context, phase corev1.PodPhase, ready bool, state corev1.ContainerState) error {
	if ready != r.ready {
		r.ready, r.readyAt = ready, metav1.Now()
	}
	status := corev1.PodStatus{
		Phase:      phase,
		StartTime:  &r.start,
		HostIP:     nodeIP(r.node),
		HostIPs:    []corev1.HostIP{{IP: nodeIP(r.node)}},
		PodIP:      r.podIP,
		PodIPs:     []corev1.PodIP{{IP: r.podIP}},
		Conditions: r.conditions(phase),
	}
	for i, c := range r.object.Spec.Containers {
		started := state.Running != nil
		status.ContainerStatuses = append(status.ContainerStatuses, corev1.ContainerStatus{
			Name: c.Name, Image: c.Image, ImageID: c.Image,
			Ready: ready, Started: &started, RestartCount: r.restarts,
			State: state, LastTerminationState: r.last,
			ContainerID: fmt.Sprintf("podrunner://%s/%d/%d", r.object.UID, i, r.restarts),
		})
	}
	patch, err := json.Marshal(map[string]any{"status": status, "metadata": map[string]any{"uid": r.object.UID}})
	if err != nil {
		return fmt.Errorf("encode pod status: %w", err)
	}
	return r.persist(ctx, "report status", func() error {
		_, err := r.client.CoreV1().Pods(r.object.Namespace).Patch(
			ctx, r.object.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status")
		return err
	})
}

// conditions are those that a kubelet keeps.
func (r *reporter) conditions(phase corev1.PodPhase) []corev1.PodCondition {
	ready, reason := corev1.ConditionFalse, "ContainersNotReady"
	if r.ready {
		ready, reason = corev1.ConditionTrue, ""
	}
	if phase == corev1.PodSucceeded {
		reason = "PodCompleted"
	}
	return []corev1.PodCondition{
		{Type: corev1.PodReadyToStartContainers, Status: corev1.ConditionTrue, LastTransitionTime: r.start},
		{Type: corev1.PodInitialized, Status: corev1.ConditionTrue, LastTransitionTime: r.start},
		{Type: corev1.ContainersReady, Status: ready, Reason: reason, LastTransitionTime: r.readyAt},
		{Type: corev1.PodReady, Status: ready, Reason: reason, LastTransitionTime: r.readyAt},
	}
}

// persist tries a write again while the API server has trouble, for half a minute. A pod that is gone needs no write.
func (r *reporter) persist(ctx context.Context, what string, write func() error) error {
	var last error
	backoff := wait.Backoff{Duration: 100 * time.Millisecond, Factor: 2, Steps: 9, Cap: 10 * time.Second}
	err := wait.ExponentialBackoffWithContext(ctx, backoff, func(context.Context) (bool, error) {
		last = write()
		if last == nil || apierrors.IsNotFound(last) {
			return true, nil
		}
		permanent := apierrors.IsInvalid(last) || apierrors.IsConflict(last) || apierrors.IsForbidden(last)
		if permanent {
			return false, last
		}
		return false, nil
	})
	if err != nil {
		return fmt.Errorf("%s: %w", what, last)
	}
	return nil
}
