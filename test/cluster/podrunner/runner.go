package podrunner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
)

// Options of a [Runner]. All are required.
type Options struct {
	Client  kubernetes.Interface // may bind, patch and delete any pod and create nodes
	Network *Network
	Log     *slog.Logger
}

// Runner runs every pod of a control plane until it is closed.
type Runner struct {
	options Options
	stop    context.CancelFunc
	factory informers.SharedInformerFactory
	running sync.WaitGroup

	mu        sync.Mutex // guards what follows
	pods      map[types.UID]*pod
	overrides []override
	programs  map[string]Program // by namespace
	started   int                // pods so far: they go to the nodes in turn
}

// Start creates the nodes and begins to run pods. The context is that of the whole run: when it ends, every pod's server
// ends too.
func Start(ctx context.Context, o Options) (*Runner, error) {
	if err := createNodes(ctx, o.Client); err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	r := &Runner{
		options: o,
		stop:    cancel,
		factory: informers.NewSharedInformerFactory(o.Client, 0),
		pods:    map[types.UID]*pod{},
	}
	informer := r.factory.Core().V1().Pods().Informer()
	_, err := informer.AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { r.observe(ctx, obj) },
		UpdateFunc: func(_, obj any) { r.observe(ctx, obj) },
		DeleteFunc: r.forget,
	})
	if err != nil {
		cancel()
		return nil, fmt.Errorf("watch pods: %w", err)
	}
	r.factory.Start(ctx.Done())
	if !cache.WaitForCacheSync(ctx.Done(), informer.HasSynced) {
		r.Close()
		return nil, fmt.Errorf("list pods: %w", ctx.Err())
	}
	return r, nil
}

// Close stops every server and returns when all are gone. The pods stay in the API as they are.
func (r *Runner) Close() {
	r.stop()
	r.factory.Shutdown() // no more handlers after this
	r.running.Wait()
}

// Override changes the behaviour of all pods of a namespace whose name begins with prefix, present and future, as if env
// were added to their container's environment: requests are answered accordingly from now on, while what concerns a
// container's start and end (READY_AFTER, CRASH_AFTER…) holds from its next start. Later calls win.
func (r *Runner) Override(namespace, prefix string, env map[string]string) error {
	if _, err := ParseBehaviour(env); err != nil {
		return fmt.Errorf("override %s/%s*: %w", namespace, prefix, err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.overrides = append(r.overrides, override{namespace: namespace, prefix: prefix, env: env})
	for _, p := range r.pods {
		if p.object.Namespace == namespace && strings.HasPrefix(p.object.Name, prefix) {
			b, _ := behaviourOf(p.object, r.overrides) // a bad value of the pod's own was logged at its start
			p.behaviour.Store(&b)
		}
	}
	return nil
}

// ErrNotRunning is returned for a pod that doesn't exist or has ended.
var ErrNotRunning = errors.New("pod is not running")

// Crash ends the container of a pod at once, as an out-of-memory kill would; it starts again after its CRASH_BACKOFF. If
// the container isn't running at the moment, Crash waits until it is.
func (r *Runner) Crash(ctx context.Context, namespace, name string) error {
	p := r.find(namespace, name)
	if p == nil {
		return fmt.Errorf("crash pod %s/%s: %w", namespace, name, ErrNotRunning)
	}
	select {
	case p.crash <- struct{}{}:
		return nil
	case <-p.ended:
		return fmt.Errorf("crash pod %s/%s: %w", namespace, name, ErrNotRunning)
	case <-ctx.Done():
		return fmt.Errorf("crash pod %s/%s: %w", namespace, name, ctx.Err())
	}
}

// find returns the pod of a name, or nil.
func (r *Runner) find(namespace, name string) *pod {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, p := range r.pods {
		if p.object.Namespace == namespace && p.object.Name == name {
			return p
		}
	}
	return nil
}

// observe starts a pod at first sight and tells it of its deletion.
func (r *Runner) observe(ctx context.Context, obj any) {
	object, ok := obj.(*corev1.Pod)
	if !ok || object.Status.Phase == corev1.PodSucceeded || object.Status.Phase == corev1.PodFailed {
		return // of those only the garbage collector takes care
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p, known := r.pods[object.UID]
	if !known {
		b, err := behaviourOf(object, r.overrides)
		if err != nil {
			r.options.Log.Error("environment has no effect", "pod", object.Namespace+"/"+object.Name, "error", err)
		}
		r.started++
		p = newPod(object, b, nodeName(r.started), r.options)
		p.program = r.programs[object.Namespace]
		r.pods[object.UID] = p
		r.running.Go(func() { p.run(ctx) })
	}
	if object.DeletionTimestamp != nil {
		p.terminate()
	}
}

// forget ends a pod whose object is gone.
func (r *Runner) forget(obj any) {
	if unknown, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = unknown.Obj
	}
	object, ok := obj.(*corev1.Pod)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if p, known := r.pods[object.UID]; known {
		close(p.gone)
		delete(r.pods, object.UID)
	}
}
