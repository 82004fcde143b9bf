package controller

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// The writes below all go through here: each names the resourceVersion that it was decided on, so that the server refuses the
// write of a leader of yesterday, and each puts its answer into the cache at once.

// writer is what a pass needs of a store.
type writer interface {
	wrote(u *unstructured.Unstructured) error
	deleted(key string, uid types.UID)
}

// client is for one namespace: the Deployment's, but for a VirtualService of another.
func (p *pass) client(k kind, namespace string) dynamic.ResourceInterface {
	return p.options.Client.Resource(k.GroupVersionResource).Namespace(namespace)
}

// version is the resourceVersion that a write must name: the one decided on, or what our own earlier write in this pass made of it.
func (p *pass) version(k kind, name, decided string) string {
	if own, ok := p.versions[k.Resource+"/"+name+"@"+decided]; ok {
		return own
	}
	return decided
}

// answered takes a write's answer.
func (p *pass) answered(k kind, into writer, decided string, u *unstructured.Unstructured) error {
	p.versions[k.Resource+"/"+u.GetName()+"@"+decided] = u.GetResourceVersion()
	p.counted(k)
	return into.wrote(u)
}

// counted counts a write.
func (p *pass) counted(k kind) {
	p.process.Wrote(k.Resource)
	switch k.Resource {
	case kindVirtualService().Resource, kindService().Resource, kindDestinationRule().Resource:
		p.runs.Led(p.key)
	}
}

// patch merges fields into an object. A resourceVersion in a merge patch is a precondition (k8s.io/apiserver v0.37.2,
// pkg/endpoints/handlers/patch.go).
func (p *pass) patch(ctx context.Context, k kind, into writer, name, decided string, fields map[string]any, sub ...string) error {
	return p.patchAs(ctx, types.MergePatchType, k, into, name, decided, fields, sub...)
}

func (p *pass) patchAs(
	ctx context.Context, how types.PatchType, k kind, into writer, name, decided string, fields map[string]any, sub ...string,
) error {
	metadata, _ := fields["metadata"].(map[string]any)
	if metadata == nil {
		metadata = map[string]any{}
	}
	metadata["resourceVersion"] = p.version(k, name, decided)
	fields["metadata"] = metadata
	body, err := json.Marshal(fields)
	if err != nil {
		return fmt.Errorf("patch of %s %s: %w", k.gvk.Kind, name, err)
	}
	u, err := p.client(k, p.key.Namespace).Patch(ctx, name, how, body, metav1.PatchOptions{FieldManager: fieldManager}, sub...)
	if err != nil {
		return fmt.Errorf("patch %s %s: %w", k.gvk.Kind, name, err)
	}
	return p.answered(k, into, decided, u)
}

func (p *pass) create(ctx context.Context, k kind, into writer, object map[string]any) error {
	u := &unstructured.Unstructured{Object: object}
	u.SetGroupVersionKind(k.gvk)
	u.SetNamespace(p.key.Namespace)
	made, err := p.client(k, p.key.Namespace).Create(ctx, u, metav1.CreateOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("create %s %s: %w", k.gvk.Kind, u.GetName(), err)
	}
	return p.answered(k, into, "", made)
}

func (p *pass) update(ctx context.Context, k kind, into writer, decided string, object map[string]any) error {
	u := &unstructured.Unstructured{Object: object}
	u.SetGroupVersionKind(k.gvk)
	u.SetResourceVersion(p.version(k, u.GetName(), decided))
	changed, err := p.client(k, cmp.Or(u.GetNamespace(), p.key.Namespace)).Update(ctx, u, metav1.UpdateOptions{FieldManager: fieldManager})
	if err != nil {
		return fmt.Errorf("update %s %s: %w", k.gvk.Kind, u.GetName(), err)
	}
	return p.answered(k, into, decided, changed)
}

// remove deletes an object in the state that it was decided on; pods of a ReplicaSet go in the background.
func (p *pass) remove(ctx context.Context, k kind, into writer, o metav1.Object) error {
	background := metav1.DeletePropagationBackground
	uid := o.GetUID()
	options := metav1.DeleteOptions{Preconditions: &metav1.Preconditions{UID: &uid}, PropagationPolicy: &background}
	if version := o.GetResourceVersion(); version != "" {
		options.Preconditions.ResourceVersion = &version
	}
	if err := p.client(k, cmp.Or(o.GetNamespace(), p.key.Namespace)).Delete(ctx, o.GetName(), options); err != nil {
		return fmt.Errorf("delete %s %s: %w", k.gvk.Kind, o.GetName(), err)
	}
	p.counted(k)
	into.deleted(keyOf(o), uid)
	return nil
}

// controlledBy is an owner reference of the controller, ownedBy one that only keeps the object from outliving its owner.
func controlledBy(k kind, name string, uid types.UID) map[string]any {
	ref := ownedBy(k, name, uid)
	ref["controller"] = true
	return ref
}

func ownedBy(k kind, name string, uid types.UID) map[string]any {
	return map[string]any{"apiVersion": k.GroupVersion().String(), "kind": k.gvk.Kind, "name": name, "uid": string(uid)}
}
