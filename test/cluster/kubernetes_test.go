package cluster_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	policyv1 "k8s.io/api/policy/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/intstr"

	"github.com/sluice-dev/sluice/test/cluster"
)

// These tests hold down what Sluice relies on Kubernetes to do. If one fails with a new version of Kubernetes, the design
// is in question, not the test.

func TestKubernetesPausedDeploymentScalesButMakesNoReplicaSet(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	app := cluster.App{Namespace: namespace}
	d := deploy(ctx, t, app)
	stable := stableOf(ctx, t, d)
	brake(ctx, t, d)

	app.Version = "v2"
	require.NoError(t, app.Apply(ctx, shared))
	d = patchDeployment(ctx, t, d, `{"spec":{"replicas":5}}`)
	assert.True(t, d.Spec.Paused, "applying the next version leaves the brake on")
	waitAvailable(ctx, t, namespace, stable.Name, 5)
	assert.Len(t, replicaSets(ctx, t, namespace), 1)

	canary := hold(ctx, t, d, "held", 2, makeRecord(ctx, t, d))
	patchDeployment(ctx, t, d, `{"spec":{"replicas":4}}`)
	waitAvailable(ctx, t, namespace, stable.Name, 4)
	waitAvailable(ctx, t, namespace, canary.Name, 2)
}

func TestKubernetesDeploymentIgnoresReplicaSetOfAnotherOwner(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	app := cluster.App{Namespace: namespace}
	d := deploy(ctx, t, app)
	stable := stableOf(ctx, t, d)
	brake(ctx, t, d)
	app.Version = "v2"
	require.NoError(t, app.Apply(ctx, shared))
	makeBudget(ctx, t, namespace)
	canary := hold(ctx, t, d, "held", 3, makeRecord(ctx, t, d))

	d = patchDeployment(ctx, t, d, `{"spec":{"minReadySeconds":1}}`) // makes the controller look again
	assert.Zero(t, d.Status.UpdatedReplicas)
	assert.Equal(t, int32(3), d.Status.Replicas)
	assert.Equal(t, "1", d.Annotations["deployment.kubernetes.io/revision"])
	all := replicaSets(ctx, t, namespace)
	assert.Len(t, all, 2)
	assert.Equal(t, int32(3), *ptr(all[stable.Name]).Spec.Replicas)
	held := ptr(all[canary.Name])
	assert.NotContains(t, held.Annotations, "deployment.kubernetes.io/revision")
	assert.Equal(t, "ConfigMap", metav1.GetControllerOf(held).Kind)
	// The disruption controller counts its pods, and knows how many there should be.
	_, err := cluster.WaitFor(ctx, shared, namespace, "shop", func(b *policyv1.PodDisruptionBudget) bool {
		return b.Status.ExpectedPods == 6 && b.Status.CurrentHealthy == 6
	})
	require.NoError(t, err)
}

func TestKubernetesDeploymentTakesTheOldestReplicaSetOfItsTemplate(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	app := cluster.App{Namespace: namespace}
	d := deploy(ctx, t, app)
	brake(ctx, t, d)
	app.Version = "v2"
	require.NoError(t, app.Apply(ctx, shared))
	record := makeRecord(ctx, t, d)

	// Names in the other order than ages: the age must decide. Creation times have whole seconds.
	oldest := hold(ctx, t, d, "zz", 1, record)
	timer := time.NewTimer(time.Until(oldest.CreationTimestamp.Add(1100 * time.Millisecond)))
	defer timer.Stop()
	<-timer.C
	youngest := hold(ctx, t, d, "aa", 2, record)
	require.True(t, oldest.CreationTimestamp.Before(&youngest.CreationTimestamp))
	handOver(ctx, t, d, youngest)
	handOver(ctx, t, d, oldest)

	rs, err := cluster.WaitFor(ctx, shared, namespace, oldest.Name, func(rs *appsv1.ReplicaSet) bool {
		return rs.Annotations["deployment.kubernetes.io/revision"] != ""
	})
	require.NoError(t, err)
	revision := rs.Annotations["deployment.kubernetes.io/revision"]
	_, err = cluster.WaitFor(ctx, shared, namespace, d.Name, func(d *appsv1.Deployment) bool {
		return d.Annotations["deployment.kubernetes.io/revision"] == revision
	})
	require.NoError(t, err)
}

func TestKubernetesHandOverKeepsTheJudgedPods(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	app := cluster.App{Namespace: namespace}
	d := deploy(ctx, t, app)
	stable := stableOf(ctx, t, d)
	brake(ctx, t, d)
	app.Version = "v2"
	require.NoError(t, app.Apply(ctx, shared))
	canary := hold(ctx, t, d, "held", 3, makeRecord(ctx, t, d))
	judged := podUIDs(ctx, t, canary)
	require.Len(t, judged, 3)

	handOver(ctx, t, d, canary)
	waitAvailable(ctx, t, namespace, stable.Name, 0)
	d, err := cluster.WaitFor(ctx, shared, namespace, d.Name, cluster.RolledOut)
	require.NoError(t, err)
	assert.True(t, d.Spec.Paused)
	assert.Equal(t, "2", d.Annotations["deployment.kubernetes.io/revision"])
	assert.Equal(t, judged, podUIDs(ctx, t, canary))

	d = patchDeployment(ctx, t, d, `{"spec":{"paused":false}}`)
	out, err := shared.Kubectl(ctx, "-n", namespace, "rollout", "status", "deployment/"+d.Name)
	require.NoError(t, err)
	assert.Contains(t, out, "successfully rolled out")
	out, err = shared.Kubectl(ctx, "-n", namespace, "rollout", "history", "deployment/"+d.Name)
	require.NoError(t, err)
	assert.Regexp(t, `(?m)^1 .*\n2 `, out)
	assert.Equal(t, judged, podUIDs(ctx, t, canary))
	assert.Len(t, replicaSets(ctx, t, namespace), 2)
}

func TestKubernetesCapturedOldReplicaSetIsNotTheDeploymentsAnyMore(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	app := cluster.App{Namespace: namespace}
	d := deploy(ctx, t, app)
	first := stableOf(ctx, t, d)
	app.Version = "v2"
	d = deploy(ctx, t, app)
	brake(ctx, t, d)
	first = waitAvailable(ctx, t, namespace, first.Name, 0)
	own(ctx, t, first, map[string]string{}, makeRecord(ctx, t, d))

	app.Version = "v1"
	require.NoError(t, app.Apply(ctx, shared))
	_, err := shared.Kubectl(ctx, "-n", namespace, "scale", "replicaset/"+first.Name, "--replicas=3")
	require.NoError(t, err)
	first = waitAvailable(ctx, t, namespace, first.Name, 3)
	judged := podUIDs(ctx, t, first)
	d = patchDeployment(ctx, t, d, `{"spec":{"minReadySeconds":1}}`)
	assert.Zero(t, d.Status.UpdatedReplicas)

	first, err = shared.Client().AppsV1().ReplicaSets(namespace).Get(ctx, first.Name, metav1.GetOptions{})
	require.NoError(t, err)
	handOver(ctx, t, d, first)
	d, err = cluster.WaitFor(ctx, shared, namespace, d.Name, cluster.RolledOut)
	require.NoError(t, err)
	assert.Equal(t, "3", d.Annotations["deployment.kubernetes.io/revision"])
	assert.Equal(t, judged, podUIDs(ctx, t, first))
}

func TestKubernetesOrphanOfALostRecordIsRolledOutByTheDeployment(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	d, canary := holdWithTwoOwners(ctx, t, namespace)
	stable := stableOf(ctx, t, d)
	serving := podUIDs(ctx, t, canary)

	// The second owner reference saves the pods, but not the run: of an orphan that its selector matches, the Deployment
	// makes its new ReplicaSet, paused or not, and takes the old one's pods away.
	require.NoError(t, shared.Client().CoreV1().ConfigMaps(namespace).Delete(ctx, d.Name+"-record", metav1.DeleteOptions{}))
	waitAvailable(ctx, t, namespace, stable.Name, 0)
	canary = waitAvailable(ctx, t, namespace, canary.Name, 3)
	assert.True(t, metav1.IsControlledBy(canary, d))
	assert.Subset(t, podUIDs(ctx, t, canary), serving)
}

func TestKubernetesOrphanWithoutTheSelectorsLabelsIsLeftAlone(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	d, canary := holdWithTwoOwners(ctx, t, namespace)
	stable := stableOf(ctx, t, d)
	serving := podUIDs(ctx, t, canary)
	_, err := shared.Kubectl(ctx, "-n", namespace, "label", "replicaset", canary.Name, "app-")
	require.NoError(t, err)

	require.NoError(t, shared.Client().CoreV1().ConfigMaps(namespace).Delete(ctx, d.Name+"-record", metav1.DeleteOptions{}))
	_, err = cluster.WaitFor(ctx, shared, namespace, canary.Name, func(rs *appsv1.ReplicaSet) bool { return metav1.GetControllerOf(rs) == nil })
	require.NoError(t, err)
	patchDeployment(ctx, t, d, `{"spec":{"minReadySeconds":1}}`)
	_, err = cluster.WaitFor(ctx, shared, namespace, d.Name, func(d *appsv1.Deployment) bool {
		return d.Spec.MinReadySeconds == 1 && d.Status.ObservedGeneration >= d.Generation
	})
	require.NoError(t, err)
	waitAvailable(ctx, t, namespace, stable.Name, 3)
	canary = waitAvailable(ctx, t, namespace, canary.Name, 2)
	assert.Nil(t, metav1.GetControllerOf(canary), "the Deployment has looked, and not taken it")
	assert.Equal(t, serving, podUIDs(ctx, t, canary))
}

func TestKubernetesFinalizerOnTheRecordKeepsTheRun(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	d, canary := holdWithTwoOwners(ctx, t, namespace)
	_, err := shared.Kubectl(ctx, "-n", namespace, "patch", "configmap", d.Name+"-record", "--type=merge",
		"--patch", `{"metadata":{"finalizers":["example.com/run"]}}`)
	require.NoError(t, err)

	require.NoError(t, shared.Client().CoreV1().ConfigMaps(namespace).Delete(ctx, d.Name+"-record", metav1.DeleteOptions{}))
	// Another object that the garbage collector has to take away, to know that it has been at work since.
	child := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: "child", OwnerReferences: []metav1.OwnerReference{{
		APIVersion: "v1", Kind: "ConfigMap", Name: "gone", UID: "00000000-0000-0000-0000-000000000000",
	}}}}
	_, err = shared.Client().CoreV1().ConfigMaps(namespace).Create(ctx, child, metav1.CreateOptions{})
	require.NoError(t, err)
	require.NoError(t, cluster.WaitGone[corev1.ConfigMap](ctx, shared, namespace, "child"))
	patchDeployment(ctx, t, d, `{"spec":{"minReadySeconds":1}}`)

	canary = waitAvailable(ctx, t, namespace, canary.Name, 2)
	assert.Equal(t, "ConfigMap", metav1.GetControllerOf(canary).Kind)
	waitAvailable(ctx, t, namespace, stableOf(ctx, t, d).Name, 3)
	_, err = shared.Kubectl(ctx, "-n", namespace, "patch", "configmap", d.Name+"-record", "--type=merge",
		"--patch", `{"metadata":{"finalizers":null}}`)
	require.NoError(t, err)
}

// holdWithTwoOwners is a run in the middle: three stable pods, two held ones whose ReplicaSet has the record as its
// controller and the Deployment as a second owner.
func holdWithTwoOwners(ctx context.Context, t *testing.T, namespace string) (*appsv1.Deployment, *appsv1.ReplicaSet) {
	t.Helper()
	app := cluster.App{Namespace: namespace}
	d := deploy(ctx, t, app)
	brake(ctx, t, d)
	app.Version = "v2"
	require.NoError(t, app.Apply(ctx, shared))
	second := *metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment"))
	second.Controller = nil
	return d, hold(ctx, t, d, "held", 2, makeRecord(ctx, t, d), second)
}

// makeBudget makes a PodDisruptionBudget for the application.
func makeBudget(ctx context.Context, t *testing.T, namespace string) {
	t.Helper()
	unavailable := intstr.FromInt32(1)
	_, err := shared.Client().PolicyV1().PodDisruptionBudgets(namespace).Create(ctx, &policyv1.PodDisruptionBudget{
		ObjectMeta: metav1.ObjectMeta{Name: "shop"},
		Spec: policyv1.PodDisruptionBudgetSpec{
			MaxUnavailable: &unavailable,
			Selector:       &metav1.LabelSelector{MatchLabels: map[string]string{"app": "shop"}},
		},
	}, metav1.CreateOptions{})
	require.NoError(t, err)
}

func TestKubernetesServesMutatingAdmissionPolicies(t *testing.T) {
	t.Parallel()
	resources, err := shared.Client().Discovery().ServerResourcesForGroupVersion("admissionregistration.k8s.io/v1")
	require.NoError(t, err)
	var kinds []string
	for _, r := range resources.APIResources {
		kinds = append(kinds, r.Kind)
	}
	assert.Contains(t, kinds, "MutatingAdmissionPolicy")
	assert.Contains(t, kinds, "MutatingAdmissionPolicyBinding")
}

func ptr[T any](v T) *T { return &v }
