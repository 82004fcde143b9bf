package traffic

import (
	"slices"
)

// The part of the form that keeps both hosts known: a first http route that no request ever matches, with a weight for each. It has to be
// the first: what stands behind a route without matches istiod drops. Clients that take their configuration from the mesh themselves (gRPC
// without a proxy) learn of a host only when a route gives it a weight, and fail what they send it in the first milliseconds: 1 to 5
// requests of 400 a second, measured on Istio 1.31; none with this route there.

// never is a method that no request has.
const never = "SLUICE-NEVER"

// known is the route that keeps every destination of the Service in the routes known, and the canary's beside it; nil where there is none,
// and in a delegate, whose matches are merged with those of its root.
func known(routes []*route, h hosts) map[string]any {
	if !h.root {
		return nil
	}
	var list []any
	for _, r := range routes {
		if r.section != http || !r.leads() {
			continue
		}
		for i := range r.dests {
			if r.dests[i].kind == service {
				beside := r.dests[i].canary(h, 1)
				list = note(note(list, r.dests[i].bare()), beside.bare())
			}
		}
	}
	if list == nil {
		return nil
	}
	return map[string]any{
		"name":  knownMark + h.whose(),
		"match": []any{map[string]any{"method": map[string]any{"exact": never}}},
		"route": list,
	}
}

// isKnown says whether that route stands in the list of http routes as it would be made of the routes, which must be as without a canary.
// Behind one of the user's it may be out of Envoy's sight: what follows a route that takes everything is left out.
func isKnown(list []any, routes []*route, h hosts) bool {
	i := slices.IndexFunc(list, h.keeps)
	theirs := slices.IndexFunc(list, func(item any) bool { return !ours(item) })
	if i < 0 || (theirs >= 0 && theirs < i) {
		return false
	}
	made := known(routes, h)
	return made != nil && same(made, list[i])
}

// bare is a destination with nothing but where it leads, and a weight.
func (d *dest) bare() map[string]any {
	return map[string]any{"destination": d.entry["destination"], "weight": int64(1)}
}

// note adds a destination that isn't there yet.
func note(list []any, item map[string]any) []any {
	if slices.ContainsFunc(list, func(there any) bool { return same(there, item) }) {
		return list
	}
	return append(list, item)
}
