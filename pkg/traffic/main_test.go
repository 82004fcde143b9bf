package traffic_test

import (
	"encoding/json"
	"math"
	"testing"

	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

var shop = traffic.Target{Namespace: "ns", Service: "shop", Canary: "shop-canary"}

// object reads YAML as a dynamic client would hand it over: whole numbers are int64.
func object(t testing.TB, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, yaml.UnmarshalStrict([]byte(text), &out))
	m, ok := asStored(out).(map[string]any)
	require.True(t, ok)
	return m
}

func asStored(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			v[k] = asStored(v[k])
		}
	case []any:
		for i := range v {
			v[i] = asStored(v[i])
		}
	case float64:
		if v == math.Trunc(v) {
			return int64(v)
		}
	}
	return v
}

// routes is a VirtualService in the Service's namespace with this list of http routes.
func routes(t testing.TB, http string) map[string]any {
	t.Helper()
	return object(t, "metadata: {namespace: ns}\nspec: {hosts: [shop], http: "+http+"}")
}

func text(t testing.TB, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

// at follows names and positions into decoded JSON; what isn't there is nil.
func at(v any, path ...any) any {
	for _, step := range path {
		switch step := step.(type) {
		case string:
			m, _ := v.(map[string]any)
			v = m[step]
		case int:
			list, _ := v.([]any)
			if step >= len(list) {
				return nil
			}
			v = list[step]
		}
	}
	return v
}

// fields is the object at the end of a path, to be changed.
func fields(v any, path ...any) map[string]any {
	m, _ := at(v, path...).(map[string]any)
	return m
}

// items is the list at the end of a path.
func items(v any, path ...any) []any {
	list, _ := at(v, path...).([]any)
	return list
}
