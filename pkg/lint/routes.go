package lint

import (
	"fmt"
	"slices"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// routes notes what only the cluster can say of the VirtualServices that a Deployment names: whether they are there, and whether the
// operator lets them be edited.
func (m *manifests) routes(d object, s spec.Spec, find func(Finding)) {
	var said []string
	for _, ref := range s.VirtualServices {
		if why := m.routed(d, ref); why != "" && !slices.Contains(said, why) {
			said = append(said, why)
			find(Finding{Check: CheckRoute, Level: LevelNote, Name: spec.AnnotationVirtualService, Why: why})
		}
	}
}

// routed is what there is to say of one name in the annotation; empty: nothing, it stands among the files.
func (m *manifests) routed(d object, ref spec.RouteRef) string {
	other, two := ref.Elsewhere()
	own, elsewhere := m.virtual(d.namespace, ref.Name), two && m.virtual(other.Namespace, other.Name)
	needs := func(namespace string) string {
		return fmt.Sprintf("is edited only if the controller's --route-namespaces lists %s", namespace)
	}
	switch {
	case ref.Namespace != "" && ref.Namespace != d.namespace:
		return fmt.Sprintf("VirtualService %s of namespace %s %s", ref.Name, ref.Namespace, needs(ref.Namespace))
	case two && own && elsewhere:
		return fmt.Sprintf("%s/%s can mean VirtualService %s/%s or VirtualService %s/%s, and Sluice won't guess: write namespace/name/route, with * for all routes",
			ref.Name, ref.Route, d.namespace, ref.Name, other.Namespace, other.Name)
	case own:
		return ""
	case elsewhere && other.Namespace == d.namespace:
		return ""
	case elsewhere:
		return fmt.Sprintf("VirtualService %s of namespace %s %s", other.Name, other.Namespace, needs(other.Namespace))
	case two:
		return fmt.Sprintf("neither VirtualService %s/%s, of which it would be route %s, nor VirtualService %s/%s is among the files; the latter %s",
			d.namespace, ref.Name, ref.Route, other.Namespace, other.Name, needs(other.Namespace))
	}
	return fmt.Sprintf("VirtualService %s/%s is not among the files; the cluster's are not looked at", d.namespace, ref.Name)
}

// virtual says whether a VirtualService is among the files.
func (m *manifests) virtual(namespace, name string) bool {
	return slices.ContainsFunc(m.virtualServices, func(o object) bool { return o.namespace == namespace && o.name == name })
}
