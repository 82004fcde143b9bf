package controller

import (
	"encoding/json"
	"fmt"
	"math"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// cronJob is what is kept of a CronJob: what a Job can be made of.
type cronJob struct {
	metav1.ObjectMeta
	// template is spec.jobTemplate as the server sent it, as text: it is shorter than a tree, and can't be changed by mistake.
	template []byte
	// podLabels are those of the Job's pods.
	podLabels map[string]string
	// deadline is activeDeadlineSeconds; 0: none.
	deadline time.Duration
	// problem says why no Job can be made of it; empty: one can.
	problem string
}

// asCronJob never fails: of one that can't be read no Job can be made, which concerns its Deployments only.
func asCronJob(u *unstructured.Unstructured) (*cronJob, error) {
	cj := &cronJob{ObjectMeta: meta(u)}
	template, found, err := unstructured.NestedMap(u.Object, "spec", "jobTemplate")
	if err != nil || !found {
		cj.problem = "it has no spec.jobTemplate"
		return cj, nil //nolint:nilerr // said in problem
	}
	if cj.template, err = json.Marshal(template); err != nil {
		return nil, fmt.Errorf("cronjob %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	if cj.podLabels, _, err = unstructured.NestedStringMap(template, "spec", "template", "metadata", "labels"); err != nil {
		cj.problem = "the labels of its pod template can't be read"
	}
	seconds, _, _ := unstructured.NestedInt64(template, "spec", "activeDeadlineSeconds")
	cj.deadline = secondsOf(seconds)
	// The API server refuses both in a CronJob (k8s.io/kubernetes v1.37.2, pkg/apis/batch/validation/validation.go,
	// validateJobTemplateSpec); a Job with a selector of another's pods would count and delete them.
	for _, field := range []string{"selector", "manualSelector"} {
		if _, there, _ := unstructured.NestedFieldNoCopy(template, "spec", field); there {
			cj.problem = "its spec.jobTemplate.spec has the field " + field + "; remove it, Kubernetes fills it in"
		}
	}
	if u.GetDeletionTimestamp() != nil {
		cj.problem = "it is being deleted"
	}
	return cj, nil
}

// secondsOf is a number of seconds of an object's field, as long as a Duration can be at most.
func secondsOf(n int64) time.Duration {
	return time.Duration(min(n, int64(math.MaxInt64/time.Second))) * time.Second
}
