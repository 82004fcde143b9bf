package traffic_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
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
		"a timeout": func(vs map[string]any) { theirs(vs)[1]["timeout"] = "3s" },
		"a match": func(vs map[string]any) {
			theirs(vs)[0]["match"] = []any{map[string]any{"port": int64(1)}}
		},
		"no hosts, which makes it a delegate": func(vs map[string]any) { delete(fields(vs, "spec"), "hosts") },
		"routes in another order": func(vs map[string]any) {
			l, first, last := items(vs, "spec", "http"), place(vs, 0), place(vs, 2)
			l[first], l[last] = l[last], l[first]
		},
		"a route less": func(vs map[string]any) {
			first := place(vs, 0)
			fields(vs, "spec")["http"] = slices.Delete(items(vs, "spec", "http"), first, first+1)
		},
		"a new route": func(vs map[string]any) {
			fields(vs, "spec")["http"] = append(items(vs, "spec", "http"), map[string]any{"route": []any{
				map[string]any{"destination": map[string]any{"host": "shop"}},
			}})
		},
		"a new route before another": func(vs map[string]any) {
			second := place(vs, 1)
			fields(vs, "spec")["http"] = slices.Insert(items(vs, "spec", "http"), second, any(map[string]any{"redirect": map[string]any{"uri": "/x"}}))
		},
		"a mirror of their own": func(vs map[string]any) { theirs(vs)[1]["mirror"] = map[string]any{"host": "audit"} },
		"one more mirror": func(vs map[string]any) {
			theirs(vs)[2]["mirrors"] = append(items(theirs(vs)[2], "mirrors"), map[string]any{"destination": map[string]any{"host": "audit"}})
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
				for _, share := range []traffic.Share{
					{Weight: weight}, {Weight: weight, Mirror: 5}, {Weight: weight, Header: spec.Header{Name: "x-canary", Value: "a"}, Mirror: 100, Known: true},
				} {
					vs, err := traffic.Split(routes(t, original), shop, share)
					require.NoError(t, err)
					vs = stored(t, vs)
					edit(vs)
					want := routes(t, original)
					edit(want)
					assert.Equal(t, want, traffic.Restore(vs, shop), "%+v", share)
				}
			}
		})
	}
}

// stored is what a dynamic client gets of an object that was written: a copy of its own.
func stored(t *testing.T, vs map[string]any) map[string]any {
	t.Helper()
	return object(t, text(t, vs))
}

// place is where the n-th of the user's http routes stands, among those of ours.
func place(vs map[string]any, n int) int {
	for i, item := range items(vs, "spec", "http") {
		name, _ := at(item, "name").(string)
		if strings.HasPrefix(name, "sluice-") {
			continue
		}
		if n == 0 {
			return i
		}
		n--
	}
	return -1
}

// theirs are the user's http routes, without those of ours.
func theirs(vs map[string]any) (list []map[string]any) {
	for n := 0; place(vs, n) >= 0; n++ {
		list = append(list, fields(vs, "spec", "http", place(vs, n)))
	}
	return list
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
