package observe

import (
	"math"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// weightOf is the share in percent that the http routes of a VirtualService give to a Service: the largest, if they differ.
func weightOf(virtualService map[string]any, service string) int {
	routes, _, _ := unstructured.NestedSlice(virtualService, "spec", "http")
	largest := 0.0
	for _, r := range routes {
		route, _ := r.(map[string]any)
		destinations, _, _ := unstructured.NestedSlice(route, "route")
		var here, all float64
		for _, d := range destinations {
			destination, _ := d.(map[string]any)
			host, _, _ := unstructured.NestedString(destination, "destination", "host")
			weight := number(destination["weight"])
			if len(destinations) == 1 {
				weight = 1 // a single destination has all, whatever it says
			}
			all += weight
			if name, _, _ := strings.Cut(host, "."); name == service {
				here += weight
			}
		}
		if all > 0 {
			largest = math.Max(largest, here/all)
		}
	}
	return int(math.Round(100 * largest))
}

// number reads what JSON has for a whole number.
func number(v any) float64 {
	switch n := v.(type) {
	case int64:
		return float64(n)
	case float64:
		return n
	}
	return 0
}
