package controller

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
)

// owned is an object that names a Deployment of namespace ns as its owner. Nobody keeps a tenant of another namespace from writing that; the
// garbage collector deletes it, a moment later.
func owned(namespace string, uid types.UID, labels map[string]string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetNamespace(namespace)
	u.SetName("shop-" + namespace)
	u.SetUID(types.UID("of " + namespace))
	u.SetResourceVersion("9")
	u.SetLabels(labels)
	if err := unstructured.SetNestedSlice(u.Object, []any{ownedBy(kindDeployment(), "shop", uid)}, "metadata", "ownerReferences"); err != nil {
		panic(err) // the test's own fault
	}
	return u
}

func TestAnObjectOfAnotherNamespaceBelongsToNobodyHere(t *testing.T) {
	t.Parallel()
	c, _, _ := routed(t)
	d, ok := c.caches.deployments.get("ns", "shop")
	require.True(t, ok)
	for _, namespace := range []string{"ns", "other"} {
		rs, err := asReplicaSet(owned(namespace, d.UID, nil))
		require.NoError(t, err)
		c.caches.replicaSets.arrives(t, rs)
		// What the caches' own writes are ahead of is looked up another way.
		require.NoError(t, c.caches.jobs.wrote(owned(namespace, d.UID, map[string]string{"sluice.dev/managed": managedHook})))
	}
	sets := c.observedReplicaSets(d, nil)
	require.Len(t, sets, 1)
	assert.Equal(t, "shop-ns", sets[0].Name)
	jobs := c.observedJobs(d, nil)
	require.Len(t, jobs, 1)
	assert.Equal(t, "shop-ns", jobs[0].Name)
}
