package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"sync"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/yaml"
	"k8s.io/client-go/dynamic"

	"github.com/sluice-dev/sluice/test/cluster"
)

// gitManager is what Argo CD writes as.
const gitManager = "argocd-controller"

// gitTool is how a tool keeps the cluster like Git.
type gitTool struct {
	serverSide bool
	// ignores are the fields, by kind, that the tool has been told to ignore: it takes them from the live object before it applies.
	ignores map[string][][]string
}

// ignored are the fields that docs/kubectl-rollout.md tells users to have ignored.
func ignored() map[string][][]string {
	return map[string][][]string{
		"VirtualService": {{"spec", "http", eachOf, "route"}},
		"Service":        {{"spec", "selector", "pod-template-hash"}},
	}
}

// eachOf stands for every entry of a list.
const eachOf = "[]"

// git heals the cluster every second: whatever differs from what was committed is applied again.
type git struct {
	*stage
	gitTool
	client dynamic.Interface
	stop   context.CancelFunc
	done   chan struct{}

	mu      sync.Mutex // guards what follows
	objects []*unstructured.Unstructured
	rounds  int // that are over, of the present objects
	all     int // rounds that are over
	changed chan struct{}
	err     error
}

// managedByGit hands the first version's objects, and from then on the application, to a tool. What it makes of them counts as what the
// user wrote.
func (s *stage) managedByGit(tool gitTool, virtualService string) *git {
	s.Helper()
	client, err := dynamic.NewForConfig(plane.Config(cluster.Developer))
	require.NoError(s, err)
	ctx, cancel := context.WithCancel(s.ctx)
	g := &git{stage: s, gitTool: tool, client: client, stop: cancel, done: make(chan struct{}), changed: make(chan struct{})}
	annotations := s.app.Annotations
	s.app.Annotations = nil
	g.commit(virtualService)
	go g.heal(ctx)
	s.Cleanup(g.rest)
	g.settled()
	s.written = s.objects()
	s.app.Annotations = annotations
	return g
}

// commit puts s.app in the place of what was in Git; the VirtualService stays unless one is given.
func (g *git) commit(virtualService string) {
	g.Helper()
	var objects []*unstructured.Unstructured
	for _, object := range []any{g.app.Service(), g.app.Deployment()} {
		text, err := json.Marshal(object)
		require.NoError(g, err)
		u := &unstructured.Unstructured{}
		require.NoError(g, u.UnmarshalJSON(text))
		delete(u.Object, "status")
		objects = append(objects, u)
	}
	if virtualService != "" {
		u := &unstructured.Unstructured{}
		require.NoError(g, yaml.Unmarshal([]byte(virtualService), &u.Object))
		u.SetNamespace(g.namespace)
		objects = append(objects, u)
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	if virtualService == "" && len(g.objects) > 2 {
		objects = append(objects, g.objects[2])
	}
	g.objects, g.rounds = objects, 0
}

// push commits a version of the application, and waits until the tool has applied it.
func (g *git) push(version string, env map[string]string) {
	g.Helper()
	g.app.Version, g.app.Env, g.app.Image = version, env, ""
	g.commit("")
	g.until(version+" in the Deployment", func() bool { return versionOf(&g.deployment().Spec.Template) == version })
}

// settled waits until the tool has been twice through what is committed.
func (g *git) settled() {
	g.Helper()
	g.mu.Lock()
	g.rounds = 0
	g.mu.Unlock()
	for {
		g.mu.Lock()
		rounds, changed, err := g.rounds, g.changed, g.err
		g.mu.Unlock()
		require.NoError(g, err)
		if rounds >= 2 {
			return
		}
		select {
		case <-changed:
		case <-g.ctx.Done():
			require.FailNow(g, "the tool never came round")
		}
	}
}

// rest ends the tool; it may be called again.
func (g *git) rest() {
	g.stop()
	<-g.done
	assert.NoError(g, g.err, "the tool itself")
}

func (g *git) heal(ctx context.Context) {
	defer close(g.done)
	ticker := time.NewTicker(time.Second)
	defer ticker.Stop()
	for {
		g.mu.Lock()
		objects := g.objects
		g.mu.Unlock()
		err := g.round(ctx, objects)
		if ctx.Err() != nil {
			return
		}
		g.mu.Lock()
		if err != nil {
			g.err = err
		}
		g.rounds++
		g.all++
		if len(objects) > 0 && &objects[0] != &g.objects[0] {
			g.rounds = 0 // committed meanwhile
		}
		close(g.changed)
		g.changed = make(chan struct{})
		g.mu.Unlock()
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
		}
	}
}

func (g *git) round(ctx context.Context, objects []*unstructured.Unstructured) error {
	for _, object := range objects {
		if err := g.sync(ctx, object); err != nil && !apierrors.IsConflict(err) {
			return fmt.Errorf("%s: %w", object.GetKind(), err)
		}
	}
	return nil
}

// sync applies one object. What was taken from the live object is written to that state of it and no other: a tool that writes
// a field that it has read before is at odds with every other writer for the time between, which is not what is shown here.
func (g *git) sync(ctx context.Context, committed *unstructured.Unstructured) error {
	object := committed.DeepCopy()
	client := g.client.Resource(resourceOf(object)).Namespace(g.namespace)
	live, err := client.Get(ctx, object.GetName(), metav1.GetOptions{})
	if err != nil {
		return err
	}
	version := ""
	for _, path := range g.ignores[object.GetKind()] {
		takeOver(object.Object, live.Object, path)
		version = live.GetResourceVersion()
	}
	force, how, options := true, types.ApplyPatchType, metav1.PatchOptions{FieldManager: gitManager}
	var patch []byte
	if g.serverSide {
		options.Force = &force
		object.SetResourceVersion(version)
		patch, err = object.MarshalJSON()
	} else {
		how = types.MergePatchType
		patch, err = threeWay(object, live, version)
	}
	if err != nil || string(patch) == "{}" {
		return err
	}
	_, err = client.Patch(ctx, object.GetName(), how, patch, options)
	return err
}

// takeOver puts what the live object has at a path, or hasn't, in the place of what is there.
func takeOver(object, live map[string]any, path []string) {
	if len(path) == 1 {
		delete(object, path[0])
		if value, there := live[path[0]]; there {
			object[path[0]] = value
		}
		return
	}
	if path[1] != eachOf {
		inner, _ := object[path[0]].(map[string]any)
		other, _ := live[path[0]].(map[string]any)
		if inner != nil && other != nil {
			takeOver(inner, other, path[1:])
		}
		return
	}
	list, _ := object[path[0]].([]any)
	others, _ := live[path[0]].([]any)
	for i := range min(len(list), len(others)) {
		inner, _ := list[i].(map[string]any)
		other, _ := others[i].(map[string]any)
		if inner != nil && other != nil {
			takeOver(inner, other, path[2:])
		}
	}
}

func resourceOf(u *unstructured.Unstructured) schema.GroupVersionResource {
	gvr, _ := meta.UnsafeGuessKindToResource(u.GroupVersionKind())
	return gvr
}

// threeWay is the patch of kubectl's client-side apply: what was taken out since the last time goes, what is there is set, whatever
// others have added stays, but for lists, which are taken as a whole. It is for one version of the live object if one is given.
func threeWay(object, live *unstructured.Unstructured, version string) ([]byte, error) {
	text, err := object.MarshalJSON()
	if err != nil {
		return nil, err
	}
	annotations := object.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[corev1.LastAppliedConfigAnnotation] = string(text)
	object.SetAnnotations(annotations)
	modified, err := object.MarshalJSON()
	if err != nil {
		return nil, err
	}
	current, err := live.MarshalJSON()
	if err != nil {
		return nil, err
	}
	original := live.GetAnnotations()[corev1.LastAppliedConfigAnnotation]
	patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch([]byte(original), modified, current)
	if err != nil || string(patch) == "{}" || version == "" {
		return patch, err
	}
	fields := map[string]any{}
	if err := json.Unmarshal(patch, &fields); err != nil {
		return nil, err
	}
	if err := unstructured.SetNestedField(fields, version, "metadata", "resourceVersion"); err != nil {
		return nil, err
	}
	return json.Marshal(fields)
}

// worked asserts that the tool was at it all the time, and ends it.
func (g *git) worked() {
	g.Helper()
	g.settled()
	g.rest()
	assert.Greater(g, g.all, 5, "rounds of the tool")
}
