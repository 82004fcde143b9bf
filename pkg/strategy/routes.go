package strategy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Which VirtualServices are edited in a run: those that the annotation names, in the Deployment's own namespace or one that the
// controller's flags list; or, without the annotation, those of its own namespace that lead to the Service.

// findRoutes picks the VirtualServices to edit, and whatever carries the mark of this Deployment.
func (p *planner) findRoutes() []*Route {
	if p.svc == nil || p.blueGreen() {
		return nil
	}
	var routes []*Route
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		if r.Service != p.svc.Name || !p.editable(r) {
			continue
		}
		found := len(p.s.VirtualServices) == 0 && p.near(r) && r.View.Routes > 0
		if found || p.named(r) || r.RunBy == p.o.Key.Name || (p.near(r) && r.Managed) {
			routes = append(routes, r)
		}
	}
	return routes
}

// near says whether a VirtualService is in the Deployment's own namespace.
func (p *planner) near(r *Route) bool { return r.Namespace == p.o.Key.Namespace }

// editable says whether a VirtualService may be written.
func (p *planner) editable(r *Route) bool { return p.near(r) || r.Listed }

// named says whether the annotation names a VirtualService.
func (p *planner) named(r *Route) bool {
	return slices.ContainsFunc(p.s.VirtualServices, func(ref spec.RouteRef) bool {
		_, ok := reads(ref, p.o.Key.Namespace, r.Key)
		return ok
	})
}

// reads says whether a reference can mean a VirtualService, and which of its routes: empty, all. "a/b" can mean route b of a, or b of
// namespace a.
func reads(ref spec.RouteRef, own string, key Key) (route string, ok bool) {
	other, two := ref.Elsewhere()
	switch {
	case ref.Name == key.Name && (ref.Namespace == key.Namespace || (ref.Namespace == "" && own == key.Namespace)):
		return ref.Route, true
	case two && other.Name == key.Name && other.Namespace == key.Namespace:
		return "", true
	}
	return "", false
}

// RouteNames lists the names of the routes that a Spec of a Deployment in namespace own picks in a VirtualService; empty: all of them.
func RouteNames(s spec.Spec, own string, key Key) []string {
	var names []string
	for _, ref := range s.VirtualServices {
		route, ok := reads(ref, own, key)
		switch {
		case !ok:
			continue
		case route == "":
			return nil
		}
		names = append(names, route)
	}
	return names
}

func (p *planner) unrouted() *obstacle {
	if p.o.Settings.Mesh || p.blueGreen() {
		return nil
	}
	return &obstacle{spec.ReasonNoIstio, "the canary strategy shifts traffic by Istio VirtualServices, and this cluster doesn't serve " +
		"networking.istio.io/v1; install Istio, or use the strategy blue-green, which needs no mesh"}
}

// misrouted checks the VirtualServices that were named or found.
func (p *planner) misrouted() *obstacle {
	for _, ref := range p.s.VirtualServices {
		if o := p.misnamed(ref); o != nil {
			return o
		}
	}
	if o := p.unsplittable(); o != nil {
		return o
	}
	http := 0
	for _, r := range p.routes {
		http += r.View.HTTP
		switch {
		case r.Problem != "":
			return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf("VirtualService %s: %s", r.Key, r.Problem)}
		case r.RunBy != "" && r.RunBy != p.o.Key.Name:
			return &obstacle{spec.ReasonRouteConflict, fmt.Sprintf(
				"VirtualService %s is in use by the run of Deployment %s (annotation %s)", r.Key, r.RunBy, spec.AnnotationRunBy)}
		}
	}
	if early := p.s.CanaryHeader.Name != "" || p.s.Mirror > 0; early && http == 0 && len(p.routes) > 0 {
		return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf(
			"%s and %s are for http routes, and of Service %q there are only others; leave them away",
			spec.AnnotationCanaryHeader, spec.AnnotationMirror, p.svc.Name)}
	}
	return p.undelegated()
}

// unsplittable names a VirtualService of the Deployment's own namespace that has to do with the Service and can't be edited.
func (p *planner) unsplittable() *obstacle {
	if p.blueGreen() {
		return nil
	}
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		if r.Service == p.svc.Name && r.Problem != "" && p.near(r) && (len(p.s.VirtualServices) == 0 || p.named(r)) {
			return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf("VirtualService %s: %s", r.Key, r.Problem)}
		}
	}
	return nil
}

// misnamed checks one name in the annotation.
func (p *planner) misnamed(ref spec.RouteRef) *obstacle {
	var found []*Route
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		if _, ok := reads(ref, p.o.Key.Namespace, r.Key); ok && r.Service == p.svc.Name {
			found = append(found, r)
		}
	}
	name := strings.Trim(ref.Namespace+"/"+ref.Name+"/"+ref.Route, "/")
	switch {
	case len(found) == 0 && ref.Namespace == "" && ref.Route == "":
		return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf(
			"%s names VirtualService %q, but namespace %s has none of that name that leads to Service %q",
			spec.AnnotationVirtualService, name, p.o.Key.Namespace, p.svc.Name)}
	case len(found) == 0:
		return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf(
			"%s: %q: there is no such VirtualService that leads to Service %s/%s, or its namespace isn't one that this controller sees",
			spec.AnnotationVirtualService, name, p.o.Key.Namespace, p.svc.Name)}
	case len(found) > 1:
		return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf(
			"%s: %q can mean VirtualService %s or VirtualService %s; write namespace/name/route, with * for all routes",
			spec.AnnotationVirtualService, name, found[0].Key, found[1].Key)}
	case !p.editable(found[0]):
		return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf(
			"%s: %q: VirtualServices of namespace %s may not be edited; the controller's --route-namespaces must list it",
			spec.AnnotationVirtualService, name, found[0].Namespace)}
	}
	return nil
}

// undelegated refuses a VirtualService that hands the Service's requests over to one that isn't there: the mesh says nothing about it, and
// all that the first one says is void.
func (p *planner) undelegated() *obstacle {
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		if r.Service == p.svc.Name && len(r.Missing) > 0 && (p.near(r) || p.named(r)) {
			return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf(
				"VirtualService %s delegates to %s, which isn't there: the mesh then takes no notice of it", r.Key, strings.Join(r.Missing, ", "))}
		}
	}
	return nil
}

// routedElsewhere refuses a run that would make a VirtualService of its own where another governs the host already: of two for
// one host the older takes all traffic, without a warning, and ours would do nothing.
func (p *planner) routedElsewhere() *obstacle {
	if len(p.routes) > 0 || p.blueGreen() {
		return nil
	}
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		if r.Service == p.svc.Name && (r.View.Governs || r.View.Covers || r.View.Routes > 0) {
			return &obstacle{spec.ReasonRouteConflict, fmt.Sprintf(
				"VirtualService %s has the traffic of Service %q, but no VirtualService of namespace %s leads there; one made for the "+
					"run would have no effect beside it. Move it to namespace %s, give it a route to %q, or name it with %s: %s/%s and have the "+
					"controller's --route-namespaces list its namespace",
				r.Key, p.svc.Name, p.o.Key.Namespace, p.o.Key.Namespace, p.svc.Name, spec.AnnotationVirtualService, r.Namespace, r.Name)}
		}
	}
	return nil
}
