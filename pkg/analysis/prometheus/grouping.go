package prometheus

import (
	"maps"
	"slices"
	"strconv"
	"strings"
)

// grouping is which labels of a series a rule keeps apart: PromQL's by, or without. The zero value keeps nothing apart.
type grouping struct {
	labels  []string
	without bool
}

// ungrouped is the key of a series that has none of the labels that are kept apart.
const ungrouped = "{}"

// key names the group of a series: path="/pay",method="GET"; empty if there are no groups. The bucket's bound and the namespace are
// never a part of it: the one is what is measured, the other the same for all. Nor, next to the pod, are job and instance, which
// say no more than the pod does.
func (g *grouping) key(labels map[string]string, pod string) string {
	if !g.without && len(g.labels) == 0 {
		return ""
	}
	names := g.labels
	if g.without {
		names = g.kept(labels)
	}
	parts := make([]string, 0, len(names))
	for _, name := range names {
		value := labels[name]
		switch name {
		case labelBucket, labelNamespace:
			continue
		case labelPod:
			value = pod
		}
		parts = append(parts, name+"="+strconv.Quote(value))
	}
	if len(parts) == 0 {
		return ungrouped
	}
	return strings.Join(parts, ",")
}

// kept are the labels that are not among those that don't matter.
func (g *grouping) kept(labels map[string]string) []string {
	byPod := !slices.Contains(g.labels, labelPod)
	var names []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		if slices.Contains(g.labels, name) || (byPod && (name == "job" || name == "instance")) {
			continue
		}
		names = append(names, name)
	}
	if byPod {
		i, _ := slices.BinarySearch(names, labelPod)
		names = slices.Insert(names, i, labelPod)
	}
	return names
}
