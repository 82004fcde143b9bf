package observe

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"sigs.k8s.io/yaml"
)

func TestWeightOf(t *testing.T) {
	for name, c := range map[string]struct {
		http string
		want int
	}{
		"a route to the user's Service alone gives nothing": {`[{route: [{destination: {host: shop}}]}]`, 0},
		"a split gives its part":                            {`[{route: [{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 10}]}]`, 10},
		"a full host name is the same Service":              {`[{route: [{destination: {host: shop}, weight: 0}, {destination: {host: shop-canary.demo.svc.cluster.local}, weight: 100}]}]`, 100},
		"weights are relative":                              {`[{route: [{destination: {host: shop}, weight: 3}, {destination: {host: shop-canary}, weight: 1}]}]`, 25},
		"a single destination needs no weight":              {`[{route: [{destination: {host: shop-canary}}]}]`, 100},
		"of several routes the largest counts":              {`[{route: [{destination: {host: shop}}]}, {route: [{destination: {host: shop-canary}}]}]`, 100},
		"whatever their order":                              {`[{route: [{destination: {host: shop-canary}}]}, {route: [{destination: {host: shop}}]}]`, 100},
		"another Service's name doesn't count":              {`[{route: [{destination: {host: shop-canary2}}]}]`, 0},
		"no routes give nothing":                            {`[]`, 0},
	} {
		t.Run(name, func(t *testing.T) {
			object := map[string]any{}
			require.NoError(t, yaml.Unmarshal([]byte("spec: {http: "+c.http+"}"), &object))
			assert.Equal(t, c.want, weightOf(object, "shop-canary"))
		})
	}
}
