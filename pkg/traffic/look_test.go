package traffic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

func TestLook(t *testing.T) {
	for says, c := range map[string]struct {
		routes string
		only   []string
		want   traffic.View
	}{
		"nothing of ours": {
			routes: `[{route: [{destination: {host: legacy}}]}, {redirect: {}}, {route: [{destination: {host: a}, weight: 1}, {destination: {host: b}, weight: 1}]}]`,
		},
		"not split": {
			routes: `[{name: b, route: [{destination: {host: shop}}]}, {name: a}, {name: b}]`,
			want:   traffic.View{Routes: 1, Names: []string{"b", "a"}},
		},
		"all alike, in whatever form": {
			routes: `[{route: [{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 10}]},
			  {route: [{destination: {host: x}, weight: 3}, {destination: {host: shop-canary}, weight: 5}, {destination: {host: shop}, weight: 45}]}]`,
			want: traffic.View{Routes: 2, Weight: 10, Highest: 10, Split: true},
		},
		"split at 0": {
			routes: `[{route: [{destination: {host: shop}, weight: 100}, {destination: {host: shop-canary}, weight: 0}]}]`,
			want:   traffic.View{Routes: 1, Split: true},
		},
		"the canary alone, whatever its weight": {
			routes: `[{route: [{destination: {host: shop-canary}, weight: 0}]}]`,
			want:   traffic.View{Routes: 1, Weight: 100, Highest: 100, Split: true},
		},
		"routes that disagree": {
			routes: `[{route: [{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 10}]},
			  {route: [{destination: {host: shop}}]}]`,
			want: traffic.View{Routes: 2, Weight: -1, Highest: 10, Split: true},
		},
		"the one asked for of those that disagree": {
			routes: `[{route: [{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 10}]},
			  {name: a, route: [{destination: {host: shop}}]}]`,
			only: []string{"a"},
			want: traffic.View{Routes: 1, Split: true, Names: []string{"a"}},
		},
		"an edited weight that is no whole per cent": {
			routes: `[{route: [{destination: {host: shop}, weight: 999}, {destination: {host: shop-canary}, weight: 1}]}]`,
			want:   traffic.View{Routes: 1, Weight: -1, Highest: 1, Split: true},
		},
		"no share": {
			routes: `[{route: [{destination: {host: shop}, weight: 0}, {destination: {host: shop-canary}}, {destination: {host: x}, weight: 1}]}]`,
			want:   traffic.View{Split: true},
		},
	} {
		t.Run(says, func(t *testing.T) {
			view, err := traffic.Look(routes(t, c.routes), shop, c.only...)
			require.NoError(t, err)
			c.want.Governs, c.want.HTTP = true, c.want.Routes // all of them are
			assert.Equal(t, c.want, view)
		})
	}
}

func TestGovernsAndLeads(t *testing.T) {
	for says, c := range map[string]struct {
		vs                     string
		governs, covers, leads bool
	}{
		"its host, short":                     {vs: `{metadata: {namespace: ns}, spec: {hosts: [x, shop]}}`, governs: true, leads: true},
		"its host, in full, from elsewhere":   {vs: `{metadata: {namespace: edge}, spec: {hosts: [shop.ns.svc.cluster.local]}}`, governs: true, leads: true},
		"its host and a wildcard":             {vs: `{metadata: {namespace: ns}, spec: {hosts: ["*", shop]}}`, governs: true, leads: true},
		"the short name in another namespace": {vs: `{metadata: {namespace: edge}, spec: {hosts: [shop]}}`},
		"the short name in no namespace":      {vs: `{spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}]}]}}`},
		"its host in the mesh and at a gateway": {
			vs: `{metadata: {namespace: ns}, spec: {hosts: [shop], gateways: [edge, mesh]}}`, governs: true, leads: true,
		},
		"its host at a gateway only":       {vs: `{metadata: {namespace: ns}, spec: {hosts: [shop], gateways: [edge]}}`},
		"everything at a gateway":          {vs: `{metadata: {namespace: ns}, spec: {hosts: ["*"], gateways: [edge]}}`},
		"everything in the mesh":           {vs: `{metadata: {namespace: edge}, spec: {hosts: ["*"]}}`, covers: true},
		"its namespace by a wildcard":      {vs: `{metadata: {namespace: edge}, spec: {hosts: ["*.ns.svc.cluster.local"]}}`, covers: true},
		"another namespace's wildcard":     {vs: `{metadata: {namespace: ns}, spec: {hosts: ["*.edge.svc.cluster.local"]}}`},
		"the end of its name, no wildcard": {vs: `{spec: {hosts: [ns.svc.cluster.local]}}`},
		"a route at a gateway":             {vs: `{spec: {hosts: [a.com], gateways: [edge], tls: [{route: [{destination: {host: shop.ns}}]}]}}`, leads: true},
		"a route without a share":          {vs: `{spec: {tcp: [{route: [{destination: {host: shop.ns}, weight: 0}, {destination: {host: x}, weight: 1}]}]}}`, leads: true},
		"a route to the canary only":       {vs: `{spec: {tcp: [{route: [{destination: {host: shop-canary.ns}}]}]}}`, leads: true},
		"a mirror is no route":             {vs: `{spec: {http: [{mirror: {host: shop.ns}, route: [{destination: {host: x}}]}]}}`},
		"a route among unreadable ones":    {vs: `{spec: {hosts: 7, http: [3, {route: [{}, {destination: {host: shop.ns}}]}], tls: x}}`, leads: true},
		"its host among unreadable ones":   {vs: `{metadata: {namespace: ns}, spec: {hosts: [7, shop], http: x}}`, governs: true, leads: true},
		"nothing":                          {vs: `{}`},
		"nothing readable":                 {vs: `{metadata: 3, spec: [shop]}`},
	} {
		t.Run(says, func(t *testing.T) {
			vs := object(t, c.vs)
			assert.Equal(t, c.leads, traffic.Leads(vs, shop))
			view, err := traffic.Look(vs, shop)
			if err == nil {
				assert.Equal(t, c.governs, view.Governs, "governs")
				assert.Equal(t, c.covers, view.Covers, "covers")
			}
			assert.Equal(t, object(t, c.vs), vs, "input changed")
		})
	}
	assert.False(t, traffic.Leads(object(t, `{spec: {hosts: ["shop.ns"]}}`), traffic.Target{Namespace: "ns", Service: "shop"}))
}

// What follows a route that takes every request is nowhere in Envoy's configuration.
func TestLookSeesHostsAsKnownOnlyBeforeTheUsersRoutes(t *testing.T) {
	out, err := traffic.Split(routes(t, `[{route: [{destination: {host: shop}}]}]`), shop, traffic.Share{Known: true})
	require.NoError(t, err)
	view, err := traffic.Look(out, shop)
	require.NoError(t, err)
	assert.True(t, view.Known)
	l := items(out, "spec", "http")
	l[0], l[1] = l[1], l[0]
	view, err = traffic.Look(out, shop)
	require.NoError(t, err)
	assert.False(t, view.Known)
	assert.True(t, view.Split)
	assert.Equal(t, routes(t, `[{route: [{destination: {host: shop}}]}]`), traffic.Restore(out, shop))
}
