package controller

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// What stands on the Jobs that Sluice makes.
const (
	// managedHook is the value of the label of what Sluice has made.
	managedHook = "hook"
	// labelRun has the ID of the run as value, labelHook the hook: `kubectl get jobs -l sluice.dev/hook=before`.
	labelRun  = spec.Prefix + "run"
	labelHook = spec.Prefix + "hook"
	// annotationRunNumber has the run's number.
	annotationRunNumber = spec.Prefix + "run-number"
)

// job is what is looked at of a Job that Sluice has made.
type job struct {
	metav1.ObjectMeta
	state   strategy.JobState
	message string
	ended   time.Time
}

func asJob(u *unstructured.Unstructured) (*job, error) {
	var typed struct {
		Spec struct {
			Completions *int32 `json:"completions"`
			Suspend     bool   `json:"suspend"`
		} `json:"spec"`
		Status batchv1.JobStatus `json:"status"`
	}
	// The pod template, which is the larger part, isn't looked at.
	object := map[string]any{"spec": u.Object["spec"], "status": u.Object["status"]}
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, &typed); err != nil {
		return nil, fmt.Errorf("job %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	j := &job{ObjectMeta: meta(u), state: strategy.JobRunning}
	s := &typed.Status
	for _, c := range s.Conditions {
		if c.Status != corev1.ConditionTrue {
			continue
		}
		// Only these two say that no pod is left: FailureTarget and SuccessCriteriaMet come while pods still end
		// (k8s.io/kubernetes v1.37.2, pkg/controller/job/job_controller.go, enactJobFinished).
		switch c.Type {
		case batchv1.JobComplete:
			j.state, j.ended = strategy.JobSucceeded, c.LastTransitionTime.UTC()
		case batchv1.JobFailed:
			j.state, j.ended = strategy.JobFailed, c.LastTransitionTime.UTC()
			j.message = strings.Trim(c.Reason+": "+short(c.Message), ": ")
		}
	}
	if j.state == strategy.JobRunning {
		// Without completions one pod that succeeds is enough.
		wanted := int32(1)
		if typed.Spec.Completions != nil {
			wanted = *typed.Spec.Completions
		}
		j.message = progress(s, wanted, typed.Spec.Suspend, u.GetDeletionTimestamp() != nil)
	}
	return j, nil
}

// progress says how a Job that hasn't ended is getting on.
func progress(s *batchv1.JobStatus, wanted int32, suspended, deleting bool) string {
	words := []string{fmt.Sprintf("%d of %d done", s.Succeeded, wanted)}
	if s.Active > 0 {
		ready := int32(0)
		if s.Ready != nil {
			ready = *s.Ready
		}
		words = append(words, fmt.Sprintf("%d active (%d ready)", s.Active, ready))
	}
	if s.Failed > 0 {
		words = append(words, fmt.Sprintf("%d failed", s.Failed))
	}
	for _, c := range s.Conditions {
		if c.Type == batchv1.JobFailureTarget && c.Status == corev1.ConditionTrue {
			words = append(words, "ending its pods because of "+c.Reason)
		}
	}
	if suspended {
		words = append(words, "suspended by somebody")
	}
	if deleting {
		words = append(words, "being deleted")
	}
	return strings.Join(words, ", ")
}

// observed is the Job as Plan sees it.
func (j *job) observed() strategy.Job {
	number, err := strconv.Atoi(j.Annotations[annotationRunNumber])
	if err != nil {
		number = 0 // for people only
	}
	return strategy.Job{
		Name: j.Name, UID: string(j.UID), ResourceVersion: j.ResourceVersion, Run: j.Labels[labelRun], Number: number,
		Hook: spec.Hook(j.Labels[labelHook]), State: j.state, Message: j.message, EndedAt: j.ended,
	}
}
