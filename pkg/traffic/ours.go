package traffic

import (
	"slices"
	"strings"
)

// Split's own routes, among the http ones, are told by their names: what each is for, and whose it is. One VirtualService may lead to several
// Services; what the run of one has put there is not for the run of another to take away.

const (
	headerMark = "sluice-canary-header:"
	headerEnd  = "/"
	knownMark  = "sluice-both-hosts-known:"
)

// whose is the Service's part of such a name.
func (h hosts) whose() string { return h.target.Service + "." + h.target.Namespace }

// copyMark begins the names of the Service's copies for the header. What follows is the header, headerEnd, and the copied route's name.
func (h hosts) copyMark() string { return headerMark + h.whose() + ":" }

// routeName is the name of an item of the list of http routes; empty when it has none or can't be read.
func routeName(item any) string {
	holder, _ := item.(map[string]any)
	name, _ := holder["name"].(string)
	return name
}

// ours says whether Split has made an item of the list of http routes, for whichever Service.
func ours(item any) bool {
	name := routeName(item)
	return strings.HasPrefix(name, headerMark) || strings.HasPrefix(name, knownMark)
}

// copied says whether it is the Service's copy of a route for the header, keeps that it keeps the Service's hosts known, and owns either.
func (h hosts) copied(item any) bool { return strings.HasPrefix(routeName(item), h.copyMark()) }
func (h hosts) keeps(item any) bool  { return routeName(item) == knownMark+h.whose() }
func (h hosts) owns(item any) bool   { return h.copied(item) || h.keeps(item) }

// place takes the Service's own routes out of the list of http routes and puts those that are wanted there: first the one that keeps its
// hosts known, if any, and copies for the header before their routes, by the index that these have in the list as it stands.
func (h hosts) place(vs map[string]any, first map[string]any, wanted map[int]map[string]any) {
	fields, _ := vs["spec"].(map[string]any)
	list, _ := fields[http].([]any)
	if first == nil && len(wanted) == 0 && !slices.ContainsFunc(list, h.owns) {
		return
	}
	made := make([]any, 0, len(list)+len(wanted)+1)
	if first != nil {
		made = append(made, first)
	}
	for i, item := range list {
		if h.owns(item) {
			continue
		}
		if copied, ok := wanted[i]; ok {
			made = append(made, copied)
		}
		made = append(made, item)
	}
	fields[http] = made
}
