package install

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/sets"
)

// census is every object of the cluster, by kind, namespace and name, as JSON without what the API server keeps for itself.
type census map[string]string

// passing are the kinds whose objects come and go by themselves. What becomes of a Deployment's pods is looked at by the shops.
var passing = sets.New("events", "pods", "replicasets.apps", "endpointslices.discovery.k8s.io", "endpoints", "componentstatuses")

// takeCensus lists all objects of all kinds.
func takeCensus(ctx context.Context) (census, error) {
	lists, err := plane.Client().Discovery().ServerPreferredResources()
	if err != nil {
		return nil, fmt.Errorf("kinds: %w", err)
	}
	all := census{}
	for _, list := range lists {
		gv, err := schema.ParseGroupVersion(list.GroupVersion)
		if err != nil {
			return nil, fmt.Errorf("kinds: %w", err)
		}
		for _, kind := range list.APIResources {
			resource := gv.WithResource(kind.Name)
			name := resource.GroupResource().String()
			if passing.Has(name) || passing.Has(kind.Name) || !sets.New(kind.Verbs...).Has("list") {
				continue
			}
			objects, err := plane.Dynamic().Resource(resource).List(ctx, metav1.ListOptions{})
			if err != nil {
				return nil, fmt.Errorf("list %s: %w", name, err)
			}
			for i := range objects.Items {
				o := &objects.Items[i]
				all[strings.Join([]string{name, o.GetNamespace(), o.GetName()}, "/")] = enduring(o)
			}
		}
	}
	return all, nil
}

// key is that of a shop's object in a census.
func key(resource string, s *shop, name string) string {
	return resource + "/" + s.app.Namespace + "/" + name
}

// namespaceOf is the namespace in a key; empty: none.
func namespaceOf(key string) string { return strings.Split(key, "/")[1] }

// enduring is what of an object says the same before and after it was changed and changed back.
func enduring(o *unstructured.Unstructured) string {
	o = o.DeepCopy()
	for _, field := range []string{"resourceVersion", "generation", "managedFields", "uid", "creationTimestamp"} {
		unstructured.RemoveNestedField(o.Object, "metadata", field)
	}
	unstructured.RemoveNestedField(o.Object, "status")
	if o.GetKind() == "Lease" { // whoever holds it renews it
		unstructured.RemoveNestedField(o.Object, "spec")
	}
	if o.GetKind() == "Deployment" { // its annotations and its template are the developer's, and the shops look at the rest
		unstructured.RemoveNestedField(o.Object, "metadata", "annotations")
		unstructured.RemoveNestedField(o.Object, "spec", "template")
	}
	text, err := json.Marshal(o.Object)
	if err != nil {
		return err.Error()
	}
	return string(text)
}

// census counts the cluster's objects.
func (r *release) census() census {
	r.Helper()
	all, err := takeCensus(r.ctx)
	require.NoError(r, err)
	return all
}

// same asserts that two censuses are, but for objects whose key has one of the words.
func (r *release) same(before, after census, but ...string) {
	r.Helper()
	ignored := func(key string) bool {
		for _, word := range but {
			if strings.Contains(key, word) {
				return true
			}
		}
		return false
	}
	for key, was := range before {
		if !ignored(key) {
			assert.Equal(r, was, after[key], "before and after: %s", key)
		}
	}
	for key, is := range after {
		if _, known := before[key]; !known && !ignored(key) {
			assert.Fail(r, "it wasn't there before: "+key, is)
		}
	}
}
