package controller

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// current is the VirtualService in the state that an action was decided on.
func (p *pass) current(route strategy.Key, version string) (*virtualService, error) {
	vs, ok := p.caches.virtualServices.get(route.Namespace, route.Name)
	if !ok || vs.ResourceVersion != version {
		return nil, fmt.Errorf("%w: VirtualService %s has changed", errStale, route)
	}
	return vs, nil
}

func (p *pass) setWeight(ctx context.Context, a strategy.SetWeight) error {
	vs, err := p.current(a.Route, a.ResourceVersion)
	if err != nil {
		return err
	}
	object, err := traffic.Split(vs.object, a.Target, a.Share, a.Only...)
	if err != nil {
		return fmt.Errorf("VirtualService %s: %w", a.Route, err)
	}
	mark := p.key.Name
	if a.Route.Namespace != p.key.Namespace {
		mark = p.key.String()
	}
	if err := p.updateRoute(ctx, a.ResourceVersion, object, mark); err != nil {
		return err
	}
	return p.showed(a.Route, object, a.Target, a.Only...)
}

// showed remembers what our own write shows, before anybody can have changed it again: who undoes it at once is to be counted.
func (p *pass) showed(route strategy.Key, object map[string]any, t traffic.Target, only ...string) error {
	view, err := traffic.Look(object, t, only...)
	if err != nil {
		return fmt.Errorf("VirtualService %s: %w", route, err)
	}
	p.memory.route(&strategy.Route{Key: route, Service: t.Service}, view, p.now())
	return nil
}

func (p *pass) restoreRoute(ctx context.Context, a strategy.RestoreRoute) error {
	vs, err := p.current(a.Route, a.ResourceVersion)
	if err != nil {
		return err
	}
	return p.updateRoute(ctx, a.ResourceVersion, traffic.Restore(vs.object, a.Target), "")
}

// updateRoute writes a VirtualService with the mark, or without it when mark is empty.
func (p *pass) updateRoute(ctx context.Context, version string, object map[string]any, mark string) error {
	u := (&unstructured.Unstructured{Object: object}).DeepCopy()
	annotations := u.GetAnnotations()
	if mark == "" {
		delete(annotations, spec.AnnotationRunBy)
	} else {
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[spec.AnnotationRunBy] = mark
	}
	if len(annotations) == 0 {
		annotations = nil
	}
	u.SetAnnotations(annotations)
	return p.update(ctx, kindVirtualService(), p.caches.virtualServices, version, u.Object)
}

// createRoute makes the VirtualService of a run whose Service has none, with its weight from the start.
func (p *pass) createRoute(ctx context.Context, a strategy.CreateRoute) error {
	if p.d == nil {
		return fmt.Errorf("%w: the Deployment is gone", errStale)
	}
	object, err := traffic.Split(traffic.New(a.Target, a.Route.Name), a.Target, a.Share)
	if err != nil {
		return fmt.Errorf("VirtualService %s: %w", a.Route, err)
	}
	u := &unstructured.Unstructured{Object: object}
	u.SetAnnotations(map[string]string{spec.AnnotationRunBy: p.key.Name})
	u.SetLabels(map[string]string{spec.LabelManaged: "route"})
	if err := unstructured.SetNestedSlice(u.Object, []any{ownedBy(kindDeployment(), p.d.Name, p.d.UID)}, "metadata", "ownerReferences"); err != nil {
		return fmt.Errorf("VirtualService %s: %w", a.Route, err)
	}
	return p.create(ctx, kindVirtualService(), p.caches.virtualServices, u.Object)
}

func (p *pass) deleteRoute(ctx context.Context, a strategy.DeleteRoute) error {
	vs, err := p.current(a.Route, a.ResourceVersion)
	if err != nil {
		return err
	}
	return p.remove(ctx, kindVirtualService(), p.caches.virtualServices, vs)
}
