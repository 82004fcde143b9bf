package spec

import (
	"fmt"
	"strings"
)

const wantRouteRefs = `names of VirtualServices of the same namespace, each with a route's name if only that is meant, ` +
	`for example "shop" or "shop/api,shop-tcp"`

func parseRouteRefs(value string) ([]RouteRef, *Problem) {
	var refs []RouteRef
	for part := range strings.SplitSeq(value, ",") {
		name, route, named := strings.Cut(strings.TrimSpace(part), "/")
		if !validName(name) || (named && route == "") || strings.Contains(route, "/") {
			return nil, &Problem{Wrong: fmt.Sprintf("%q names no VirtualService", shown(part)), Want: wantRouteRefs}
		}
		refs = append(refs, RouteRef{Name: name, Route: route})
	}
	return refs, nil
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
