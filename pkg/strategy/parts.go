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
		case len(svc.Selector) == 0:
			return nil, &obstacle{spec.ReasonServiceNotFound, fmt.Sprintf(
				"Service %q has no selector: somebody else keeps its endpoints, and Sluice can't lead it to one version; name another with %s",
				name, spec.AnnotationService)}
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

// findObstacle is the list of what keeps a run from starting, the user's own words first.
func (p *planner) findObstacle() *obstacle {
	for _, check := range []func() *obstacle{
		p.invalid, p.restrategised, p.serviceTaken, p.unmeasured, p.refused, p.hookless, p.unrouted, p.misrouted, p.routedElsewhere,
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

// restrategised holds a run whose Deployment asks for another strategy in the middle of it.
func (p *planner) restrategised() *obstacle {
	if p.asked == "" || p.asked == p.s.Strategy || !p.s.Managed {
		return nil
	}
	return &obstacle{spec.ReasonInvalidAnnotation, fmt.Sprintf(
		"Deployment %s: %s: %q: the run that goes on has begun as %s; put that back until it has ended, or give the command %s",
		p.o.Key, spec.AnnotationStrategy, p.asked, p.s.Strategy, p.command(spec.VerbAbort))}
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
