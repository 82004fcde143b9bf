package cluster_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/test/cluster"
)

func TestWaitForSeesWhatComesLater(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	created := make(chan error, 1)
	_, err := cluster.WaitForAll(ctx, shared, namespace, "", func(maps []corev1.ConfigMap) bool {
		if len(maps) == 0 { // the list is empty: what is made from now on comes by the watch
			_, err := shared.Client().CoreV1().ConfigMaps(namespace).Create(ctx, configMap("news"), metav1.CreateOptions{})
			created <- err
		}
		return len(maps) == 1 && maps[0].Name == "news"
	})
	require.NoError(t, err)
	require.NoError(t, <-created)
}

func TestWaitForReadsIstiosObjects(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	require.NoError(t, cluster.App{Namespace: namespace, VirtualService: true}.Apply(ctx, shared))
	vs, err := cluster.WaitFor(ctx, shared, namespace, "shop", func(vs *istiov1.VirtualService) bool {
		return len(vs.Spec.GetHttp()) == 1
	})
	require.NoError(t, err)
	assert.Equal(t, "shop", vs.Spec.GetHttp()[0].GetRoute()[0].GetDestination().GetHost())
}

func TestWaitForThatFailsSaysWhatItSawLast(t *testing.T) {
	t.Parallel()
	ctx, namespace := scene(t)
	d := deploy(ctx, t, cluster.App{Namespace: namespace})
	short, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	_, err := cluster.WaitFor(short, shared, namespace, d.Name, func(*appsv1.Deployment) bool { return false })
	require.ErrorIs(t, err, context.DeadlineExceeded)
	require.ErrorContains(t, err, `"image":"registry.example/shop:v1"`)
	_, err = cluster.WaitFor(ctx, shared, namespace, d.Name, func(*corev1.Node) bool { return true })
	require.ErrorContains(t, err, "no resource known")
}
