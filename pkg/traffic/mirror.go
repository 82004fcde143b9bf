package traffic

import (
	"fmt"
	"maps"
	"slices"
)

// The mirror's part of the form: an entry for the canary in a route's list of mirrors, which is not there without one.
//
// A delegate's route without mirrors has those of its root's route (Istio, pilot/pkg/model/virtualservice.go, mergeHTTPRoute). With ours it
// has a list of its own, so that the root's are out of force meanwhile; the delegate alone doesn't tell whether there are any.

// mirrors is the list of a route's mirrors without ours, and ours.
func (r *route) mirrors(h hosts) (theirs []any, ours []map[string]any, there bool) {
	list, there := r.holder["mirrors"].([]any)
	for _, item := range list {
		entry, _ := item.(map[string]any)
		destination, _ := entry["destination"].(map[string]any)
		if host, _ := destination["host"].(string); h.isCanary(host) {
			ours = append(ours, entry)
		} else {
			theirs = append(theirs, item)
		}
	}
	return theirs, ours, there
}

// unmirror takes our mirror away.
func (r *route) unmirror(h hosts) {
	theirs, ours, _ := r.mirrors(h)
	if len(ours) == 0 {
		return
	}
	r.holder = maps.Clone(r.holder)
	if len(theirs) == 0 {
		delete(r.holder, "mirrors")
	} else {
		r.holder["mirrors"] = theirs
	}
	r.changed = true
}

// mirror has a share of a route's requests copied to the canary. The route must lead to the Service, and have no mirror of ours.
func (r *route) mirror(h hosts, percent int) error {
	path := fmt.Sprintf("spec.%s[%d].", r.section, r.index)
	theirs, _, there := r.mirrors(h)
	switch {
	case r.holder["mirror"] != nil:
		// Istio takes one or the other.
		return &FieldError{
			Path: path + "mirror", Err: ErrTaken, Problem: "the route has a mirror of its own, and Istio allows no second one beside it; write it as an item of mirrors",
		}
	case r.holder["mirrors"] != nil && !there:
		return wants(path+"mirrors", "a list", r.holder["mirrors"])
	case there && len(theirs) == 0:
		return &FieldError{Path: path + "mirrors", Err: ErrTaken, Problem: "an empty list; leave it away"}
	}
	to := r.dests[r.leading()].canary(h, 0)
	r.holder = maps.Clone(r.holder)
	r.holder["mirrors"] = append(slices.Clone(theirs), map[string]any{
		"destination": to.entry["destination"], "percentage": map[string]any{"value": int64(percent)},
	})
	r.changed = true
	return nil
}

// mirrored is the share that is copied to the canary: −1 where it isn't as it would be written.
func (r *route) mirrored(h hosts) int {
	_, ours, _ := r.mirrors(h)
	switch len(ours) {
	case 0:
		return 0
	case 1:
		percentage, _ := ours[0]["percentage"].(map[string]any)
		if n, ok := whole(percentage["value"]); ok && n >= 1 && n <= 100 {
			return int(n)
		}
	}
	return -1
}
