package mesh

import (
	"fmt"
	"net/http"
	"time"

	networking "istio.io/api/networking/v1alpha3"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
)

// Objects is what a proxy's configuration is made of, as listed from the API server. They are read, never changed.
type Objects struct {
	VirtualServices []*networkingv1.VirtualService
	Services        []*corev1.Service
	EndpointSlices  []*discoveryv1.EndpointSlice
	Pods            []*corev1.Pod // names and labels for metrics only
}

// Table is the configuration of every proxy at one moment. It never changes.
type Table struct {
	services map[string]*service
	rules    rules
}

// NewTable builds the configuration that the objects mean.
func NewTable(o Objects) *Table {
	return &Table{services: newServices(o), rules: newRules(o.VirtualServices)}
}

// Flag is an Envoy response flag: why a proxy, and not a pod, ended a request. Empty when a pod answered.
type Flag string

// The flags that this data plane can set.
const (
	FlagNoHealthyUpstream  Flag = "UH" // the Service has no ready endpoint
	FlagConnectFailure     Flag = "UF" // the pod refused the connection
	FlagConnectionLost     Flag = "UC" // the pod closed the connection before it had answered
	FlagUpstreamTimeout    Flag = "UT" // the route's timeout passed
	FlagNoCluster          Flag = "NC" // the destination names no Service, or a port or subset that it hasn't
	FlagNoRoute            Flag = "NR" // the VirtualService has no route for the request
	flagDownstreamCanceled Flag = "DC" // what the pod's own proxy reports when the client gave up
)

// Decision says where a request goes. Either an endpoint is set, or the proxy answers by itself with Status.
type Decision struct {
	Namespace, Service string // the chosen Service, empty if the destination names none
	Host               string // its full host name, or the name that was called
	Endpoint           Endpoint
	Timeout            time.Duration // of the route; 0 is none
	Status             int           // the proxy's own answer; 0 when an endpoint was chosen
	Flag               Flag
	Reason             string     // of the proxy's own answer
	Mirrors            []Decision // where copies of the request go
}

// Draw returns a number in [0, n), n > 0: chance, handed in so that a decision is reproducible.
type Draw func(n int) int

// Route decides where the sidecar of a client sends the request.
func (t *Table) Route(r Request, draw Draw) Decision {
	called, full, port := t.resolve(r)
	rule := t.rules.find(called, full, r.Namespace)
	if rule == nil || len(rule.routes) == 0 {
		// A VirtualService that is left without http routes changes nothing for http.
		return t.toService(full, port, draw)
	}
	route := rule.route(r, port)
	switch {
	case route == nil:
		return Decision{
			Host: full, Status: http.StatusNotFound, Flag: FlagNoRoute,
			Reason: fmt.Sprintf("VirtualService %s/%s has no route for %s %s", rule.namespace, rule.name, r.method(), r.Path),
		}
	case route.GetDirectResponse() != nil:
		return Decision{Host: full, Status: int(route.GetDirectResponse().GetStatus()), Reason: "direct response"}
	case route.GetRedirect() != nil:
		return Decision{Host: full, Status: redirectStatus(route.GetRedirect()), Reason: "redirect"}
	}
	decision := t.toDestination(route, choose(route.GetRoute(), draw), port, draw)
	decision.Timeout = route.GetTimeout().AsDuration()
	if decision.Status == 0 { // Envoy copies what it sends, not what it answers itself
		decision.Mirrors = t.mirrors(route, port, draw)
	}
	return decision
}

// RouteDirect decides where kube-proxy sends a request of a client outside the mesh: to the Service that was called.
func (t *Table) RouteDirect(r Request, draw Draw) Decision {
	_, full, port := t.resolve(r)
	return t.toService(full, port, draw)
}

func (t *Table) resolve(r Request) (called, full string, port int32) {
	called, port = splitHostPort(r.Host)
	full = calledHost(called, r.Namespace)
	if s, ok := t.services[full]; ok {
		return called, full, s.calledPort(port)
	}
	return called, full, max(port, 80)
}

// toDestination follows one destination of a route.
func (t *Table) toDestination(from *route, to *networking.Destination, port int32, draw Draw) Decision {
	host, port := t.destination(from, to, port)
	if to == nil {
		return noCluster(host, "the route has no destination with a weight")
	}
	if to.GetSubset() != "" {
		return noCluster(host, fmt.Sprintf("subset %q of %s is not known", to.GetSubset(), host))
	}
	return t.toService(host, port, draw)
}

// destination resolves the host and port of a destination; called is the port of the call.
func (t *Table) destination(from *route, to *networking.Destination, called int32) (host string, port int32) {
	host = ruleHost(to.GetHost(), from.namespace)
	if number := to.GetPort().GetNumber(); number > 0 && number <= 1<<16-1 {
		return host, int32(number)
	}
	// Istio: a Service with one port needn't have the one that was called.
	if s, ok := t.services[host]; ok && len(s.ports) == 1 {
		return host, s.ports[0].Port
	}
	return host, called
}

// toService picks a ready endpoint at random.
func (t *Table) toService(host string, port int32, draw Draw) Decision {
	s, ok := t.services[host]
	if !ok {
		return noCluster(host, "no Service for host "+host)
	}
	servicePort := s.port(port)
	if servicePort == nil {
		return noCluster(host, fmt.Sprintf("Service %s/%s has no port %d", s.namespace, s.name, port))
	}
	decision := Decision{Namespace: s.namespace, Service: s.name, Host: host}
	endpoints := s.endpoints[servicePort.Name]
	if len(endpoints) == 0 {
		decision.Status, decision.Flag = http.StatusServiceUnavailable, FlagNoHealthyUpstream
		decision.Reason = fmt.Sprintf("Service %s/%s has no ready endpoint for port %d", s.namespace, s.name, port)
		return decision
	}
	decision.Endpoint = endpoints[draw(len(endpoints))]
	return decision
}

func noCluster(host, reason string) Decision {
	return Decision{Host: host, Status: http.StatusServiceUnavailable, Flag: FlagNoCluster, Reason: reason}
}

// choose draws a destination in proportion to the weights; a single destination takes all, whatever its weight. Weights that add
// up to nothing, which Istio's webhook refuses, choose nothing.
func choose(destinations []*networking.HTTPRouteDestination, draw Draw) *networking.Destination {
	if len(destinations) == 1 {
		return destinations[0].GetDestination()
	}
	total := 0
	for _, d := range destinations {
		total += int(max(d.GetWeight(), 0))
	}
	if total == 0 {
		return nil
	}
	left := draw(total)
	for _, d := range destinations {
		if left -= int(max(d.GetWeight(), 0)); left < 0 {
			return d.GetDestination()
		}
	}
	return nil
}

func redirectStatus(r *networking.HTTPRedirect) int {
	if code := r.GetRedirectCode(); code != 0 {
		return int(code)
	}
	return http.StatusMovedPermanently
}
