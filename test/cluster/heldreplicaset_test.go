package cluster_test

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/test/cluster"
)

// hashLabel tells the ReplicaSets of a Deployment apart.
const hashLabel = appsv1.DefaultDeploymentUniqueLabelKey

// brake pauses a Deployment.
func brake(ctx context.Context, t *testing.T, d *appsv1.Deployment) {
	t.Helper()
	patchDeployment(ctx, t, d, `{"spec":{"paused":true}}`)
}

// patchDeployment merges a patch and returns when the Deployment controller has worked on the result.
func patchDeployment(ctx context.Context, t *testing.T, d *appsv1.Deployment, patch string) *appsv1.Deployment {
	t.Helper()
	patched, err := shared.Client().AppsV1().Deployments(d.Namespace).
		Patch(ctx, d.Name, types.MergePatchType, []byte(patch), metav1.PatchOptions{})
	require.NoError(t, err)
	d, err = cluster.WaitFor(ctx, shared, d.Namespace, d.Name, func(d *appsv1.Deployment) bool {
		return d.Status.ObservedGeneration >= patched.Generation
	})
	require.NoError(t, err)
	return d
}

// makeRecord creates the object that will own a held ReplicaSet.
func makeRecord(ctx context.Context, t *testing.T, d *appsv1.Deployment) metav1.OwnerReference {
	t.Helper()
	record := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: d.Name + "-record"}}
	record, err := shared.Client().CoreV1().ConfigMaps(d.Namespace).Create(ctx, record, metav1.CreateOptions{})
	require.NoError(t, err)
	return *metav1.NewControllerRef(record, corev1.SchemeGroupVersion.WithKind("ConfigMap"))
}

// hold makes a ReplicaSet of the Deployment's present template with the given owners.
func hold(
	ctx context.Context, t *testing.T, d *appsv1.Deployment, hash string, replicas int32, owners ...metav1.OwnerReference,
) *appsv1.ReplicaSet {
	t.Helper()
	d, err := shared.Client().AppsV1().Deployments(d.Namespace).Get(ctx, d.Name, metav1.GetOptions{})
	require.NoError(t, err)
	template := d.Spec.Template.DeepCopy()
	template.Labels[hashLabel] = hash
	rs := &appsv1.ReplicaSet{
		ObjectMeta: metav1.ObjectMeta{Name: d.Name + "-" + hash, Labels: template.Labels, OwnerReferences: owners},
		Spec: appsv1.ReplicaSetSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: template.Labels},
			Template: *template,
		},
	}
	_, err = shared.Client().AppsV1().ReplicaSets(d.Namespace).Create(ctx, rs, metav1.CreateOptions{})
	require.NoError(t, err)
	return waitAvailable(ctx, t, d.Namespace, rs.Name, replicas)
}

// waitAvailable waits until a ReplicaSet wants and has so many available pods.
func waitAvailable(ctx context.Context, t *testing.T, namespace, name string, replicas int32) *appsv1.ReplicaSet {
	t.Helper()
	rs, err := cluster.WaitFor(ctx, shared, namespace, name, func(rs *appsv1.ReplicaSet) bool {
		s := rs.Status
		return s.ObservedGeneration >= rs.Generation && *rs.Spec.Replicas == replicas &&
			s.Replicas == replicas && s.AvailableReplicas == replicas
	})
	require.NoError(t, err)
	return rs
}

// handOver makes the Deployment the controller of a held ReplicaSet, by one patch.
func handOver(ctx context.Context, t *testing.T, d *appsv1.Deployment, rs *appsv1.ReplicaSet) {
	t.Helper()
	annotations := map[string]string{
		"deployment.kubernetes.io/desired-replicas": fmt.Sprint(*d.Spec.Replicas),
		"deployment.kubernetes.io/max-replicas":     fmt.Sprint(*d.Spec.Replicas + 1), // 25 % of 3 or 4, rounded up
	}
	own(ctx, t, rs, annotations, *metav1.NewControllerRef(d, appsv1.SchemeGroupVersion.WithKind("Deployment")))
}

// own replaces a ReplicaSet's owners and annotations on the condition that nobody has changed it.
func own(ctx context.Context, t *testing.T, rs *appsv1.ReplicaSet, annotations map[string]string, owner metav1.OwnerReference) {
	t.Helper()
	patch, err := json.Marshal([]map[string]any{
		{"op": "test", "path": "/metadata/resourceVersion", "value": rs.ResourceVersion},
		{"op": "add", "path": "/metadata/annotations", "value": annotations},
		{"op": "add", "path": "/metadata/ownerReferences", "value": []metav1.OwnerReference{owner}},
	})
	require.NoError(t, err)
	_, err = shared.Client().AppsV1().ReplicaSets(rs.Namespace).
		Patch(ctx, rs.Name, types.JSONPatchType, patch, metav1.PatchOptions{})
	require.NoError(t, err)
}

// replicaSets of a namespace by name.
func replicaSets(ctx context.Context, t *testing.T, namespace string) map[string]appsv1.ReplicaSet {
	t.Helper()
	list, err := shared.Client().AppsV1().ReplicaSets(namespace).List(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	all := map[string]appsv1.ReplicaSet{}
	for _, rs := range list.Items {
		all[rs.Name] = rs
	}
	return all
}

// podUIDs are those of the pods of a ReplicaSet, sorted.
func podUIDs(ctx context.Context, t *testing.T, rs *appsv1.ReplicaSet) []types.UID {
	t.Helper()
	pods, err := shared.Client().CoreV1().Pods(rs.Namespace).List(ctx, metav1.ListOptions{
		LabelSelector: metav1.FormatLabelSelector(rs.Spec.Selector),
	})
	require.NoError(t, err)
	var uids []types.UID
	for _, p := range pods.Items {
		if p.DeletionTimestamp == nil {
			uids = append(uids, p.UID)
		}
	}
	slices.Sort(uids)
	return uids
}

// stableOf is the one ReplicaSet that a Deployment owns.
func stableOf(ctx context.Context, t *testing.T, d *appsv1.Deployment) *appsv1.ReplicaSet {
	t.Helper()
	var stable []appsv1.ReplicaSet
	for _, rs := range replicaSets(ctx, t, d.Namespace) {
		if metav1.IsControlledBy(&rs, d) {
			stable = append(stable, rs)
		}
	}
	require.Len(t, stable, 1)
	return &stable[0]
}

// deploy rolls an application's first version out.
func deploy(ctx context.Context, t *testing.T, app cluster.App) *appsv1.Deployment {
	t.Helper()
	d, err := app.Deploy(ctx, shared)
	require.NoError(t, err)
	return d
}
