package traffic

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Split returns the VirtualService with the canary at the Share's weight of whatever share the Service has in each route that leads to
// it, and with the rest of the Share in the http ones; only in the routes of the given names if there are any. Whatever canary
// there was before is replaced, also in routes that aren't named.
//
// The input is untouched. What is returned has metadata of its own, to be annotated, but shares with the input what of the spec is
// the same in both: don't change either's spec in place.
//
// A canary's destination is a copy of its Service's (port, headers, whatever else) with another host and without a subset: the
// Service's subsets don't exist on the canary's. Weight 0 keeps the canary's destinations, with the weight 0; Restore removes them.
//
//	errors.Is(err, ErrNoRoute)       nothing leads to the Service
//	errors.Is(err, ErrUnknownRoute)  a name that no route has; the message lists those there are
//	errors.Is(err, ErrMalformed)     a *FieldError with the path
//	errors.Is(err, ErrWeight)        weight out of range; or a *FieldError: weights that Istio refuses or that would overflow
//	errors.Is(err, ErrTaken)         a *FieldError: a route that asks for the header itself, or has a mirror beside which there can't be ours
//	errors.Is(err, ErrHeader)        a header that Istio wouldn't match, or not as it is meant
//	errors.Is(err, ErrTarget)
func Split(vs map[string]any, t Target, share Share, only ...string) (map[string]any, error) {
	if err := t.check(); err != nil {
		return nil, err
	}
	if err := share.check(); err != nil {
		return nil, err
	}
	out := outline(vs)
	h := t.hosts(out)
	routes, err := readStrictly(out, h)
	if err != nil {
		return nil, err
	}
	restore(routes, h)
	chosen, err := choose(routes, only)
	if err != nil {
		return nil, err
	}
	var first map[string]any
	if share.Known {
		first = known(chosen, h)
	}
	led := false
	copies := map[int]map[string]any{}
	for _, r := range chosen {
		leads, err := r.give(h, share, copies)
		if err != nil {
			return nil, err
		}
		led = led || leads
	}
	for i := range routes {
		routes[i].write()
	}
	h.place(out, first, copies)
	if !led {
		return nil, fmt.Errorf("%w %s", ErrNoRoute, h.service)
	}
	return out, nil
}

// give gives the canary its Share of a route that has none; false when the Service has no part in it. A copy for the header is entered
// by the route's index.
func (r *route) give(h hosts, share Share, copies map[int]map[string]any) (bool, error) {
	if r.section == http && share.Header.Name != "" {
		made, err := r.forHeader(h, share.Header)
		if err != nil {
			return false, err
		}
		if made != nil {
			copies[r.index] = made
		}
	}
	if r.section == http && share.Mirror > 0 && r.leads() {
		if err := r.mirror(h, share.Mirror); err != nil {
			return false, err
		}
	}
	return r.split(h, int64(share.Weight))
}

// leading is the first of a route's destinations by which the Service has a part in it; −1 when it has none.
func (r *route) leading() int {
	return slices.IndexFunc(r.dests, func(d dest) bool { return d.kind == service && (d.weight() > 0 || len(r.dests) == 1) })
}

// leads says whether the Service has a part in a route.
func (r *route) leads() bool { return r.leading() >= 0 }

func readStrictly(vs map[string]any, h hosts) ([]route, error) {
	routes, err := read(vs, h)
	if err != nil {
		return nil, err
	}
	for i := range routes {
		if err := routes[i].weightsUsable(); err != nil {
			return nil, err
		}
	}
	return routes, nil
}

// choose picks routes by name; no names, all routes. A name may be that of several routes.
func choose(routes []route, only []string) ([]*route, error) {
	var chosen []*route
	found := make(map[string]bool, len(only))
	for i := range routes {
		r := &routes[i]
		if len(only) == 0 || r.name != "" && slices.Contains(only, r.name) {
			chosen, found[r.name] = append(chosen, r), true
		}
	}
	var missing []string
	for _, name := range only {
		if !found[name] {
			missing = append(missing, strconv.Quote(name))
		}
	}
	if missing == nil {
		return chosen, nil
	}
	there := "no route here has a name"
	if names := namesOf(routes); len(names) > 0 {
		there = "there are " + strings.Join(names, ", ")
	}
	return nil, fmt.Errorf("%w: %s; %s", ErrUnknownRoute, strings.Join(missing, ", "), there)
}

// namesOf lists names in the order of the routes, each once.
func namesOf(routes []route) []string {
	var names []string
	for i := range routes {
		if name := routes[i].name; name != "" && !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	return names
}

// split writes the canary into a route that has none; false when the Service has no share in it.
func (r *route) split(h hosts, weight int64) (bool, error) {
	if !r.has(service) {
		return false, nil
	}
	if len(r.dests) == 1 {
		if _, there := r.dests[0].entry["weight"]; !there {
			r.behind(h, 100, weight)
			return true, nil
		}
		if r.dests[0].weight() == 0 {
			r.behind(h, zeroSum, 2*weight)
			return true, nil
		}
	}
	if r.total() == 0 {
		return false, &FieldError{Path: r.path(), Problem: "the weights must not all be 0 or missing where there are several destinations", Err: ErrWeight}
	}
	return r.before(h, weight)
}

// zeroSum is what both weights add up to where the user had written the weight 0.
const zeroSum = 200

// behind splits a lone destination whose weight is no share.
func (r *route) behind(h hosts, sum, share int64) {
	stable := r.dests[0]
	stable.setWeight(sum - share)
	r.set([]dest{stable, stable.canary(h, share)})
}

// before splits destinations whose weights are shares; false when none of the Service's has any.
func (r *route) before(h hosts, weight int64) (bool, error) {
	leads := func(d dest) bool { return d.kind == service && d.weight() > 0 }
	if !slices.ContainsFunc(r.dests, leads) {
		return false, nil
	}
	scale := scaleToWrite(r, weight)
	if total := r.total(); total*scale > math.MaxInt32 {
		return false, &FieldError{Path: r.path(), Err: ErrWeight, Problem: fmt.Sprintf("weights that add up to %d are too large to be split", total)}
	}
	dests := make([]dest, 0, 2*len(r.dests))
	for i := range r.dests {
		d := r.dests[i]
		share := d.weight() * scale
		if leads(d) {
			part := share * weight / 100
			dests = append(dests, d.canary(h, part))
			d.setWeight(share - part)
		} else if share != d.weight() { // what was missing stays missing
			d.setWeight(share)
		}
		dests = append(dests, d)
	}
	r.set(dests)
	return true, nil
}

// canary is the canary's destination for one of the Service's.
func (d *dest) canary(h hosts, weight int64) dest {
	mine := *d
	mine.kind, mine.own = canary, false
	delete(mine.setHost(h.canaryFor(d.host)), "subset")
	mine.setWeight(weight)
	return mine
}
