package traffic_test

import (
	"fmt"
	"math/rand/v2"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// generator makes VirtualServices as a cluster might hold them, with fields that this version doesn't know, from one seed.
type generator struct{ *rand.Rand }

func newGenerator(seed uint64) generator { return generator{rand.New(rand.NewPCG(seed, 0))} }

func (g generator) pick(from ...string) string { return from[g.IntN(len(from))] }

func (g generator) chance(percent int) bool { return g.IntN(100) < percent }

// virtualService never has the canary among its destinations. At least one of its routes leads to the Service.
func (g generator) virtualService() map[string]any {
	spec := g.unknown(2)
	vs := map[string]any{
		"apiVersion": "networking.istio.io/v1", "kind": "VirtualService", "status": g.unknown(1),
		"metadata": map[string]any{"name": "vs", "namespace": g.pick("ns", "ns", "edge"), "labels": g.unknown(1)},
		"spec":     spec,
	}
	if g.chance(80) {
		spec["hosts"] = []any{g.pick("shop", "shop.example.com", "*")}
	}
	for _, section := range []string{"http", "tls", "tcp"} {
		var list []any
		for range g.IntN(4) {
			list = append(list, g.route())
		}
		if list != nil {
			spec[section] = list
		}
	}
	list, _ := spec["tcp"].([]any)
	spec["tcp"] = append(list, map[string]any{"route": []any{g.destination("shop.ns")}})
	return vs
}

func (g generator) route() map[string]any {
	r := g.unknown(2)
	if g.chance(50) {
		r["name"] = g.pick("api", "web", "old")
	}
	if g.chance(15) {
		r["redirect"] = g.unknown(1)
		return r
	}
	list := []any{g.anyDestination()}
	if g.chance(50) { // with others, there must be a share to split
		for range 1 + g.IntN(3) {
			list = append(list, g.anyDestination())
		}
		sure := g.anyDestination()
		sure["weight"] = int64(1 + g.IntN(300))
		list = append(list, sure)
	}
	r["route"] = list
	if g.chance(40) {
		r["match"] = []any{g.match(), g.match()}[:g.IntN(3)]
	}
	if g.chance(20) {
		r["mirrors"] = []any{map[string]any{"destination": map[string]any{"host": "legacy"}, "percentage": map[string]any{"value": 3.5}}}
	}
	return r
}

// match never asks for the header x-canary.
func (g generator) match() map[string]any {
	m := g.unknown(1)
	if g.chance(50) {
		m["uri"] = map[string]any{"prefix": "/" + g.pick("api", "web")}
	}
	if g.chance(50) {
		m["headers"] = map[string]any{"x-tenant": map[string]any{"exact": g.pick("a", "b")}}
	}
	return m
}

// share is any that the canary may get.
func (g generator) share() traffic.Share {
	s := traffic.Share{Weight: g.IntN(101)}
	if g.chance(40) {
		s.Header = spec.Header{Name: "x-canary", Value: g.pick("always", "a=b/c")}
	}
	if g.chance(40) {
		s.Mirror = 1 + g.IntN(100)
	}
	s.Known = g.chance(50)
	return s
}

func (g generator) anyDestination() map[string]any {
	return g.destination(g.pick("shop", "shop", "shop.ns", "shop.ns.svc", "shop.ns.svc.cluster.local", "legacy", "shop.edge"))
}

func (g generator) destination(host string) map[string]any {
	d := g.unknown(2)
	destination := g.unknown(1)
	destination["host"] = host
	if g.chance(30) {
		destination["subset"] = g.pick("a", "b")
	}
	if g.chance(30) {
		destination["port"] = map[string]any{"number": int64(g.IntN(9000))}
	}
	d["destination"] = destination
	if g.chance(70) {
		weights := []int64{0, 1, 2, 5, 20, 25, 33, 50, 80, 99, 100, 101, 200, 300, 1000, 5000, 10000, 20000, int64(g.IntN(1000))}
		d["weight"] = weights[g.IntN(len(weights))]
	}
	return d
}

// unknown is an object of a few fields that nobody knows.
func (g generator) unknown(depth int) map[string]any {
	m := map[string]any{}
	for range g.IntN(3) {
		m[fmt.Sprintf("x%d", g.IntN(5))] = g.value(depth)
	}
	return m
}

func (g generator) value(depth int) any {
	switch g.IntN(8) {
	case 0:
		return nil
	case 1:
		return g.chance(50)
	case 2:
		return int64(g.IntN(1000))
	case 3:
		return g.Float64()
	case 4:
		return map[string]any{"host": g.pick("shop", "shop-canary"), "weight": int64(3)}
	case 5, 6:
		if depth > 0 {
			return []any{g.unknown(depth - 1), g.value(depth - 1)}
		}
	}
	return g.pick("shop", "shop-canary", "v1")
}
