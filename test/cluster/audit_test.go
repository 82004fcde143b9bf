package cluster_test

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/kubernetes"

	"github.com/sluice-dev/sluice/test/cluster"
)

func TestAuditHasEveryWriteAtOnce(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	client, err := kubernetes.NewForConfig(shared.Config(cluster.Developer))
	require.NoError(t, err)
	services := client.CoreV1().Services(namespace)
	before := time.Now().Add(-time.Second)
	_, err = services.Create(ctx, cluster.App{Namespace: namespace}.Service(), metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = services.Patch(ctx, "shop", types.MergePatchType, []byte(`{"spec":{"selector":{"v":"2"}}}`), metav1.PatchOptions{})
	require.NoError(t, err)
	_, err = services.Patch(ctx, "shop", types.MergePatchType, []byte(`{"spec":{"selector":{"v":"3"}}}`),
		metav1.PatchOptions{DryRun: []string{metav1.DryRunAll}})
	require.NoError(t, err)
	_, err = services.Patch(ctx, "nobody", types.MergePatchType, []byte(`{}`), metav1.PatchOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
	_, err = services.Get(ctx, "shop", metav1.GetOptions{})
	require.NoError(t, err)

	filter := cluster.AuditFilter{User: cluster.Developer, Namespace: namespace, Resource: "services", Since: before}
	all, err := shared.Audit(ctx, filter)
	require.NoError(t, err)
	var verbs []string
	for _, e := range all {
		verbs = append(verbs, e.Verb)
	}
	assert.Equal(t, []string{"create", "patch", "patch", "patch", "get"}, verbs)

	filter.Writes = true
	writes, err := shared.Audit(ctx, filter)
	require.NoError(t, err)
	require.Len(t, writes, 2)
	var service corev1.Service
	require.NoError(t, json.Unmarshal(writes[1].Response, &service))
	assert.Equal(t, map[string]string{"app": "shop", "v": "2"}, service.Spec.Selector)
	assert.JSONEq(t, `{"spec":{"selector":{"v":"2"}}}`, string(writes[1].Request))
	assert.Equal(t, 200, writes[1].Code)

	filter.Name = "nobody"
	none, err := shared.Audit(ctx, filter)
	require.NoError(t, err)
	assert.Empty(t, none)

	filter.Name, filter.Verbs = "shop", []string{"create"}
	writes, err = shared.Audit(ctx, filter)
	require.NoError(t, err)
	assert.Len(t, writes, 1)
	filter.Since = time.Now().Add(time.Hour)
	writes, err = shared.Audit(ctx, filter)
	require.NoError(t, err)
	assert.Empty(t, writes)
}

func TestAuditIsNeverBehind(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	maps := shared.Client().CoreV1().ConfigMaps(namespace)
	watcher, err := maps.Watch(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	defer watcher.Stop()
	for i := range 200 {
		// Somebody else writes, and what is awaited is the write's effect, not its answer.
		written := make(chan error, 1)
		go func() {
			_, err := maps.Create(ctx, configMap(fmt.Sprintf("map-%d", i)), metav1.CreateOptions{})
			written <- err
		}()
		<-watcher.ResultChan()
		writes, err := shared.Audit(ctx, cluster.AuditFilter{Namespace: namespace, Resource: "configmaps", Writes: true})
		require.NoError(t, err)
		require.Equal(t, i+1, len(writes)) //nolint:testifylint // a failure with all bodies would bury the reason
		require.NoError(t, <-written)
	}
}

func TestAuditShowsWhatTheDeploymentControllerDid(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	deploy(ctx, t, cluster.App{Namespace: namespace})
	events, err := shared.Audit(ctx, cluster.AuditFilter{
		User: "system:kube-controller-manager", Namespace: namespace, Resource: "replicasets", Verbs: []string{"create"}, Writes: true,
	})
	require.NoError(t, err)
	require.Len(t, events, 1)
	var rs appsv1.ReplicaSet
	require.NoError(t, json.Unmarshal(events[0].Response, &rs))
	assert.Equal(t, int32(3), *rs.Spec.Replicas)
	events, err = shared.Audit(ctx, cluster.AuditFilter{User: "pod-runner"})
	require.NoError(t, err)
	assert.Empty(t, events, "not of interest")
}

func TestUsersMayDoWhatTheyAreGranted(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	list := func(user string) error {
		client, err := kubernetes.NewForConfig(shared.Config(user))
		require.NoError(t, err)
		_, err = client.AppsV1().Deployments(namespace).List(ctx, metav1.ListOptions{})
		return err
	}
	require.NoError(t, list(cluster.Admin))
	require.NoError(t, list(cluster.Developer))
	require.True(t, apierrors.IsForbidden(list(cluster.Controller)))
	require.True(t, apierrors.IsForbidden(list("bob")))
	require.NoError(t, shared.Grant(ctx, namespace, "bob", rbacv1.PolicyRule{
		APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{"list"},
	}))
	require.NoError(t, list("bob"))

	alice, err := kubernetes.NewForConfig(shared.Config(cluster.Developer))
	require.NoError(t, err)
	_, err = alice.CoreV1().ServiceAccounts("default").CreateToken(ctx, "default", nil, metav1.CreateOptions{})
	require.True(t, apierrors.IsForbidden(err), "%v", err)
	_, err = shared.KubectlAs(ctx, cluster.Developer, "", "get", "pods", "--as="+cluster.Controller)
	require.ErrorContains(t, err, "cannot impersonate")
	out, err := shared.KubectlAs(ctx, cluster.Controller, "", "auth", "whoami")
	require.NoError(t, err)
	assert.Contains(t, out, cluster.Controller)
	assert.Contains(t, out, "system:serviceaccounts:sluice-system")
}
