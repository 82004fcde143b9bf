package spec

import (
	"fmt"
	"strings"
)

const wantRouteRefs = `names of VirtualServices, each with a route's name if only that is meant, or with its namespace if that isn't the ` +
	`Deployment's, for example "shop", "shop/api,shop-tcp", "infra/shop" or "infra/shop/api"`

// allRoutes says in the place of a route's name that every route is meant.
const allRoutes = "*"

func parseRouteRefs(value string) ([]RouteRef, *Problem) {
	var refs []RouteRef
	for part := range strings.SplitSeq(value, ",") {
		ref, ok := parseRouteRef(strings.TrimSpace(part))
		if !ok {
			return nil, &Problem{Wrong: fmt.Sprintf("%q names no VirtualService", shown(part)), Want: wantRouteRefs}
		}
		refs = append(refs, ref)
	}
	return refs, nil
}

func parseRouteRef(text string) (RouteRef, bool) {
	parts := strings.Split(text, "/")
	ref := RouteRef{Name: parts[0]}
	switch len(parts) {
	case 1:
	case 2:
		ref.Route = parts[1]
	case 3:
		ref = RouteRef{Namespace: parts[0], Name: parts[1], Route: parts[2]}
	default:
		return RouteRef{}, false
	}
	valid := validName(ref.Name) && (ref.Namespace == "" || validName(ref.Namespace)) &&
		(len(parts) == 1 || ref.Route != "") && (len(parts) < 3 || ref.Namespace != "")
	if len(parts) == 3 && ref.Route == allRoutes {
		ref.Route = ""
	}
	return ref, valid
}

func parseService(value string) (string, *Problem) {
	if !validName(value) {
		return "", &Problem{Wrong: "not a name", Want: `a Service's name, for example "shop"`}
	}
	return value, nil
}

// validName accepts RFC 1123 subdomains, as Kubernetes does for the names of objects
// (k8s.io/apimachinery v0.37.2, pkg/util/validation/validation.go, IsDNS1123Subdomain).
func validName(name string) bool {
	if name == "" || len(name) > 253 {
		return false
	}
	for label := range strings.SplitSeq(name, ".") {
		if label == "" || label[0] == '-' || label[len(label)-1] == '-' {
			return false
		}
		for _, r := range label {
			if (r < 'a' || r > 'z') && (r < '0' || r > '9') && r != '-' {
				return false
			}
		}
	}
	return true
}
