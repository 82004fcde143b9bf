package strategy

import (
	"fmt"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// findService picks the user's Service: the one of the run, the one that the annotation names, or the only one that matches.
func (p *planner) findService() (*Service, *obstacle) {
	name := p.s.Service
	if p.run != nil {
		name = p.run.Service
	}
	if name != "" {
		svc := p.service(name)
		switch {
		case svc == nil:
			return nil, &obstacle{spec.ReasonServiceNotFound, fmt.Sprintf(
				"there is no Service %q in namespace %s; create it, or name another with %s", name, p.o.Key.Namespace, spec.AnnotationService)}
		case !svc.Matches:
			return nil, &obstacle{spec.ReasonServiceNotFound, fmt.Sprintf(
				"the selector of Service %q doesn't match the pods of Deployment %s; it must be a subset of the labels of the pod template",
				name, p.o.Key)}
		}
		return svc, nil
	}
	var found []*Service
	var names []string
	for i := range p.o.Services {
		if svc := &p.o.Services[i]; svc.Matches && !svc.Managed {
			found = append(found, svc)
			names = append(names, svc.Name)
		}
	}
	switch len(found) {
	case 0:
		return nil, &obstacle{spec.ReasonServiceNotFound, fmt.Sprintf(
			"no Service in namespace %s has a selector that matches the pods of Deployment %s; create one, or name it with %s",
			p.o.Key.Namespace, p.o.Key.Name, spec.AnnotationService)}
	case 1:
		return found[0], nil
	}
	slices.Sort(names)
	return nil, &obstacle{spec.ReasonServiceAmbiguous, fmt.Sprintf(
		"Services %s all match the pods of Deployment %s; say whose traffic is meant with %s",
		strings.Join(names, ", "), p.o.Key.Name, spec.AnnotationService)}
}

// findRoutes picks the VirtualServices to edit: those named, or those of the namespace that lead to the Service; and whatever
// carries the mark of this Deployment.
func (p *planner) findRoutes() []*Route {
	if p.svc == nil {
		return nil
	}
	var routes []*Route
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		if r.Namespace != p.o.Key.Namespace || r.Service != p.svc.Name {
			continue
		}
		named := slices.ContainsFunc(p.s.VirtualServices, func(ref spec.RouteRef) bool { return ref.Name == r.Name })
		if named || r.RunBy == p.o.Key.Name || r.Managed || (len(p.s.VirtualServices) == 0 && r.View.Routes > 0) {
			routes = append(routes, r)
		}
	}
	return routes
}

// only lists the route names that the user picked in a VirtualService; empty: all.
func (p *planner) only(name string) []string {
	return RouteNames(p.s, name)
}

// RouteNames lists the names of the routes that a Spec picks in the VirtualService of that name; empty: all of them.
func RouteNames(s spec.Spec, virtualService string) []string {
	var names []string
	for _, ref := range s.VirtualServices {
		if ref.Name != virtualService {
			continue
		}
		if ref.Route == "" {
			return nil
		}
		names = append(names, ref.Route)
	}
	return names
}

// findObstacle is the list of what keeps a run from starting, the user's own words first.
func (p *planner) findObstacle() *obstacle {
	for _, check := range []func() *obstacle{
		p.invalid, p.serviceTaken, p.unmeasured, p.refused, p.unrouted, p.misrouted, p.routedElsewhere,
	} {
		if o := check(); o != nil {
			return o
		}
	}
	return nil
}

func (p *planner) invalid() *obstacle {
	switch {
	case len(p.s.Problems) == 0 && len(p.s.Steps) > 0:
		return nil
	case len(p.s.Problems) == 0:
		return &obstacle{spec.ReasonInvalidAnnotation, fmt.Sprintf("Deployment %s: its plan has no steps", p.o.Key)}
	}
	return &obstacle{spec.ReasonInvalidAnnotation, fmt.Sprintf("Deployment %s: %s", p.o.Key, spec.Describe(p.s.Problems))}
}

func (p *planner) serviceTaken() *obstacle {
	if p.svc.SharedWith != "" {
		return &obstacle{spec.ReasonServiceShared, fmt.Sprintf(
			"Service %q selects the pods of Deployment %s as well as those of %s; give each Deployment a Service of its own",
			p.svc.Name, p.svc.SharedWith, p.o.Key.Name)}
	}
	if p.canarySvc != nil && !p.canarySvc.Managed {
		return &obstacle{spec.ReasonNameTaken, fmt.Sprintf(
			"Service %q exists and isn't Sluice's, but this name is needed for the canary's; rename it", p.canarySvc.Name)}
	}
	if p.svc.RunBy != "" && p.svc.RunBy != p.o.Key.Name {
		return &obstacle{spec.ReasonServiceShared, fmt.Sprintf(
			"Service %q is in use by the run of Deployment %s (annotation %s)", p.svc.Name, p.svc.RunBy, spec.AnnotationRunBy)}
	}
	return nil
}

func (p *planner) unmeasured() *obstacle {
	if !p.s.Gated() || p.o.Settings.Prometheus {
		return nil
	}
	return &obstacle{spec.ReasonNoPrometheus, fmt.Sprintf(
		"the gates of Deployment %s need Prometheus and the controller has no address for it; start it with --prometheus-address, "+
			"or switch the gates off with %s: off and %s: off, and name no %s",
		p.o.Key, spec.AnnotationMaxErrorRate, spec.AnnotationMaxLatency, spec.AnnotationAlerts)}
}

func (p *planner) unrouted() *obstacle {
	if p.o.Settings.Mesh {
		return nil
	}
	return &obstacle{spec.ReasonNoIstio, "the canary strategy shifts traffic by Istio VirtualServices, and this cluster doesn't serve " +
		"networking.istio.io/v1; install Istio"}
}

// misrouted checks the VirtualServices that were named or found.
func (p *planner) misrouted() *obstacle {
	for _, ref := range p.s.VirtualServices {
		if !slices.ContainsFunc(p.routes, func(r *Route) bool { return r.Name == ref.Name }) {
			return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf(
				"%s names VirtualService %q, but namespace %s has none of that name that leads to Service %q",
				spec.AnnotationVirtualService, ref.Name, p.o.Key.Namespace, p.svc.Name)}
		}
	}
	for _, r := range p.routes {
		switch {
		case r.Problem != "":
			return &obstacle{spec.ReasonRouteInvalid, fmt.Sprintf("VirtualService %s: %s", r.Key, r.Problem)}
		case r.RunBy != "" && r.RunBy != p.o.Key.Name:
			return &obstacle{spec.ReasonRouteConflict, fmt.Sprintf(
				"VirtualService %s is in use by the run of Deployment %s (annotation %s)", r.Key, r.RunBy, spec.AnnotationRunBy)}
		}
	}
	return nil
}

// routedElsewhere refuses a run that would make a VirtualService of its own where another governs the host already: of two for
// one host the older takes all traffic, without a warning, and ours would do nothing.
func (p *planner) routedElsewhere() *obstacle {
	if len(p.routes) > 0 {
		return nil
	}
	for i := range p.o.Routes {
		r := &p.o.Routes[i]
		if r.Service == p.svc.Name && (r.View.Governs || r.View.Covers || r.View.Routes > 0) {
			return &obstacle{spec.ReasonRouteConflict, fmt.Sprintf(
				"VirtualService %s has the traffic of Service %q, but no VirtualService of namespace %s leads there; one made for the "+
					"run would have no effect beside it. Move it to namespace %s, or give it a route to %q",
				r.Key, p.svc.Name, p.o.Key.Namespace, p.o.Key.Namespace, p.svc.Name)}
		}
	}
	return nil
}
