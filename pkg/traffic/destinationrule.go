package traffic

// MirrorPolicy returns a DestinationRule of that name that gives the canary the trafficPolicy which a user's DestinationRule gives
// exactly the Service (tls, outlier detection, connection pools). It stands in the same namespace and holds for the same clients
// (exportTo, workloadSelector), since both decide where the user's is in force. Subsets are left out: the canary has none.
//
// What decides whether the user's rule is in force is more than one rule can tell: of those that a client sees, the ones of its own namespace go
// before those of the Service's, and these before those of the mesh's root namespace. A copy in the same namespace is in force wherever and as
// long as the original is, so each would need one of its own. Whoever calls this decides for which namespaces that is done.
//
// False when there is nothing to mirror: another host, a wildcard (which covers the canary by itself), or no trafficPolicy.
func MirrorPolicy(dr map[string]any, t Target, name string) (map[string]any, bool) {
	spec, _ := dr["spec"].(map[string]any)
	host, _ := spec["host"].(string)
	policy, _ := spec["trafficPolicy"].(map[string]any)
	h := t.hosts(dr)
	if t.check() != nil || len(policy) == 0 || !h.isService(host) {
		return nil, false
	}
	mirrored := map[string]any{"host": h.canary}
	for _, field := range []string{"trafficPolicy", "exportTo", "workloadSelector"} {
		if v, there := spec[field]; there {
			mirrored[field] = copyValue(v)
		}
	}
	metadata := map[string]any{"name": name}
	theirs, _ := dr["metadata"].(map[string]any)
	if namespace, there := theirs["namespace"]; there {
		metadata["namespace"] = namespace
	}
	return map[string]any{
		"apiVersion": istioVersion,
		"kind":       "DestinationRule",
		"metadata":   metadata,
		"spec":       mirrored,
	}, true
}
