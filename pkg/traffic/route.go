package traffic

import (
	"fmt"
	"maps"
	"math"
	"slices"
)

// sections are the fields of a VirtualService's spec that hold routes, in the order in which they are reported.
var sections = [...]string{"http", "tls", "tcp"}

// kind says whose a destination is.
type kind uint8

const (
	other kind = iota // also what can't be read
	service
	canary
)

// dest is one destination of a route.
type dest struct {
	raw   any            // as it stands in the list
	entry map[string]any // raw, nil when unreadable
	host  string
	kind  kind
	own   bool // entry is a copy that may be changed
}

// weight is 0 for what isn't a usable weight; weightsUsable has reported that where it matters.
func (d *dest) weight() int64 {
	n, ok := whole(d.entry["weight"])
	if !ok {
		return 0
	}
	return min(max(n, 0), math.MaxInt32)
}

// change gives the entry to be changed.
func (d *dest) change() map[string]any {
	if !d.own {
		d.entry, d.own = maps.Clone(d.entry), true
		d.raw = d.entry
	}
	return d.entry
}

// setWeight keeps the number's type and, for what no VirtualService has, its range.
func (d *dest) setWeight(n int64) {
	d.change()["weight"] = like(d.entry["weight"], min(n, math.MaxInt32))
}

// setHost leaves all else of the destination as it is.
func (d *dest) setHost(host string) map[string]any {
	destination, _ := d.entry["destination"].(map[string]any)
	destination = maps.Clone(destination)
	destination["host"] = host
	d.host = host
	d.change()["destination"] = destination
	return destination
}

// route is one route of a VirtualService and its destinations.
type route struct {
	section string
	index   int
	list    []any // the section's, of which it is item index
	holder  map[string]any
	name    string
	dests   []dest
	changed bool // dests or holder differ from what list says
}

func (r *route) path() string { return fmt.Sprintf("spec.%s[%d].route", r.section, r.index) }

func (r *route) has(k kind) bool {
	for i := range r.dests {
		if r.dests[i].kind == k {
			return true
		}
	}
	return false
}

func (r *route) total() (sum int64) {
	for i := range r.dests {
		sum += r.dests[i].weight()
	}
	return sum
}

func (r *route) set(dests []dest) { r.dests, r.changed = dests, true }

// write puts the destinations back into the list of routes.
func (r *route) write() {
	if !r.changed {
		return
	}
	list := make([]any, len(r.dests))
	for i := range r.dests {
		list[i] = r.dests[i].raw
	}
	holder := maps.Clone(r.holder)
	if _, there := r.holder["route"]; there || len(list) > 0 {
		holder["route"] = list
	}
	r.list[r.index] = holder
}

// weightsUsable reports a weight that can't be a share. Routes without a part of ours may hold what they like.
func (r *route) weightsUsable() error {
	if !r.has(service) && !r.has(canary) {
		return nil
	}
	for i := range r.dests {
		v, there := r.dests[i].entry["weight"]
		if !there {
			continue
		}
		n, ok := whole(v)
		if ok && n >= 0 && n <= math.MaxInt32 {
			continue
		}
		path := fmt.Sprintf("%s[%d].weight", r.path(), i)
		if !ok {
			return wants(path, "a whole number", v)
		}
		return &FieldError{Path: path, Problem: fmt.Sprintf("must be within 0 and %d, is %d", math.MaxInt32, n), Err: ErrWeight}
	}
	return nil
}

// read finds all routes with destinations. It reads all it can and returns the first thing it could not: what isn't read isn't
// ours, which is enough for going back; going on demands that there is no error.
func read(vs map[string]any, h hosts) ([]route, error) {
	var r reader
	r.hosts = h
	spec := r.object("spec", vs["spec"])
	for _, section := range sections {
		r.section(section, spec[section])
	}
	return r.routes, r.err
}

type reader struct {
	hosts  hosts
	routes []route
	err    error
}

func (r *reader) fail(err error) {
	if r.err == nil {
		r.err = err
	}
}

func (r *reader) object(path string, v any) map[string]any {
	m, ok := v.(map[string]any)
	if !ok && v != nil {
		r.fail(wants(path, "an object", v))
	}
	return m
}

func (r *reader) section(section string, v any) {
	list, ok := v.([]any)
	if !ok && v != nil {
		r.fail(wants("spec."+section, "a list", v))
	}
	r.routes = slices.Grow(r.routes, len(list))
	for i, item := range list {
		if section == http && ours(item) {
			continue
		}
		holder, ok := item.(map[string]any)
		if !ok {
			r.fail(wants(fmt.Sprintf("spec.%s[%d]", section, i), "an object", item))
			continue
		}
		out := route{section: section, index: i, list: list, holder: holder}
		if name := holder["name"]; name != nil {
			if out.name, ok = name.(string); !ok {
				r.fail(wants(fmt.Sprintf("spec.%s[%d].name", section, i), "a string", name))
			}
		}
		r.destinations(&out)
		r.routes = append(r.routes, out)
	}
}

func (r *reader) destinations(out *route) {
	v := out.holder["route"] // redirects, direct responses and delegates have none
	list, ok := v.([]any)
	if !ok && v != nil {
		r.fail(wants(out.path(), "a list", v))
	}
	out.dests = make([]dest, len(list))
	for j, item := range list {
		d, err := r.hosts.dest(item)
		if err != nil {
			err.Path = fmt.Sprintf("%s[%d]%s", out.path(), j, err.Path)
			r.fail(err)
		}
		out.dests[j] = d
	}
}

// dest reads one destination; the error's path begins there.
func (h hosts) dest(item any) (dest, *FieldError) {
	d := dest{raw: item}
	entry, ok := item.(map[string]any)
	if !ok {
		return d, wants("", "an object", item)
	}
	d.entry = entry
	destination, ok := entry["destination"].(map[string]any)
	if !ok {
		return d, wants(".destination", "an object", entry["destination"])
	}
	d.host, ok = destination["host"].(string)
	switch {
	case !ok:
		return d, wants(".destination.host", "a string", destination["host"])
	case h.isService(d.host):
		d.kind = service
	case h.isCanary(d.host):
		d.kind = canary
	}
	return d, nil
}
