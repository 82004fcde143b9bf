package cluster_test

import (
	"context"
	"errors"
	"net/http"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"github.com/sluice-dev/sluice/test/cluster"
)

// newProxy starts a proxy for one test.
func newProxy(t *testing.T) *cluster.APIProxy {
	t.Helper()
	proxy, err := cluster.NewAPIProxy(shared)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, proxy.Close()) })
	return proxy
}

// configMap of a name.
func configMap(name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Name: name}}
}

func TestAPIProxyCallsItsHookBetweenAWritesEffectAndItsAnswer(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	proxy := newProxy(t)
	client, err := kubernetes.NewForConfig(proxy.Config(cluster.Admin))
	require.NoError(t, err)
	maps := client.CoreV1().ConfigMaps(namespace)

	// The client goes away inside the hook, as one that is killed: the write has happened, its answer is lost.
	cut, cancel := context.WithCancel(ctx)
	var numbers []int
	missing := errors.New("not asked")
	proxy.OnWrite(func(n int, req *http.Request, status int) {
		numbers = append(numbers, n)
		assert.Equal(t, http.MethodPost, req.Method)
		assert.Equal(t, http.StatusCreated, status)
		if n == 2 {
			_, missing = shared.Client().CoreV1().ConfigMaps(namespace).Get(ctx, "second", metav1.GetOptions{})
			cancel()
		}
	})
	_, err = maps.Create(cut, configMap("first"), metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = maps.Create(cut, configMap("first"), metav1.CreateOptions{})
	require.Error(t, err, "a refused write doesn't count")
	_, err = maps.List(ctx, metav1.ListOptions{})
	require.NoError(t, err, "nor does a read")
	_, err = client.CoreV1().Events(namespace).Create(ctx, &corev1.Event{
		ObjectMeta: metav1.ObjectMeta{Name: "e"}, InvolvedObject: corev1.ObjectReference{Namespace: namespace},
	}, metav1.CreateOptions{})
	require.NoError(t, err, "nor an event")
	_, err = maps.Create(ctx, configMap("dry"), metav1.CreateOptions{DryRun: []string{metav1.DryRunAll}})
	require.NoError(t, err, "nor a dry run")
	_, err = maps.Create(cut, configMap("second"), metav1.CreateOptions{})
	require.ErrorIs(t, err, context.Canceled)
	require.NoError(t, missing)
	assert.Equal(t, 2, proxy.Writes())
	assert.Equal(t, []int{1, 2}, numbers)

	proxy.OnWrite(nil)
	require.NoError(t, maps.Delete(ctx, "first", metav1.DeleteOptions{}))
	assert.Equal(t, 1, proxy.Writes(), "counted anew")
}

func TestAPIProxysKubeconfigActsAsItsUser(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	path, err := newProxy(t).Kubeconfig(cluster.Developer)
	require.NoError(t, err)
	config, err := clientcmd.BuildConfigFromFlags("", path)
	require.NoError(t, err)
	client, err := kubernetes.NewForConfig(config)
	require.NoError(t, err)
	_, err = client.CoreV1().ConfigMaps(namespace).Create(ctx, configMap("hers"), metav1.CreateOptions{})
	require.NoError(t, err)
	events, err := shared.Audit(ctx, cluster.AuditFilter{Namespace: namespace, Name: "hers", User: cluster.Developer, Writes: true})
	require.NoError(t, err)
	assert.Len(t, events, 1)
}

func TestAPIProxyDropsTheWaitingWriteOfAClientThatIsGone(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	proxy := newProxy(t)
	client, err := kubernetes.NewForConfig(proxy.Config(cluster.Admin))
	require.NoError(t, err)
	maps := client.CoreV1().ConfigMaps(namespace)
	proxy.OnWrite(func(n int, _ *http.Request, _ int) {
		if n > 1 {
			return
		}
		// Long enough for the second write to arrive, and then for the proxy's server to see its connection end: neither
		// shows outside.
		patience, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		defer cancel()
		_, err := maps.Create(patience, configMap("second"), metav1.CreateOptions{})
		assert.ErrorIs(t, err, context.DeadlineExceeded) //nolint:testifylint // not the test's goroutine
		timer := time.NewTimer(300 * time.Millisecond)
		defer timer.Stop()
		<-timer.C
	})
	_, err = maps.Create(ctx, configMap("first"), metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = maps.Create(ctx, configMap("third"), metav1.CreateOptions{})
	require.NoError(t, err)
	_, err = maps.Get(ctx, "second", metav1.GetOptions{})
	require.True(t, apierrors.IsNotFound(err), "%v", err)
	assert.Equal(t, 2, proxy.Writes())
}

func TestAPIProxyStreamsWatches(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	client, err := kubernetes.NewForConfig(newProxy(t).Config(cluster.Admin))
	require.NoError(t, err)
	watcher, err := client.CoreV1().ConfigMaps(namespace).Watch(ctx, metav1.ListOptions{})
	require.NoError(t, err)
	defer watcher.Stop()
	_, err = shared.Client().CoreV1().ConfigMaps(namespace).Create(ctx, configMap("news"), metav1.CreateOptions{})
	require.NoError(t, err)
	select {
	case event := <-watcher.ResultChan():
		require.IsType(t, &corev1.ConfigMap{}, event.Object)
		assert.Equal(t, "news", event.Object.(*corev1.ConfigMap).Name)
	case <-ctx.Done():
		require.Fail(t, "no event")
	}
}
