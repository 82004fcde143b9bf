package controller

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/resourceversion"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/dynamic/dynamicinformer"
	"k8s.io/client-go/tools/cache"
)

// store is the cache of one kind. It reads our own writes: what a write returned hides an older state in the informer, so that
// the next Plan never decides on what this process itself has already changed.
type store[T metav1.Object] struct {
	kind      kind
	convert   func(*unstructured.Unstructured) (T, error)
	informers []cache.SharedIndexInformer

	mu sync.Mutex
	// ahead is by namespace/name what our writes returned and the informer has yet to see.
	ahead map[string]T
	// gone is by namespace/name the UID of what we deleted.
	gone map[string]types.UID
}

// indexNamespace and the indexers below name the ways in which stores are searched.
const (
	indexNamespace = "namespace"
	indexOwner     = "owner"
	indexService   = "service"
	indexMark      = "mark"
	indexHost      = "host"
)

// newStore watches a kind in the given namespaces; none means all.
func newStore[T metav1.Object](
	client dynamic.Interface, k kind, namespaces []string, tweak dynamicinformer.TweakListOptionsFunc,
	convert func(*unstructured.Unstructured) (T, error), indexers map[string]func(T) []string,
) (*store[T], error) {
	s := &store[T]{kind: k, convert: convert, ahead: map[string]T{}, gone: map[string]types.UID{}}
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	for _, namespace := range namespaces {
		informer := dynamicinformer.NewFilteredDynamicInformer(client, k.GroupVersionResource, namespace, 0, cache.Indexers{}, tweak).Informer()
		if err := s.prepare(informer, indexers); err != nil {
			return nil, fmt.Errorf("watch %s: %w", k.Resource, err)
		}
		s.informers = append(s.informers, informer)
	}
	return s, nil
}

func (s *store[T]) prepare(informer cache.SharedIndexInformer, indexers map[string]func(T) []string) error {
	byKind := cache.Indexers{indexNamespace: func(object any) ([]string, error) {
		if o, ok := object.(T); ok {
			return []string{o.GetNamespace()}, nil
		}
		return nil, nil
	}}
	for name, index := range indexers {
		byKind[name] = func(object any) ([]string, error) {
			if o, ok := object.(T); ok {
				return index(o), nil
			}
			return nil, nil
		}
	}
	if err := informer.AddIndexers(byKind); err != nil {
		return err
	}
	// The transformer may be called on what it has returned before: it leaves that alone.
	return informer.SetTransform(func(object any) (any, error) {
		u, ok := object.(*unstructured.Unstructured)
		if !ok {
			return object, nil
		}
		return s.convert(u)
	})
}

// onChange calls fn for every change that arrives; old is nil for an addition, now for a deletion.
func (s *store[T]) onChange(fn func(object T)) error {
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc: func(object any) {
			if o, ok := object.(T); ok {
				s.arrived(o)
				fn(o)
			}
		},
		UpdateFunc: func(before, after any) {
			o, ok := after.(T)
			if !ok {
				return
			}
			s.arrived(o)
			fn(o)
			// The old state may have belonged to another Deployment: a mark, an owner, an annotation that is gone.
			if b, ok := before.(T); ok {
				fn(b)
			}
		},
		DeleteFunc: func(object any) {
			if tombstone, ok := object.(cache.DeletedFinalStateUnknown); ok {
				object = tombstone.Obj
			}
			if o, ok := object.(T); ok {
				s.departed(o)
				fn(o)
			}
		},
	}
	for _, informer := range s.informers {
		if _, err := informer.AddEventHandler(handler); err != nil {
			return fmt.Errorf("watch %s: %w", s.kind.Resource, err)
		}
	}
	return nil
}

func (s *store[T]) run(ctx context.Context, group *sync.WaitGroup) {
	for _, informer := range s.informers {
		group.Go(func() { informer.RunWithContext(ctx) })
	}
}

func (s *store[T]) synced() bool {
	return !slices.ContainsFunc(s.informers, func(i cache.SharedIndexInformer) bool { return !i.HasSynced() })
}

func keyOf(o metav1.Object) string { return o.GetNamespace() + "/" + o.GetName() }

// arrived forgets what the informer has caught up with.
func (s *store[T]) arrived(o T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(o)
	if held, ok := s.ahead[key]; ok && !newer(held, o) {
		delete(s.ahead, key)
	}
	if uid, ok := s.gone[key]; ok && uid != o.GetUID() {
		delete(s.gone, key)
	}
}

func (s *store[T]) departed(o T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := keyOf(o)
	delete(s.gone, key)
	if held, ok := s.ahead[key]; ok && held.GetUID() == o.GetUID() {
		delete(s.ahead, key)
	}
}

// newer says whether a is of a later resourceVersion than b, which Kubernetes lets clients compare since 1.35.
func newer(a, b metav1.Object) bool {
	order, err := resourceversion.CompareResourceVersion(a.GetResourceVersion(), b.GetResourceVersion())
	return err == nil && order > 0
}

// wrote takes the answer of one of our writes.
func (s *store[T]) wrote(u *unstructured.Unstructured) error {
	o, err := s.convert(u)
	if err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if cached, ok := s.cached(keyOf(o)); ok && cached.GetUID() == o.GetUID() && !newer(o, cached) {
		return nil
	}
	s.ahead[keyOf(o)] = o
	return nil
}

// deleted hides what we have deleted until the informer says so too.
func (s *store[T]) deleted(key string, uid types.UID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.ahead, key)
	if cached, ok := s.cached(key); ok && cached.GetUID() == uid {
		s.gone[key] = uid
	}
}

func (s *store[T]) cached(key string) (T, bool) {
	for _, informer := range s.informers {
		if object, ok, err := informer.GetStore().GetByKey(strings.TrimPrefix(key, "/")); err == nil && ok {
			if o, ok := object.(T); ok {
				return o, true
			}
		}
	}
	var none T
	return none, false
}

// get returns the newest known state of one object.
func (s *store[T]) get(namespace, name string) (T, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	key := namespace + "/" + name
	o, ok := s.cached(key)
	if ok && s.gone[key] == o.GetUID() {
		ok = false
	}
	if held, is := s.ahead[key]; is && (!ok || newer(held, o)) {
		return held, true
	}
	return o, ok
}

// list returns what the index has under a value, sorted by namespace and name. keep filters what our own writes are ahead of.
func (s *store[T]) list(index, value string, keep func(T) bool) []T {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := map[string]T{}
	for _, informer := range s.informers {
		objects, err := informer.GetIndexer().ByIndex(index, value)
		if err != nil {
			continue // an index that wasn't declared finds nothing
		}
		for _, object := range objects {
			if o, ok := object.(T); ok && s.gone[keyOf(o)] != o.GetUID() {
				found[keyOf(o)] = o
			}
		}
	}
	for key, held := range s.ahead {
		if o, ok := found[key]; ok && !newer(held, o) {
			continue
		}
		delete(found, key)
		if keep(held) {
			found[key] = held
		}
	}
	all := make([]T, 0, len(found))
	for _, o := range found {
		all = append(all, o)
	}
	slices.SortFunc(all, func(a, b T) int { return strings.Compare(keyOf(a), keyOf(b)) })
	return all
}

// everything returns all objects of the kind, unsorted.
func (s *store[T]) everything() []T {
	var all []T
	for _, informer := range s.informers {
		for _, object := range informer.GetStore().List() {
			if o, ok := object.(T); ok {
				all = append(all, o)
			}
		}
	}
	return all
}
