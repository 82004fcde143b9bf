package controller

import (
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// observedRoutes are the VirtualServices that have to do with a candidate Service, wherever they can be seen, and those that carry
// the mark of the Deployment.
func (c *Controller) observedRoutes(key strategy.Key, s spec.Spec, services []strategy.Service, now time.Time) []strategy.Route {
	names := map[string]bool{}
	for i := range services {
		if !services[i].Managed {
			names[services[i].Name] = true
		}
	}
	marked := func(vs *virtualService) bool { return slices.Contains(mark(vs), key.String()) }
	found := map[string]*virtualService{}
	for _, vs := range c.caches.virtualServices.list(indexMark, key.String(), marked) {
		found[keyOf(vs)] = vs
		// The Service may be gone with its Deployment; the canary's name still tells which it was.
		for _, host := range vs.hosts {
			if slices.Contains(vs.hosts, strategy.CanaryServiceName(host)) {
				names[host] = true
			}
		}
	}
	for name := range names {
		for _, host := range []string{name, strategy.CanaryServiceName(name), "*"} {
			mentions := func(vs *virtualService) bool { return slices.Contains(vs.hosts, host) }
			for _, vs := range c.caches.virtualServices.list(indexHost, host, mentions) {
				found[keyOf(vs)] = vs
			}
		}
	}
	var routes []strategy.Route
	for _, id := range slices.Sorted(maps.Keys(found)) {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			if route, ok := c.observedRoute(key, s, found[id], name, now); ok {
				routes = append(routes, route)
				break
			}
		}
	}
	return routes
}

// indexDelegate finds the VirtualServices that delegate to one.
const indexDelegate = "delegate"

func (c *Controller) observedRoute(
	key strategy.Key, s spec.Spec, vs *virtualService, serviceName string, now time.Time,
) (strategy.Route, bool) {
	target := traffic.Target{
		Namespace: key.Namespace, Service: serviceName, Canary: strategy.CanaryServiceName(serviceName), Domain: c.options.Domain,
	}
	if !traffic.Leads(vs.object, target) {
		return strategy.Route{}, false
	}
	route := strategy.Route{
		Key: strategy.Key{Namespace: vs.Namespace, Name: vs.Name}, ResourceVersion: vs.ResourceVersion, Service: serviceName,
		RunBy: runBy(vs, key), Managed: vs.Labels[spec.LabelManaged] != "", Manager: vs.manager,
		Listed: vs.Namespace == key.Namespace || slices.Contains(c.options.RouteNamespaces, vs.Namespace), Missing: c.missing(vs),
	}
	only := strategy.RouteNames(s, key.Namespace, route.Key)
	view, err := traffic.Look(vs.object, target, only...)
	if early := (traffic.Share{Header: s.CanaryHeader, Mirror: s.Mirror}); err == nil && early != (traffic.Share{}) && view.Routes > 0 {
		_, err = traffic.Split(vs.object, target, early, only...)
	}
	if err != nil {
		route.Problem = err.Error()
	}
	route.View = view
	c.memory.route(&route, view, now)
	return route, true
}

// runBy is the name of the Deployment in whose run a VirtualService is; with its namespace if that isn't the one of key.
func runBy(vs *virtualService, key strategy.Key) string {
	owners := mark(vs)
	if len(owners) == 0 {
		return ""
	}
	if namespace, name, _ := strings.Cut(owners[0], "/"); namespace == key.Namespace {
		return name
	}
	return owners[0]
}

// delegates lists the VirtualServices, namespace/name, that one delegates to.
func delegates(vs *virtualService) []string {
	var names []string
	for _, ref := range traffic.Delegates(vs.object) {
		names = append(names, ref.Namespace+"/"+ref.Name)
	}
	return names
}

// missing are the VirtualServices that one delegates to and that aren't there, as far as this controller sees.
func (c *Controller) missing(vs *virtualService) []string {
	var names []string
	for _, ref := range traffic.Delegates(vs.object) {
		seen := len(c.options.Namespaces) == 0 || slices.Contains(c.options.routeNamespaces(), ref.Namespace)
		if _, there := c.caches.virtualServices.get(ref.Namespace, ref.Name); seen && !there {
			names = append(names, ref.Namespace+"/"+ref.Name)
		}
	}
	return names
}

// hostsIn collects the first labels of all values of `host` and `hosts` in a VirtualService's spec, sorted: what it may have to do
// with. A wildcard is listed as "*".
func hostsIn(value any) []string {
	found := map[string]bool{}
	note := func(host any) {
		if name, ok := host.(string); ok {
			first, _, _ := strings.Cut(name, ".")
			found[first] = true
		}
	}
	var walk func(any)
	walk = func(value any) {
		switch v := value.(type) {
		case []any:
			for _, item := range v {
				walk(item)
			}
		case map[string]any:
			for name, item := range v {
				list, isList := item.([]any)
				switch {
				case name == "host":
					note(item)
				case name == "hosts" && isList:
					for _, host := range list {
						note(host)
					}
				default:
					walk(item)
				}
			}
		}
	}
	walk(value)
	return slices.Sorted(maps.Keys(found))
}
