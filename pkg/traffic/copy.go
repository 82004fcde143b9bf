package traffic

import (
	"maps"
	"slices"
)

// copyMap copies decoded JSON in depth.
func copyMap(m map[string]any) map[string]any {
	out := maps.Clone(m)
	for k, v := range m {
		out[k] = copyValue(v)
	}
	return out
}

func copyValue(v any) any {
	switch v := v.(type) {
	case map[string]any:
		return copyMap(v)
	case []any:
		out := slices.Clone(v)
		for i := range v {
			out[i] = copyValue(v[i])
		}
		return out
	}
	return v
}

// same compares decoded JSON; whole numbers by what they say, not by the type that they were decoded to.
func same(a, b any) bool {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		return ok && maps.EqualFunc(a, b, same)
	case []any:
		b, ok := b.([]any)
		return ok && slices.EqualFunc(a, b, same)
	}
	switch b.(type) {
	case map[string]any, []any:
		return false
	}
	n, number := whole(a)
	if m, ok := whole(b); ok && number {
		return n == m
	}
	return a == b
}

// outline copies a VirtualService down to its lists of routes, and its metadata in depth. The routes are still those of vs: what
// changes one of them copies it first. Copying all in depth takes four times as long as all the rest, and the caller has done it.
func outline(vs map[string]any) map[string]any {
	out := maps.Clone(vs)
	if metadata, ok := vs["metadata"]; ok {
		out["metadata"] = copyValue(metadata)
	}
	spec, ok := vs["spec"].(map[string]any)
	if !ok {
		return out
	}
	spec = maps.Clone(spec)
	out["spec"] = spec
	for _, section := range sections {
		if list, ok := spec[section].([]any); ok {
			spec[section] = slices.Clone(list)
		}
	}
	return out
}
