package controller

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// pod is what is looked at of a pod.
type pod struct {
	metav1.ObjectMeta
	containers []container
	// unscheduled says why it has no node; empty: it has one, or nobody has tried yet.
	unscheduled string
}

// container is what is looked at of a container.
type container struct {
	name     string
	restarts int
	// ended is when it last ended, how says in what way.
	ended time.Time
	how   string
	// waiting says why it isn't running; empty: it is, or is on its way.
	waiting string
}

func asPod(u *unstructured.Unstructured) (*pod, error) {
	status, _, err := unstructured.NestedMap(u.Object, "status")
	if err != nil {
		return nil, fmt.Errorf("pod %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	var typed corev1.PodStatus
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(status, &typed); err != nil {
		return nil, fmt.Errorf("pod %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	p := &pod{ObjectMeta: meta(u)}
	for _, c := range typed.Conditions {
		if c.Type == corev1.PodScheduled && c.Status == corev1.ConditionFalse && c.Reason == corev1.PodReasonUnschedulable {
			p.unscheduled = short(c.Message)
		}
	}
	// Init containers too: one that fails keeps its pod from ever being ready, and a sidecar is one that goes on.
	for _, list := range [][]corev1.ContainerStatus{typed.InitContainerStatuses, typed.ContainerStatuses} {
		for i := range list {
			p.containers = append(p.containers, asContainer(&list[i]))
		}
	}
	return p, nil
}

func asContainer(s *corev1.ContainerStatus) container {
	c := container{name: s.Name, restarts: int(s.RestartCount)}
	for _, t := range []*corev1.ContainerStateTerminated{s.LastTerminationState.Terminated, s.State.Terminated} {
		if t != nil && t.FinishedAt.After(c.ended) {
			c.ended, c.how = t.FinishedAt.Time, strings.TrimSuffix(fmt.Sprintf("exit code %d (%s)", t.ExitCode, t.Reason), " ()")
		}
	}
	if w := s.State.Waiting; w != nil && w.Reason != "ContainerCreating" && w.Reason != "PodInitializing" {
		c.waiting = w.Reason
		// A crash loop's message only says how long it waits.
		if w.Message != "" && w.Reason != "CrashLoopBackOff" {
			c.waiting += ": " + short(w.Message)
		}
	}
	return c
}

// short cuts a message of a kubelet to what fits into a condition.
func short(text string) string {
	const most = 160
	text = strings.Join(strings.Fields(text), " ")
	if len(text) <= most {
		return text
	}
	return strings.ToValidUTF8(text[:most], "") + "…"
}

// since is how often the container was restarted in a run. Of a pod that is older than the run only the last time is known.
func (c *container) since(pod, run time.Time) int {
	switch {
	case c.restarts == 0 || c.ended.Before(run):
		return 0
	case pod.Before(run):
		return 1
	default:
		return c.restarts
	}
}

// podsOf sums up the pods of a ReplicaSet since the start of a run.
func podsOf(all []*pod, replicaSet string, run time.Time) *strategy.Pods {
	var sum strategy.Pods
	worst := 0
	run = run.Truncate(time.Second) // what Kubernetes writes has no fractions
	all = slices.Clone(all)
	slices.SortFunc(all, func(a, b *pod) int { return cmp.Compare(a.Name, b.Name) })
	for _, p := range all {
		owner := metav1.GetControllerOf(p)
		if owner == nil || owner.Name != replicaSet || p.DeletionTimestamp != nil {
			continue
		}
		sum.Count++
		if p.unscheduled != "" && worst == 0 {
			sum.Trouble = fmt.Sprintf("pod %s: %s", p.Name, p.unscheduled)
		}
		for i := range p.containers {
			c := &p.containers[i]
			n := c.since(p.CreationTimestamp.Time, run)
			sum.Restarts += n
			if text := c.trouble(n); text != "" && n+1 > worst {
				worst, sum.Trouble = n+1, fmt.Sprintf("pod %s: container %s: %s", p.Name, c.name, text)
			}
		}
	}
	return &sum
}

// trouble is what is wrong with a container that has been restarted so often; empty: nothing.
func (c *container) trouble(restarts int) string {
	var words []string
	if c.waiting != "" {
		words = append(words, c.waiting)
	}
	switch {
	case restarts == 1:
		words = append(words, "restarted once")
	case restarts > 1:
		words = append(words, fmt.Sprintf("restarted %d times", restarts))
	}
	if len(words) > 0 && c.how != "" {
		words = append(words, "last "+c.how)
	}
	return strings.Join(words, ", ")
}
