package traffic

import "maps"

// hashLabel is the label by which Kubernetes tells the pods of a Deployment's ReplicaSets apart.
const hashLabel = "pod-template-hash"

// Pin returns a Service's selector narrowed down to the pods of one ReplicaSet, given by its pod-template-hash. A Service without
// a selector must not be pinned: its endpoints are kept by someone else, and would not be any more.
func Pin(selector map[string]string, hash string) map[string]string {
	pinned := make(map[string]string, len(selector)+1)
	maps.Copy(pinned, selector)
	pinned[hashLabel] = hash
	return pinned
}

// Unpin returns the selector that Pin was given, whatever the hash.
func Unpin(selector map[string]string) map[string]string {
	unpinned := maps.Clone(selector)
	delete(unpinned, hashLabel)
	return unpinned
}

// PinnedTo returns the hash that a selector is pinned to, empty when it isn't.
func PinnedTo(selector map[string]string) string { return selector[hashLabel] }
