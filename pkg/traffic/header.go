package traffic

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// The header's part of the form: before each http route that leads to the Service stands a copy of it, which also asks for the header and
// leads to the canary alone. Its name tells whose it is, which header it is for, and the name of the route that it was made from.

const http = "http"

// forHeader is the copy of a route that leads to the Service, as it is without any canary.
func (r *route) forHeader(h hosts, header spec.Header) (map[string]any, error) {
	i := r.leading()
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
	made["name"] = h.copyMark() + header.String() + headerEnd + r.name
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
		if _, err := conditions(match, at, "withoutHeaders", header.Name); err != nil {
			return nil, err
		}
		headers, err := conditions(match, at, "headers", header.Name)
		if err != nil {
			return nil, err
		}
		headers[header.Name] = condition
		match = maps.Clone(match)
		match["headers"] = headers
		made[i] = match
	}
	return made, nil
}

// conditions are those of a match on headers, to be added to; none of them may be on the header of that name.
func conditions(match map[string]any, at, field, header string) (map[string]any, error) {
	headers, ok := match[field].(map[string]any)
	if !ok && match[field] != nil {
		return nil, wants(at+"."+field, "an object", match[field])
	}
	for _, name := range slices.Sorted(maps.Keys(headers)) {
		if strings.EqualFold(name, header) {
			return nil, &FieldError{Path: at + "." + field + "." + name, Err: ErrTaken, Problem: "the route asks for this header itself"}
		}
	}
	if headers == nil {
		return map[string]any{}, nil
	}
	return maps.Clone(headers), nil
}

// mixed is what View.Header says where the routes don't agree.
const mixed = "mixed"

// headerOf is the header that leads to the canary in all of the routes, which must be as without a canary.
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
	if first && slices.ContainsFunc(list, h.copied) {
		return mixed // copies of routes that are no more
	}
	return found
}

// headerBefore is the header of the copy that stands before a route; mixed if it isn't as it would be made now.
func (r *route) headerBefore(list []any, h hosts) (header string, leads bool) {
	if r.section != http || !r.leads() {
		return "", false
	}
	i := r.index - 1
	for i >= 0 && ours(list[i]) && !h.copied(list[i]) { // another Service's
		i--
	}
	if i < 0 || !h.copied(list[i]) {
		return "", true
	}
	stands, _ := list[i].(map[string]any)
	text, its := strings.CutSuffix(strings.TrimPrefix(routeName(stands), h.copyMark()), headerEnd+r.name)
	name, value, ok := strings.Cut(text, "=")
	if !its || !ok {
		return mixed, true
	}
	made, err := r.forHeader(h, spec.Header{Name: name, Value: value})
	if err != nil || !same(made, stands) {
		return mixed, true
	}
	return text, true
}
