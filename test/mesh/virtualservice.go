package mesh

import (
	"cmp"
	"slices"
	"strings"

	networking "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// rule is one VirtualService as sidecars see it: bound to the mesh, with its delegates resolved.
type rule struct {
	name, namespace string
	exportTo        []string
	routes          []route
}

// route is one http route. All match lists must match: the root's and, for a delegated route, the delegate's own.
type route struct {
	*networking.HTTPRoute
	namespace string // of the object it is written in: short destinations resolve there
	matches   [][]*networking.HTTPMatchRequest
}

// rules are the VirtualServices by the full or wildcard host they are for, the oldest first.
type rules map[string][]*rule

func newRules(virtualServices []*networkingv1.VirtualService) rules {
	sorted := slices.SortedFunc(slices.Values(virtualServices), byAge)
	delegates := map[string]*networkingv1.VirtualService{}
	for _, object := range sorted {
		if len(object.Spec.GetHosts()) == 0 {
			delegates[object.Namespace+"/"+object.Name] = object
		}
	}
	index := rules{}
	for _, object := range sorted {
		if !matchesGateway(object.Spec.GetGateways()) {
			continue
		}
		r := &rule{
			name: object.Name, namespace: object.Namespace, exportTo: object.Spec.GetExportTo(),
			routes: flatten(object, delegates),
		}
		for _, host := range object.Spec.GetHosts() {
			full := ruleHost(host, object.Namespace)
			index[full] = append(index[full], r)
		}
	}
	return index
}

// byAge orders as Istio does: creation time has seconds only, so equals are common and the name decides.
func byAge(a, b *networkingv1.VirtualService) int {
	return cmp.Or(
		a.CreationTimestamp.Compare(b.CreationTimestamp.Time),
		cmp.Compare(a.Name, b.Name),
		cmp.Compare(a.Namespace, b.Namespace),
	)
}

// flatten puts the routes of delegates in the place of the routes that name them. A delegate that isn't there takes its root
// route with it, without an error.
func flatten(root *networkingv1.VirtualService, delegates map[string]*networkingv1.VirtualService) []route {
	var routes []route
	for _, http := range root.Spec.GetHttp() {
		delegate := http.GetDelegate()
		if delegate == nil {
			routes = append(routes, newRoute(http, root.Namespace))
			continue
		}
		object, ok := delegates[cmp.Or(delegate.GetNamespace(), root.Namespace)+"/"+delegate.GetName()]
		if !ok {
			continue
		}
		for _, inner := range object.Spec.GetHttp() {
			r := newRoute(inner, object.Namespace)
			r.matches = append(r.matches, http.GetMatch())
			routes = append(routes, r)
		}
	}
	return routes
}

func newRoute(http *networking.HTTPRoute, namespace string) route {
	return route{HTTPRoute: http, namespace: namespace, matches: [][]*networking.HTTPMatchRequest{http.GetMatch()}}
}

// find is the rule for a call: the name as it was called, then the Service's full name, then the longest wildcard; of several the
// oldest that the client's namespace may see. Absent is nil.
func (index rules) find(called, full, namespace string) *rule {
	for _, host := range []string{called, full} {
		if r := oldestVisible(index[host], namespace); r != nil {
			return r
		}
	}
	for rest := full; rest != ""; {
		var found bool
		if _, rest, found = strings.Cut(rest, "."); !found {
			break
		}
		if r := oldestVisible(index["*."+rest], namespace); r != nil {
			return r
		}
	}
	return oldestVisible(index["*"], namespace)
}

func oldestVisible(candidates []*rule, namespace string) *rule {
	for _, r := range candidates {
		if r.visibleFrom(namespace) {
			return r
		}
	}
	return nil
}

func (r *rule) visibleFrom(namespace string) bool {
	return len(r.exportTo) == 0 || slices.ContainsFunc(r.exportTo, func(to string) bool {
		return to == "*" || to == namespace || to == "." && r.namespace == namespace
	})
}

// route is the first route that takes the request; nil when none does.
func (r *rule) route(request Request, port int32) *route {
	for i := range r.routes {
		if !slices.ContainsFunc(r.routes[i].matches, func(alternatives []*networking.HTTPMatchRequest) bool {
			return !matchesAny(alternatives, request, port)
		}) {
			return &r.routes[i]
		}
	}
	return nil
}
