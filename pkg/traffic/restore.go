package traffic

import "slices"

// Restore returns the VirtualService without the canary: exactly what Split was given, for whatever weight, with whatever has
// changed since outside of the routes' destinations. What is returned shares with the input as Split's result does.
//
// It never refuses, because going back must always be possible; what it can't read isn't the canary's and stays. Where someone has
// moved or edited destinations since, no canary is left all the same: one that isn't beside a destination of the Service gives its
// weight to the Service's first in the route, and where the Service has none left the canary's become the Service's.
func Restore(vs map[string]any, t Target) map[string]any {
	out := outline(vs)
	if t.check() != nil {
		return out // whose canary, then?
	}
	h := t.hosts(out)
	routes, _ := read(out, h) // unreadable is not ours, see above
	restore(routes, h)
	for i := range routes {
		routes[i].write()
	}
	h.place(out, nil, nil)
	return out
}

func restore(routes []route, h hosts) {
	for i := range routes {
		if routes[i].has(canary) {
			routes[i].restore(h)
		}
		if routes[i].section == http {
			routes[i].unmirror(h)
		}
	}
}

func (r *route) restore(h hosts) {
	first := slices.IndexFunc(r.dests, func(d dest) bool { return d.kind == service })
	if first < 0 {
		r.adopt(h)
		return
	}
	if len(r.dests) == 2 && r.dests[0].kind == service && r.dests[1].kind == canary {
		lone := &r.dests[0]
		if r.total() == zeroSum {
			lone.setWeight(0)
		} else {
			delete(lone.change(), "weight")
		}
		r.set(r.dests[:1])
		return
	}
	r.merge(first)
	if scale := scaleRead(r); scale != 1 {
		for i := range r.dests {
			if d := &r.dests[i]; d.weight() != 0 {
				d.setWeight(d.weight() / scale)
			}
		}
	}
}

// merge adds each canary's weight to its Service's destination, or else the first, and drops the canary.
func (r *route) merge(first int) {
	for i := range r.dests {
		if d := &r.dests[i]; d.kind == canary && d.weight() > 0 {
			to := &r.dests[r.serviceOf(i, first)]
			if _, there := to.entry["weight"]; !there {
				to.change()["weight"] = like(d.entry["weight"], 0)
			}
			to.setWeight(to.weight() + d.weight())
		}
	}
	r.set(slices.DeleteFunc(r.dests, func(d dest) bool { return d.kind == canary }))
}

// serviceOf finds whose canary the i-th destination is: the next one's as Split has written it, else the one before, else the first.
func (r *route) serviceOf(i, first int) int {
	if i+1 < len(r.dests) && r.dests[i+1].kind == service {
		return i + 1
	}
	if i > 0 && r.dests[i-1].kind == service {
		return i - 1
	}
	return first
}

// adopt makes the canary's destinations the Service's. Left alone, one takes everything and needs no weight.
func (r *route) adopt(h hosts) {
	for i := range r.dests {
		if d := &r.dests[i]; d.kind == canary {
			d.kind = service
			d.setHost(h.serviceFor(d.host))
			if len(r.dests) == 1 {
				delete(d.change(), "weight")
			}
		}
	}
	r.changed = true
}
