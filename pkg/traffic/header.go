package traffic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// The header's part of the form: before each http route that leads to the Service stands a copy of it, which also asks for the header and
// leads to the canary alone. Its name tells that it is ours, which header it is for, and the name of the route that it was made from.

const (
	headerMark = "sluice-canary-header:"
	headerEnd  = "/"
	http       = "http"
)

// ofHeader says whether an item of the list of http routes is a copy of ours.
func ofHeader(item any) bool {
	holder, _ := item.(map[string]any)
	name, _ := holder["name"].(string)
	return strings.HasPrefix(name, headerMark)
}

// forHeader is the copy of a route that leads to the Service, as it is without any canary.
func (r *route) forHeader(h hosts, header spec.Header) (map[string]any, error) {
	i := slices.IndexFunc(r.dests, func(d dest) bool { return d.kind == service && (d.weight() > 0 || len(r.dests) == 1) })
	if i < 0 {
		return nil, nil //nolint:nilnil // it leads elsewhere, and so do requests with the header
	}
	match, err := r.matchHeader(header)
	if err != nil {
		return nil, err
	}
	to := r.dests[i].canary(h, 0)
	delete(to.change(), "weight")
	made := maps.Clone(r.holder)
	made["name"] = headerMark + header.String() + headerEnd + r.name
	made["match"] = match
	made["route"] = []any{to.raw}
	return made, nil
}

// matchHeader is a route's matches with the header in each.
func (r *route) matchHeader(header spec.Header) ([]any, error) {
	condition := map[string]any{"exact": header.Value}
	path := fmt.Sprintf("spec.%s[%d].match", r.section, r.index)
	list, ok := r.holder["match"].([]any)
	if !ok && r.holder["match"] != nil {
		return nil, wants(path, "a list", r.holder["match"])
	}
	if len(list) == 0 {
		return []any{map[string]any{"headers": map[string]any{header.Name: condition}}}, nil
	}
	made := make([]any, len(list))
	for i := range list {
		at := fmt.Sprintf("%s[%d]", path, i)
		match, ok := list[i].(map[string]any)
		if !ok {
			return nil, wants(at, "an object", list[i])
		}
		headers, ok := match["headers"].(map[string]any)
		if !ok && match["headers"] != nil {
			return nil, wants(at+".headers", "an object", match["headers"])
		}
		for name := range headers {
			if strings.EqualFold(name, header.Name) {
				return nil, &FieldError{Path: at + ".headers." + name, Err: ErrTaken, Problem: "the route asks for this header itself"}
			}
		}
		headers = maps.Clone(headers)
		if headers == nil {
			headers = map[string]any{}
		}
		headers[header.Name] = condition
		match = maps.Clone(match)
		match["headers"] = headers
		made[i] = match
	}
	return made, nil
}

// place takes our own routes out of the list of http routes and puts those that are wanted there: first the one that keeps the hosts known,
// if any, and copies for the header before their routes, by the index that these have in the list as it stands.
func place(vs map[string]any, first map[string]any, wanted map[int]map[string]any) {
	fields, _ := vs["spec"].(map[string]any)
	list, _ := fields[http].([]any)
	if first == nil && len(wanted) == 0 && !slices.ContainsFunc(list, ours) {
		return
	}
	made := make([]any, 0, len(list)+len(wanted)+1)
	if first != nil {
		made = append(made, first)
	}
	for i, item := range list {
		if ours(item) {
			continue
		}
		if copied, ok := wanted[i]; ok {
			made = append(made, copied)
		}
		made = append(made, item)
	}
	fields[http] = made
}

// mixed is what View.Header says where the routes don't agree.
const mixed = "mixed"

// header is the header that leads to the canary in all of the routes, which must be as without a canary.
func headerOf(vs map[string]any, routes []*route, h hosts) string {
	fields, _ := vs["spec"].(map[string]any)
	list, _ := fields[http].([]any)
	found, first := "", true
	for _, r := range routes {
		now, leads := r.headerBefore(list, h)
		switch {
		case !leads:
			continue
		case first:
			found, first = now, false
		case now != found:
			found = mixed
		}
	}
	if first && slices.ContainsFunc(list, ofHeader) {
		return mixed // copies of routes that are no more
	}
	return found
}

// headerBefore is the header of the copy that stands before a route; mixed if it isn't as it would be made now.
func (r *route) headerBefore(list []any, h hosts) (header string, leads bool) {
	if r.section != http || !r.leads() {
		return "", false
	}
	if r.index == 0 || !ofHeader(list[r.index-1]) {
		return "", true
	}
	stands, _ := list[r.index-1].(map[string]any)
	whole, _ := stands["name"].(string)
	text, ours := strings.CutSuffix(strings.TrimPrefix(whole, headerMark), headerEnd+r.name)
	name, value, ok := strings.Cut(text, "=")
	if !ours || !ok {
		return mixed, true
	}
	made, err := r.forHeader(h, spec.Header{Name: name, Value: value})
	if err != nil || !same(made, stands) {
		return mixed, true
	}
	return text, true
}
