package traffic

import (
	"fmt"
	"strings"
)

const defaultDomain = "cluster.local"

// Target says whose traffic is split: a Service and the Service of its canary, both in Namespace.
type Target struct {
	Namespace string
	Service   string
	Canary    string
	Domain    string // the cluster's domain; empty is cluster.local
}

func (t Target) check() error {
	switch {
	case t.Namespace == "" || t.Service == "" || t.Canary == "":
		return fmt.Errorf("%w: namespace %q, Service %q, canary %q: none may be empty", ErrTarget, t.Namespace, t.Service, t.Canary)
	case t.Service == t.Canary:
		return fmt.Errorf("%w: %q can't be its own canary", ErrTarget, t.Service)
	}
	return nil
}

// full is the host name of a Service of the Target's namespace that means the same wherever it is written.
func (t Target) full(service string) string {
	domain := t.Domain
	if domain == "" {
		domain = defaultDomain
	}
	return service + "." + t.Namespace + ".svc." + domain
}

// hosts knows the ways to write the Target's two Services in one object. A name without a dot belongs to the namespace of the
// object it is written in; an object without a namespace has none that such a name could belong to.
type hosts struct {
	target          Target
	service, canary string // in full
	near            bool   // short names lead to the Target's namespace
	root            bool   // the object has hosts of its own: it isn't a delegate
}

func (t Target) hosts(object map[string]any) hosts {
	metadata, _ := object["metadata"].(map[string]any)
	namespace, _ := metadata["namespace"].(string)
	spec, _ := object["spec"].(map[string]any)
	own, _ := spec["hosts"].([]any)
	return hosts{
		target:  t,
		service: t.full(t.Service),
		canary:  t.full(t.Canary),
		near:    namespace == t.Namespace,
		root:    len(own) > 0,
	}
}

func (h hosts) isService(host string) bool { return h.names(host, h.target.Service, h.service) }
func (h hosts) isCanary(host string) bool  { return h.names(host, h.target.Canary, h.canary) }

// names says whether a host written in the object is the Service of that name: `shop`, `shop.ns`, `shop.ns.svc` or in full.
func (h hosts) names(host, service, full string) bool {
	if !strings.HasPrefix(full, host) {
		return false
	}
	namespaced := len(service) + len(".") + len(h.target.Namespace)
	switch len(host) {
	case len(service):
		return h.near
	case namespaced, namespaced + len(".svc"), len(full):
		return true
	}
	return false
}

// covers says whether a wildcard such as `*` or `*.ns.svc.cluster.local` covers the Service.
func (h hosts) covers(host string) bool {
	suffix, wild := strings.CutPrefix(host, "*")
	return wild && strings.HasSuffix(h.service, suffix)
}

// canaryFor is how the canary is written beside a destination of the Service. Short only where the user wrote the Service so, and never
// in a delegate, whose short names may be read in another namespace, that of its root.
func (h hosts) canaryFor(serviceHost string) string {
	if serviceHost == h.target.Service && h.root { // being the Service's, it is near
		return h.target.Canary
	}
	return h.canary
}

// serviceFor is the way back of canaryFor, for a canary whose Service is gone from the route.
func (h hosts) serviceFor(canaryHost string) string {
	if canaryHost == h.target.Canary {
		return h.target.Service
	}
	return h.service
}
