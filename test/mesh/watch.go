package mesh

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/go-logr/logr"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	istioclient "istio.io/client-go/pkg/clientset/versioned"
	istioinformers "istio.io/client-go/pkg/informers/externalversions"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/klog/v2"
)

// watcher keeps the objects of some namespaces.
type watcher struct {
	virtualServices, services, slices, pods []cache.SharedIndexInformer // one per namespace each

	running sync.WaitGroup
}

// newWatcher prepares informers for the namespaces; none means all.
func newWatcher(config *rest.Config, namespaces []string) (*watcher, error) {
	kube, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("client for Services: %w", err)
	}
	istio, err := istioclient.NewForConfig(config)
	if err != nil {
		return nil, fmt.Errorf("client for VirtualServices: %w", err)
	}
	if len(namespaces) == 0 {
		namespaces = []string{metav1.NamespaceAll}
	}
	w := &watcher{}
	for _, namespace := range namespaces {
		k := informers.NewSharedInformerFactoryWithOptions(kube, 0, informers.WithNamespace(namespace))
		i := istioinformers.NewSharedInformerFactoryWithOptions(istio, 0, istioinformers.WithNamespace(namespace))
		w.virtualServices = append(w.virtualServices, i.Networking().V1().VirtualServices().Informer())
		w.services = append(w.services, k.Core().V1().Services().Informer())
		w.slices = append(w.slices, k.Discovery().V1().EndpointSlices().Informer())
		w.pods = append(w.pods, k.Core().V1().Pods().Informer())
	}
	return w, nil
}

// start begins to watch and returns once everything is listed. changed is called after every change; it must not block.
func (w *watcher) start(ctx context.Context, log io.Writer, changed func()) error {
	handler := cache.ResourceEventHandlerFuncs{
		AddFunc:    func(any) { changed() },
		UpdateFunc: func(_, _ any) { changed() },
		DeleteFunc: func(any) { changed() },
	}
	kinds := []struct {
		name      string
		informers []cache.SharedIndexInformer
	}{
		{"VirtualServices", w.virtualServices},
		{"Services", w.services},
		{"EndpointSlices", w.slices},
		{"Pods", w.pods},
	}
	for _, kind := range kinds {
		for _, informer := range kind.informers {
			if _, err := informer.AddEventHandler(handler); err != nil {
				return fmt.Errorf("watch %s: %w", kind.name, err)
			}
			err := informer.SetWatchErrorHandler(func(_ *cache.Reflector, err error) {
				if !errors.Is(err, io.EOF) && ctx.Err() == nil {
					_, _ = fmt.Fprintf(log, "mesh: watch %s: %v\n", kind.name, err)
				}
			})
			if err != nil {
				return fmt.Errorf("watch %s: %w", kind.name, err)
			}
		}
	}
	// What client-go itself would log of a watch reaches the handler above; the rest is noise at the end of a test.
	quiet := klog.NewContext(ctx, logr.Discard())
	for _, kind := range kinds {
		for _, informer := range kind.informers {
			w.running.Go(func() { informer.RunWithContext(quiet) })
		}
	}
	ctx, cancel := context.WithTimeout(ctx, listTimeout)
	defer cancel()
	for _, kind := range kinds {
		for _, informer := range kind.informers {
			if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
				return fmt.Errorf("list %s: not within %s: %w", kind.name, listTimeout, context.Cause(ctx))
			}
		}
	}
	return nil
}

// listTimeout bounds the first listing; only a kind that the server doesn't serve needs longer.
const listTimeout = 30 * time.Second

// stop waits for the informers; their context must have ended.
func (w *watcher) stop() { w.running.Wait() }

// objects are the present ones, in no particular order.
func (w *watcher) objects() Objects {
	return Objects{
		VirtualServices: listed[*networkingv1.VirtualService](w.virtualServices),
		Services:        listed[*corev1.Service](w.services),
		EndpointSlices:  listed[*discoveryv1.EndpointSlice](w.slices),
		Pods:            listed[*corev1.Pod](w.pods),
	}
}

func listed[T any](from []cache.SharedIndexInformer) []T {
	var objects []T
	for _, informer := range from {
		for _, item := range informer.GetStore().List() {
			if object, ok := item.(T); ok {
				objects = append(objects, object)
			}
		}
	}
	return objects
}
