package cluster

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/fields"
	"k8s.io/apimachinery/pkg/watch"
	"k8s.io/client-go/dynamic"
)

// WaitFor watches one object until cond holds, and returns it as it was then. The kind is that of cond's argument, one of
// those that resourceOf knows. The object need not exist yet. The error has the object as last seen.
func WaitFor[T any](ctx context.Context, c *Cluster, namespace, name string, cond func(*T) bool) (*T, error) {
	client, kind, err := clientOf[T](c, namespace)
	if err != nil {
		return nil, err
	}
	var found, last *T
	err = watchUntil(ctx, client, named(name), func(objects map[string]*unstructured.Unstructured) (bool, error) {
		object := objects[name]
		if object == nil {
			return false, nil
		}
		typed := new(T)
		if err := convert(object, typed); err != nil {
			return false, err
		}
		last = typed
		if cond(typed) {
			found = typed
		}
		return found != nil, nil
	})
	if err != nil {
		return nil, fmt.Errorf("wait for %s %s/%s: %w; last seen: %s", kind, namespace, name, err, describe(last))
	}
	return found, nil
}

// WaitForAll watches the objects of a namespace that a label selector chooses (all of them if it is empty) until cond
// holds for them together, and returns them, sorted by name. It may hold for none.
func WaitForAll[T any](ctx context.Context, c *Cluster, namespace, selector string, cond func([]T) bool) ([]T, error) {
	client, kind, err := clientOf[T](c, namespace)
	if err != nil {
		return nil, err
	}
	var last []T
	err = watchUntil(ctx, client, metav1.ListOptions{LabelSelector: selector},
		func(objects map[string]*unstructured.Unstructured) (bool, error) {
			last = nil
			for _, name := range slices.Sorted(maps.Keys(objects)) {
				var typed T
				if err := convert(objects[name], &typed); err != nil {
					return false, err
				}
				last = append(last, typed)
			}
			return cond(last), nil
		})
	if err != nil {
		return nil, fmt.Errorf("wait for %s %s/{%s}: %w; last seen: %s", kind, namespace, selector, err, describe(last))
	}
	return last, nil
}

// WaitGone watches an object until it doesn't exist.
func WaitGone[T any](ctx context.Context, c *Cluster, namespace, name string) error {
	client, kind, err := clientOf[T](c, namespace)
	if err != nil {
		return err
	}
	err = watchUntil(ctx, client, named(name), func(objects map[string]*unstructured.Unstructured) (bool, error) {
		return objects[name] == nil, nil
	})
	if err != nil {
		return fmt.Errorf("wait for the end of %s %s/%s: %w", kind, namespace, name, err)
	}
	return nil
}

// waitObject is WaitFor without a type.
func waitObject(
	ctx context.Context, client dynamic.ResourceInterface, name string, cond func(*unstructured.Unstructured) bool,
) (found *unstructured.Unstructured, err error) {
	err = watchUntil(ctx, client, named(name), func(objects map[string]*unstructured.Unstructured) (bool, error) {
		found = objects[name]
		return found != nil && cond(found), nil
	})
	return found, err
}

// named selects one object.
func named(name string) metav1.ListOptions {
	return metav1.ListOptions{FieldSelector: fields.OneTermEqualSelector(metav1.ObjectNameField, name).String()}
}

// observed is called with the selected objects, by name, at first and after every change, until it returns true.
type observed func(objects map[string]*unstructured.Unstructured) (done bool, err error)

// errWatchEnded tells that a watch is to be begun anew.
var errWatchEnded = errors.New("watch ended")

// watchUntil lists and watches, again and again if the server ends the watch, until done says true.
func watchUntil(ctx context.Context, client dynamic.ResourceInterface, options metav1.ListOptions, done observed) error {
	for {
		err := watchOnce(ctx, client, options, done)
		if !errors.Is(err, errWatchEnded) {
			return err
		}
	}
}

// watchOnce lists and watches until done says true, or the watch ends.
func watchOnce(ctx context.Context, client dynamic.ResourceInterface, options metav1.ListOptions, done observed) error {
	list, err := client.List(ctx, options)
	if err != nil {
		return fmt.Errorf("list: %w", err)
	}
	objects := map[string]*unstructured.Unstructured{}
	for i := range list.Items {
		objects[list.Items[i].GetName()] = &list.Items[i]
	}
	if ok, err := done(objects); ok || err != nil {
		return err
	}
	options.ResourceVersion = list.GetResourceVersion()
	watcher, err := client.Watch(ctx, options)
	if err != nil {
		return fmt.Errorf("watch: %w", err)
	}
	defer watcher.Stop()
	for event := range watcher.ResultChan() {
		if err := take(event, objects); err != nil {
			return err
		}
		if ok, err := done(objects); ok || err != nil {
			return err
		}
	}
	if ctx.Err() != nil {
		return ctx.Err()
	}
	return errWatchEnded
}

// take brings the objects up to date with an event.
func take(event watch.Event, objects map[string]*unstructured.Unstructured) error {
	object, ok := event.Object.(*unstructured.Unstructured)
	if event.Type == watch.Error || !ok {
		if err := apierrors.FromObject(event.Object); !apierrors.IsResourceExpired(err) {
			return fmt.Errorf("watch: %w", err)
		}
		return errWatchEnded
	}
	if event.Type == watch.Deleted {
		delete(objects, object.GetName())
	} else {
		objects[object.GetName()] = object
	}
	return nil
}

// describe renders what was last seen, without what only makes it long.
func describe(last any) string {
	text, err := json.Marshal(last)
	if err != nil {
		return err.Error()
	}
	const limit = 4000
	if len(text) > limit {
		text = append(text[:limit], "…"...)
	}
	return strings.TrimSpace(string(text))
}
