package cluster_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

// setCondition adds a condition to a Deployment's status.
func setCondition(ctx context.Context, t *testing.T, d *appsv1.Deployment, condition appsv1.DeploymentCondition) {
	t.Helper()
	deployments := shared.Client().AppsV1().Deployments(d.Namespace)
	d, err := deployments.Get(ctx, d.Name, metav1.GetOptions{})
	require.NoError(t, err)
	kept := []appsv1.DeploymentCondition{condition}
	for _, c := range d.Status.Conditions {
		if c.Type != condition.Type {
			kept = append(kept, c)
		}
	}
	d.Status.Conditions = kept
	_, err = deployments.UpdateStatus(ctx, d, metav1.UpdateOptions{})
	require.NoError(t, err)
}

// conditionOf returns a condition, or nil.
func conditionOf(d *appsv1.Deployment, kind appsv1.DeploymentConditionType) *appsv1.DeploymentCondition {
	for i := range d.Status.Conditions {
		if d.Status.Conditions[i].Type == kind {
			return &d.Status.Conditions[i]
		}
	}
	return nil
}

func TestKubernetesKeepsConditionsItDoesNotKnow(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	d := deploy(ctx, t, cluster.App{Namespace: namespace})
	setCondition(ctx, t, d, appsv1.DeploymentCondition{
		Type: "example.com/Promoted", Status: corev1.ConditionTrue, Reason: "AtRest", Message: "at rest",
	})
	patchDeployment(ctx, t, d, `{"spec":{"replicas":5}}`)
	d, err := cluster.WaitFor(ctx, shared, namespace, d.Name, cluster.RolledOut)
	require.NoError(t, err)
	require.NotNil(t, conditionOf(d, "example.com/Promoted"))
	assert.Equal(t, "at rest", conditionOf(d, "example.com/Promoted").Message)
	_, err = shared.Kubectl(ctx, "-n", namespace, "wait", "deployment/"+d.Name, "--for=condition=example.com/Promoted")
	require.NoError(t, err)
}

func TestKubernetesKeepsFailedProgressOfAPausedDeployment(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	d := deploy(ctx, t, cluster.App{Namespace: namespace})
	brake(ctx, t, d)
	setCondition(ctx, t, d, appsv1.DeploymentCondition{
		Type: appsv1.DeploymentProgressing, Status: corev1.ConditionFalse, Reason: "ProgressDeadlineExceeded", Message: "aborted",
	})
	patchDeployment(ctx, t, d, `{"spec":{"replicas":5}}`)
	d, err := cluster.WaitFor(ctx, shared, namespace, d.Name, func(d *appsv1.Deployment) bool {
		return d.Status.AvailableReplicas == 5
	})
	require.NoError(t, err)
	assert.Equal(t, "aborted", conditionOf(d, appsv1.DeploymentProgressing).Message)

	_, err = shared.Kubectl(ctx, "-n", namespace, "rollout", "status", "deployment/"+d.Name, "--timeout=30s")
	var failed *cluster.KubectlError
	require.ErrorAs(t, err, &failed)
	assert.Contains(t, failed.Stderr, "exceeded its progress deadline")
}
