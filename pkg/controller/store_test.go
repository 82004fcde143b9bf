package controller

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/fake"
)

// newTestStore is a store whose informer isn't run: the test plays the watch.
func newTestStore(t *testing.T) *store[*configMap] {
	t.Helper()
	s, err := newStore(fake.NewSimpleDynamicClient(runtime.NewScheme()), kindConfigMap(), nil, nil, asConfigMap, nil)
	require.NoError(t, err)
	return s
}

func (s *store[T]) arrives(t *testing.T, o T) {
	t.Helper()
	require.NoError(t, s.informers[0].GetIndexer().Update(o))
	s.arrived(o)
}

func state(uid, version, value string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{Object: map[string]any{"data": map[string]any{"value": value}}}
	u.SetNamespace("ns")
	u.SetName("shop-sluice")
	u.SetResourceVersion(version)
	u.SetUID(types.UID(uid))
	return u
}

func converted(t *testing.T, u *unstructured.Unstructured) *configMap {
	t.Helper()
	c, err := asConfigMap(u)
	require.NoError(t, err)
	return c
}

func value(s *store[*configMap]) string {
	c, ok := s.get("ns", "shop-sluice")
	if !ok {
		return "none"
	}
	listed := s.list(indexNamespace, "ns", func(c *configMap) bool { return c.Namespace == "ns" })
	if len(listed) != 1 || listed[0].data["value"] != c.data["value"] {
		return "list and get disagree"
	}
	return c.data["value"]
}

func TestStoreReadsItsOwnWrites(t *testing.T) {
	t.Parallel()
	s := newTestStore(t)
	require.NoError(t, s.wrote(state("a", "5", "created")))
	assert.Equal(t, "created", value(s), "before the watch has seen it")

	s.arrives(t, converted(t, state("a", "5", "created")))
	require.NoError(t, s.wrote(state("a", "9", "written")))
	s.arrives(t, converted(t, state("a", "7", "an older state")))
	assert.Equal(t, "written", value(s), "an older state that comes later is hidden")

	s.arrives(t, converted(t, state("a", "12", "by somebody else")))
	assert.Equal(t, "by somebody else", value(s), "a newer state wins")
	assert.Empty(t, s.ahead, "what the watch has caught up with is forgotten")

	require.NoError(t, s.wrote(state("a", "10", "an answer that came late")))
	assert.Equal(t, "by somebody else", value(s))
}

func TestStoreHidesWhatItHasDeleted(t *testing.T) {
	t.Parallel()
	s := newTestStore(t)
	s.arrives(t, converted(t, state("a", "5", "old")))
	s.deleted("ns/shop-sluice", types.UID("a"))
	assert.Equal(t, "none", value(s), "before the watch has seen it")
	assert.Empty(t, s.list(indexNamespace, "ns", func(*configMap) bool { return true }))

	s.arrives(t, converted(t, state("b", "9", "made anew")))
	assert.Equal(t, "made anew", value(s), "another object of that name is not hidden")

	require.NoError(t, s.informers[0].GetIndexer().Delete(converted(t, state("b", "9", ""))))
	s.departed(converted(t, state("b", "9", "")))
	assert.Equal(t, "none", value(s))
	assert.Empty(t, s.gone)
}
