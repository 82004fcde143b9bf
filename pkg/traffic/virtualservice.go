package traffic

const istioVersion = "networking.istio.io/v1"

// New returns the VirtualService for a run whose Service has none: in force inside the mesh (no gateways), one http route, all to
// the Service, to be handed to Split. What changes whose it is (owner, labels, annotations) is left to the caller. It does nothing
// where another VirtualService already governs the host, and takes the place of one that covers it: see View.
func New(t Target, name string) map[string]any {
	return map[string]any{
		"apiVersion": istioVersion,
		"kind":       "VirtualService",
		"metadata":   map[string]any{"name": name, "namespace": t.Namespace},
		"spec": map[string]any{
			"hosts": []any{t.Service},
			"http": []any{map[string]any{
				"route": []any{map[string]any{
					"destination": map[string]any{"host": t.Service},
				}},
			}},
		},
	}
}
