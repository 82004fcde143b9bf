package podprocess

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"sync"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

// Options of a [Runner]. All are required.
type Options struct {
	Client kubernetes.Interface // may read Secrets, Services and EndpointSlices, and request tokens
	Server *rest.Config         // where the API server is, and its CA
	Dir    string               // for logs, kubeconfigs and Secrets
	Spawn  func(*exec.Cmd) error
	Binary func(image string) (string, error)
}

// Runner runs containers as processes.
type Runner struct {
	options Options

	mu      sync.Mutex // guards what follows
	running map[string]int
	wrote   []string
}

// New makes a runner; give it to the pod runner, for the namespaces whose pods are processes.
func New(o Options) *Runner { return &Runner{options: o, running: map[string]int{}} }

// PID is the process of a pod's container; 0: none runs.
func (r *Runner) PID(namespace, pod string) int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.running[namespace+"/"+pod]
}

// Wrote are the files that containers have made, each after its pod, of those that have ended.
func (r *Runner) Wrote() []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.wrote)
}

// Logs is what the pod's container has written, in all its runs.
func (r *Runner) Logs(namespace, pod string) string {
	text, err := os.ReadFile(r.logFile(namespace, pod))
	if err != nil {
		return err.Error()
	}
	return string(text)
}

func (r *Runner) logFile(namespace, pod string) string {
	return filepath.Join(r.options.Dir, namespace+"_"+pod+".log")
}

// Run is one run of the pod's container.
func (r *Runner) Run(ctx context.Context, pod *corev1.Pod, loopback string, ready func(bool)) (int32, error) {
	if err := supported(pod); err != nil {
		return 0, err
	}
	dir, err := os.MkdirTemp(r.options.Dir, pod.Name+"-")
	if err != nil {
		return 0, fmt.Errorf("folder of pod %s: %w", pod.Name, err)
	}
	defer os.RemoveAll(dir) //nolint:errcheck // what is left of it goes with the cluster's own
	s := sandbox{runner: r, pod: pod, container: &pod.Spec.Containers[0], loopback: loopback, dir: dir}
	cmd, err := s.command(ctx)
	if err != nil {
		return 0, err
	}
	code, err := s.runToEnd(ctx, cmd, ready)
	if err == nil {
		err = s.inspect(cmd.Dir)
	}
	return code, err
}

// supported is an error for a pod that asks for what this package doesn't know.
func supported(pod *corev1.Pod) error {
	if len(pod.Spec.Containers) != 1 || len(pod.Spec.InitContainers) != 0 {
		return fmt.Errorf("pod %s: one container is supported, and none before it", pod.Name)
	}
	for _, v := range pod.Spec.Volumes {
		if v.Secret == nil {
			return fmt.Errorf("pod %s: volume %s is no Secret", pod.Name, v.Name)
		}
	}
	if c := pod.Spec.Containers[0]; len(c.Command) != 0 || len(c.EnvFrom) != 0 || c.Lifecycle != nil {
		return fmt.Errorf("pod %s: command, envFrom and lifecycle are not supported", pod.Name)
	}
	return nil
}

// errStopped is why a container that has been told to stop wasn't started.
var errStopped = errors.New("told to stop before it was started")

// grace is how long the pod's container has to end.
func grace(pod *corev1.Pod) time.Duration {
	seconds := int64(30)
	if s := pod.Spec.TerminationGracePeriodSeconds; s != nil {
		seconds = *s
	}
	return time.Duration(seconds) * time.Second
}
