package traffic

// Ref names a VirtualService.
type Ref struct{ Namespace, Name string }

// Delegates lists the VirtualServices that one's http routes hand their requests over to, in their order. Where a delegate's namespace
// isn't written it is the root's. What can't be read is passed over.
func Delegates(vs map[string]any) []Ref {
	metadata, _ := vs["metadata"].(map[string]any)
	own, _ := metadata["namespace"].(string)
	fields, _ := vs["spec"].(map[string]any)
	list, _ := fields[http].([]any)
	var refs []Ref
	for _, item := range list {
		holder, _ := item.(map[string]any)
		delegate, _ := holder["delegate"].(map[string]any)
		name, ok := delegate["name"].(string)
		if !ok || name == "" {
			continue
		}
		namespace, _ := delegate["namespace"].(string)
		if namespace == "" {
			namespace = own
		}
		refs = append(refs, Ref{Namespace: namespace, Name: name})
	}
	return refs
}
