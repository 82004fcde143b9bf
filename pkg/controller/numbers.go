package controller

import (
	"fmt"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// deploymentNumbers is what is read of a Deployment by type: fields whose form has not changed since apps/v1.
type deploymentNumbers struct {
	paused           bool
	replicas         int
	minReadySeconds  int
	maxSurge         int
	progressDeadline time.Duration
	conditions       []strategy.Condition
	selects          labels.Selector
}

func deploymentNumbersOf(u *unstructured.Unstructured) (deploymentNumbers, error) {
	var n deploymentNumbers
	object, ok, err := unstructured.NestedMap(u.Object, "spec")
	if err != nil || !ok {
		return n, fmt.Errorf("deployment %s/%s has no spec: %w", u.GetNamespace(), u.GetName(), err)
	}
	// The template is read elsewhere, as JSON; without it the conversion is cheap.
	delete(object, "template")
	var typed appsv1.DeploymentSpec
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(object, &typed); err != nil {
		return n, fmt.Errorf("deployment %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	n.paused, n.replicas, n.minReadySeconds = typed.Paused, 1, int(typed.MinReadySeconds)
	if typed.Replicas != nil {
		n.replicas = int(*typed.Replicas)
	}
	if typed.ProgressDeadlineSeconds != nil {
		n.progressDeadline = time.Duration(*typed.ProgressDeadlineSeconds) * time.Second
	}
	if rolling := typed.Strategy.RollingUpdate; rolling != nil && rolling.MaxSurge != nil {
		// Rounded up, as the Deployment controller does (deployment_util.go, ResolveFenceposts).
		if n.maxSurge, err = intstr.GetScaledValueFromIntOrPercent(rolling.MaxSurge, n.replicas, true); err != nil {
			return n, fmt.Errorf("deployment %s/%s: maxSurge: %w", u.GetNamespace(), u.GetName(), err)
		}
	}
	if n.selects, err = metav1.LabelSelectorAsSelector(typed.Selector); err != nil {
		return n, fmt.Errorf("deployment %s/%s: selector: %w", u.GetNamespace(), u.GetName(), err)
	}
	n.conditions = conditionsOf(u)
	return n, nil
}

func conditionsOf(u *unstructured.Unstructured) []strategy.Condition {
	list, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	conditions := make([]strategy.Condition, 0, len(list))
	for _, item := range list {
		fields, ok := item.(map[string]any)
		if !ok {
			continue
		}
		text := func(name string) string { s, _ := fields[name].(string); return s }
		updated, err := time.Parse(time.RFC3339, text("lastUpdateTime"))
		if err != nil {
			updated = time.Time{}
		}
		conditions = append(conditions, strategy.Condition{
			Type: text("type"), Status: text("status"), Reason: text("reason"), Message: text("message"), UpdatedAt: updated,
		})
	}
	return conditions
}
