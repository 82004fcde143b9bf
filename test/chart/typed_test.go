package chart

import (
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/test/chart/helm"
)

// as reads an object into its Go type; a field that the type hasn't is an error.
func as[T any](t *testing.T, all map[string]helm.Object, id string) *T {
	t.Helper()
	require.Contains(t, all, id)
	var typed T
	require.NoError(t, runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(all[id], &typed, true))
	return &typed
}

func deployment(t *testing.T, values string, args ...string) *appsv1.Deployment {
	t.Helper()
	return as[appsv1.Deployment](t, objects(t, values, args...), "Deployment sluice-controller")
}

func container(t *testing.T, values string, args ...string) *corev1.Container {
	t.Helper()
	all := deployment(t, values, args...).Spec.Template.Spec.Containers
	require.Len(t, all, 1)
	return &all[0]
}

// pods are the specifications of all pods of a rendering, by the object that has them.
func pods(t *testing.T, all map[string]helm.Object) map[string]*corev1.PodSpec {
	t.Helper()
	found := map[string]*corev1.PodSpec{}
	for id, o := range all {
		switch o["kind"] {
		case "Deployment":
			found[id] = &as[appsv1.Deployment](t, all, id).Spec.Template.Spec
		case "Job":
			found[id] = &as[batchv1.Job](t, all, id).Spec.Template.Spec
		case "Pod":
			found[id] = &as[corev1.Pod](t, all, id).Spec
		}
	}
	require.Len(t, found, 3, "the controller, its test, the uninstallation")
	return found
}
