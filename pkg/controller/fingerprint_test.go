package controller

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/runtime"
)

func template(labels map[string]any, more map[string]any) map[string]any {
	t := map[string]any{
		"metadata": map[string]any{"labels": labels},
		"spec":     map[string]any{"containers": []any{map[string]any{"name": "app", "image": "app:v1"}}},
	}
	for name, value := range more {
		t[name] = value
	}
	return t
}

func TestFingerprint(t *testing.T) {
	t.Parallel()
	plain := template(map[string]any{"app": "shop"}, nil)
	nulled := template(map[string]any{"app": "shop"}, nil)
	nulled["metadata"].(map[string]any)["creationTimestamp"] = nil
	for sentence, c := range map[string]struct {
		other map[string]any
		equal bool
	}{
		"the hash of the ReplicaSet does not count":         {template(map[string]any{"app": "shop", hashLabel: "abc"}, nil), true},
		"a null creationTimestamp of older servers neither": {nulled, true},
		"another label counts":                              {template(map[string]any{"app": "shop", "tier": "web"}, nil), false},
		"a field that no type here knows counts":            {template(map[string]any{"app": "shop"}, map[string]any{"later": "field"}), false},
	} {
		t.Run(sentence, func(t *testing.T) {
			t.Parallel()
			before := runtime.DeepCopyJSON(c.other)
			a, err := fingerprint(plain)
			require.NoError(t, err)
			b, err := fingerprint(c.other)
			require.NoError(t, err)
			assert.Equal(t, c.equal, a == b)
			assert.Equal(t, before, c.other, "the input is read-only")
		})
	}
}
