package traffic

import "slices"

// View is what a VirtualService shows about a Target now.
type View struct {
	// Routes counts the routes in which the Service or its canary has a share. 0: Split would have nothing to split.
	Routes int
	// Weight is the canary's share, in per cent, of what goes to the Service and the canary together: 0 where there is no canary,
	// −1 when it isn't the same whole number in all routes. To know whether the object is still as Split left it, compare it with
	// what Split makes of it: they are equal then and only then.
	Weight int
	// Highest is the canary's largest share in any route, in per cent, rounded up. 0: no request goes to the canary.
	Highest int
	// Split says that the canary is among the destinations somewhere, in whichever route: Restore would change something.
	Split bool
	// Governs says that the VirtualService is in force inside the mesh for exactly the Service's host: no second one for it would be.
	Governs bool
	// Covers says that it is in force inside the mesh for a wildcard that covers the Service's host, without Governs: one made by New
	// would displace it for this host.
	Covers bool
	// Names are the names of its routes, as Split takes them, in their order.
	Names []string
	// HTTP counts the http routes among Routes.
	HTTP int
	// Header is the header, as "name=value", that leads to the canary in all of HTTP; empty: in none, "mixed": they don't agree, or it isn't
	// as Split would write it.
	Header string
	// Mirror is the share of the requests, in per cent, that is copied to the canary in all of HTTP; −1: they don't agree.
	Mirror int
	// Known says that both hosts are kept known, as Split would have it; Delegate that they can't be here.
	Known, Delegate bool
}

// Look tells what a VirtualService shows about a Target; Routes, Weight and Highest of the routes with the given names only if
// there are any. Errors are those of Split, except that no route is an answer here, not an error.
func Look(vs map[string]any, t Target, only ...string) (View, error) {
	if err := t.check(); err != nil {
		return View{}, err
	}
	h := t.hosts(vs)
	routes, err := readStrictly(vs, h)
	if err != nil {
		return View{}, err
	}
	chosen, err := choose(routes, only)
	if err != nil {
		return View{}, err
	}
	view := View{
		Split: slices.ContainsFunc(routes, func(r route) bool { return r.has(canary) }),
		Names: namesOf(routes),
	}
	view.Governs, view.Covers = governs(vs, h)
	view.early(vs, routes, chosen, h)
	for _, r := range chosen {
		weight, highest, leads := r.share()
		switch {
		case !leads:
			continue
		case view.Routes == 0:
			view.Weight = weight
		case view.Weight != weight:
			view.Weight = -1
		}
		view.Highest = max(view.Highest, highest)
		view.Routes++
		if r.section == http {
			view.HTTP++
		}
	}
	return view, nil
}

// early fills in what leads to the canary beside its weight.
func (v *View) early(vs map[string]any, routes []route, chosen []*route, h hosts) {
	fields, _ := vs["spec"].(map[string]any)
	list, _ := fields[http].([]any)
	v.Split = v.Split || slices.ContainsFunc(list, h.owns)
	v.Delegate = !h.root
	first := true
	for i := range routes {
		if r := &routes[i]; r.section == http {
			mirror := r.mirrored(h)
			v.Split = v.Split || mirror != 0
			switch {
			case !slices.Contains(chosen, r) || (!r.leads() && !r.has(canary)):
				continue
			case first:
				v.Mirror, first = mirror, false
			case v.Mirror != mirror:
				v.Mirror = -1
			}
		}
	}
	plain := make([]*route, 0, len(chosen))
	for _, r := range chosen {
		bare := *r
		bare.dests = slices.Clone(r.dests)
		if bare.has(canary) {
			bare.restore(h)
		}
		if bare.section == http {
			bare.unmirror(h)
		}
		plain = append(plain, &bare)
	}
	v.Header = headerOf(vs, plain, h)
	v.Known = isKnown(list, plain, h)
}

// share is the canary's in per cent: exact or −1, and rounded up; false when neither it nor the Service has any.
func (r *route) share() (exact, up int, leads bool) {
	if len(r.dests) == 1 { // takes everything, whatever its weight
		switch r.dests[0].kind {
		case service:
			return 0, 0, true
		case canary:
			return 100, 100, true
		case other:
			return 0, 0, false
		}
	}
	var mine, both int64
	for i := range r.dests {
		switch d := &r.dests[i]; d.kind {
		case canary:
			mine += d.weight()
			both += d.weight()
		case service:
			both += d.weight()
		case other:
		}
	}
	if both == 0 {
		return 0, 0, false
	}
	exact, up = -1, int((mine*100+both-1)/both)
	if mine*100%both == 0 {
		exact = up
	}
	return exact, up, true
}

// Leads says whether a VirtualService has to do with the Target: it is in force inside the mesh for the Service's own host, or one
// of its routes names the Service or the canary, with or without a share, or it has a mirror or a route of Split's own for the Target.
// What can't be read is passed over: among all VirtualServices of a cluster an odd one that isn't ours must not stand in the way.
func Leads(vs map[string]any, t Target) bool {
	if t.check() != nil {
		return false
	}
	h := t.hosts(vs)
	if exactly, _ := governs(vs, h); exactly {
		return true
	}
	fields, _ := vs["spec"].(map[string]any)
	list, _ := fields[http].([]any)
	routes, _ := read(vs, h)
	return slices.ContainsFunc(list, h.owns) || slices.ContainsFunc(routes, func(r route) bool {
		return r.has(service) || r.has(canary) || (r.section == http && r.mirrored(h) != 0)
	})
}

// governs says whether a VirtualService is in force inside the mesh for the Service's host exactly, or by a wildcard.
func governs(vs map[string]any, h hosts) (exactly, covers bool) {
	spec, _ := vs["spec"].(map[string]any)
	gateways, _ := spec["gateways"].([]any)
	if len(gateways) > 0 && !slices.Contains(gateways, any("mesh")) {
		return false, false
	}
	list, _ := spec["hosts"].([]any)
	for _, item := range list {
		host, ok := item.(string)
		if !ok {
			continue
		}
		exactly = exactly || h.isService(host)
		covers = covers || h.covers(host)
	}
	return exactly, covers && !exactly
}
