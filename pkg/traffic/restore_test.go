package traffic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

// People and pipelines go on editing while a run is under way: what they did to the split object must be there afterwards as if
// they had done it to their own.
func TestRestoreKeepsEditsMadeMidRun(t *testing.T) {
	const original = `[
	  {name: api, match: [{uri: {prefix: /api}}], route: [{destination: {host: shop}, weight: 80}, {destination: {host: legacy}, weight: 20}]},
	  {name: web, route: [{destination: {host: shop}}]},
	  {name: old, route: [{destination: {host: shop}, weight: 100}]}]`
	for says, edit := range map[string]func(vs map[string]any){
		"nothing":   func(map[string]any) {},
		"a label":   func(vs map[string]any) { fields(vs, "metadata")["labels"] = map[string]any{"a": "b"} },
		"a timeout": func(vs map[string]any) { fields(vs, "spec", "http", 1)["timeout"] = "3s" },
		"a match": func(vs map[string]any) {
			fields(vs, "spec", "http", 0)["match"] = []any{map[string]any{"port": int64(1)}}
		},
		"no hosts, which makes it a delegate": func(vs map[string]any) { delete(fields(vs, "spec"), "hosts") },
		"routes in another order": func(vs map[string]any) {
			l := items(vs, "spec", "http")
			l[0], l[2] = l[2], l[0]
		},
		"a route less": func(vs map[string]any) {
			fields(vs, "spec")["http"] = items(vs, "spec", "http")[1:]
		},
		"a new route": func(vs map[string]any) {
			fields(vs, "spec")["http"] = append(items(vs, "spec", "http"), map[string]any{"route": []any{
				map[string]any{"destination": map[string]any{"host": "shop"}},
			}})
		},
		"tcp routes": func(vs map[string]any) {
			fields(vs, "spec")["tcp"] = []any{map[string]any{"route": []any{
				map[string]any{"destination": map[string]any{"host": "shop"}, "weight": int64(7)},
			}}}
		},
		"something unreadable": func(vs map[string]any) {
			fields(vs, "spec")["tls"] = []any{int64(3), map[string]any{"route": true}}
		},
	} {
		t.Run(says, func(t *testing.T) {
			for _, weight := range []int{0, 1, 10, 33, 50, 99, 100} {
				vs, err := traffic.Split(routes(t, original), shop, traffic.Share{Weight: weight})
				require.NoError(t, err)
				edit(vs)
				want := routes(t, original)
				edit(want)
				assert.Equal(t, want, traffic.Restore(vs, shop), "at %d %%", weight)
			}
		})
	}
}

// Where the destinations themselves were edited the user's intent can't be known for certain, but no canary may be left.
func TestRestoreOfBrokenRoutes(t *testing.T) {
	for says, c := range map[string]struct{ found, restored string }{
		"the canary's weight changed behind a destination that had none": {
			`[{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 70}]`,
			`[{destination: {host: shop}}]`,
		},
		"its weight removed": {
			`[{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}}]`,
			`[{destination: {host: shop}}]`,
		},
		"a destination added to a route that had one": {
			`[{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 10}, {destination: {host: x}, weight: 50}]`,
			`[{destination: {host: shop}, weight: 100}, {destination: {host: x}, weight: 50}]`,
		},
		"the canary's destination moved away: its weight goes to the first": {
			`[{destination: {host: shop-canary}, weight: 8}, {destination: {host: x}, weight: 20}, {destination: {host: shop}, weight: 72}]`,
			`[{destination: {host: x}, weight: 20}, {destination: {host: shop}, weight: 80}]`,
		},
		"its Service's destination moved between others": {
			`[{destination: {host: x}, weight: 20}, {destination: {host: shop}, weight: 72}, {destination: {host: z}, weight: 5}, {destination: {host: shop-canary}, weight: 8}]`,
			`[{destination: {host: x}, weight: 20}, {destination: {host: shop}, weight: 80}, {destination: {host: z}, weight: 5}]`,
		},
		"behind its own one of the Service's two destinations": {
			`[{destination: {host: shop}, weight: 1}, {destination: {host: x}, weight: 20}, {destination: {host: shop}, weight: 72}, {destination: {host: shop-canary}, weight: 8}]`,
			`[{destination: {host: shop}, weight: 1}, {destination: {host: x}, weight: 20}, {destination: {host: shop}, weight: 80}]`,
		},
		"the Service without a weight beside others": {
			`[{destination: {host: shop}}, {destination: {host: x}, weight: 20}, {destination: {host: shop-canary}, weight: 8}]`,
			`[{destination: {host: shop}, weight: 8}, {destination: {host: x}, weight: 20}]`,
		},
		"no share to give back": {
			`[{destination: {host: shop}}, {destination: {host: x}, weight: 20}, {destination: {host: shop-canary}}]`,
			`[{destination: {host: shop}}, {destination: {host: x}, weight: 20}]`,
		},
		"the canary alone": {
			`[{destination: {host: shop-canary, port: {number: 80}}, weight: 10}]`,
			`[{destination: {host: shop, port: {number: 80}}}]`,
		},
		"the canary alone, in full": {
			`[{destination: {host: shop-canary.ns.svc.cluster.local}}]`,
			`[{destination: {host: shop.ns.svc.cluster.local}}]`,
		},
		"the canary, as a user may write it, with another Service": {
			`[{destination: {host: shop-canary.ns}, weight: 10}, {destination: {host: x}, weight: 20}, {destination: {host: shop-canary.ns.svc}, weight: 5}]`,
			`[{destination: {host: shop.ns.svc.cluster.local}, weight: 10}, {destination: {host: x}, weight: 20}, {destination: {host: shop.ns.svc.cluster.local}, weight: 5}]`,
		},
		"weights that can't be read count for nothing": {
			`[{destination: {host: shop-canary}, weight: some}, {destination: {host: shop-canary}, weight: 10}, {destination: {host: shop}, weight: -3}, {destination: {host: x}, weight: 20}]`,
			`[{destination: {host: shop}, weight: 10}, {destination: {host: x}, weight: 20}]`,
		},
		"weights that overflow stay in range": {
			`[{destination: {host: shop-canary}, weight: 2147483647}, {destination: {host: shop}, weight: 2147483647}]`,
			`[{destination: {host: shop}, weight: 2147483647}]`,
		},
		"weights that no integer holds together stay in range": {
			`[{destination: {host: shop-canary}, weight: 8000000000000000000}, {destination: {host: shop}, weight: 8000000000000000000}]`,
			`[{destination: {host: shop}, weight: 2147483647}]`,
		},
		"destinations that can't be read stay": {
			`[{destination: {host: shop-canary}, weight: 10}, {destination: {host: shop}, weight: 80}, 7, {destination: {}}]`,
			`[{destination: {host: shop}, weight: 90}, 7, {destination: {}}]`,
		},
		"all weights 0": {
			`[{destination: {host: shop-canary}, weight: 0}, {destination: {host: shop}, weight: 0}]`,
			`[{destination: {host: shop}, weight: 0}]`,
		},
	} {
		t.Run(says, func(t *testing.T) {
			vs := routes(t, `[{route: `+c.found+`}]`)
			restored := traffic.Restore(vs, shop)
			assert.Equal(t, routes(t, `[{route: `+c.restored+`}]`), restored)
			assert.Equal(t, routes(t, `[{route: `+c.found+`}]`), vs, "input changed")
			assert.Equal(t, restored, traffic.Restore(restored, shop), "twice is the same as once")
		})
	}
}

func TestRestoreWithoutAUsableTarget(t *testing.T) {
	for _, target := range []traffic.Target{
		{}, {Namespace: "ns", Service: "shop"}, {Namespace: "ns", Service: "shop", Canary: "shop"}, {Namespace: "ns", Canary: "shop"},
	} {
		const found = `[{route: [{destination: {host: shop}, weight: 1}, {destination: {host: ""}}]}]`
		assert.Equal(t, routes(t, found), traffic.Restore(routes(t, found), target))
	}
}
