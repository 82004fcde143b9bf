package traffic_test

import (
	"encoding/json"
	"reflect"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// eachSeed runs a property over many VirtualServices; what fails names the seed that makes it again.
func eachSeed(t *testing.T, property func(t *testing.T, seed uint64, g generator, vs map[string]any)) {
	t.Helper()
	for seed := range uint64(600) {
		g := newGenerator(seed)
		property(t, seed, g, g.virtualService())
		if t.Failed() {
			t.Fatalf("seed %d", seed)
		}
	}
}

func TestSplitIsUndoneExactly(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64, g generator, vs map[string]any) {
		out, err := traffic.Split(vs, shop, g.share())
		require.NoError(t, err, "seed %d", seed)
		assert.Equal(t, newGenerator(seed).virtualService(), vs, "input changed")
		was := text(t, out)
		assert.Equal(t, vs, traffic.Restore(out, shop))
		assert.Equal(t, was, text(t, out), "what was to be restored changed")
		_, err = traffic.Split(out, shop, g.share())
		require.NoError(t, err, "seed %d", seed)
		assert.Equal(t, was, text(t, out), "what was split again changed")
		assert.Equal(t, newGenerator(seed).virtualService(), vs, "input changed later")
	})
}

func TestSplitForgetsWhatWasSplitBefore(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64, g generator, vs map[string]any) {
		a, b := g.share(), g.share()
		names := g.somethingNamed(t, vs)
		first, err := traffic.Split(vs, shop, a)
		require.NoError(t, err, "seed %d", seed)
		direct, errDirect := traffic.Split(vs, shop, b, names...)
		then, errThen := traffic.Split(first, shop, b, names...)
		assert.Equal(t, errDirect, errThen)
		assert.Equal(t, direct, then)
	})
}

func (g generator) somethingNamed(t *testing.T, vs map[string]any) []string {
	t.Helper()
	view, err := traffic.Look(vs, shop)
	require.NoError(t, err)
	if len(view.Names) == 0 || g.chance(50) {
		return nil
	}
	return []string{g.pick(view.Names...)}
}

// The caller annotates what it gets; the object it gave may be a cache's.
func TestResultsMayBeAnnotated(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64, g generator, vs map[string]any) {
		out, err := traffic.Split(vs, shop, g.share())
		require.NoError(t, err, "seed %d", seed)
		restored := traffic.Restore(out, shop)
		want := text(t, out)
		spoil(restored["metadata"])
		assert.Equal(t, want, text(t, out))
		spoil(out["metadata"])
		assert.Equal(t, newGenerator(seed).virtualService(), vs)
	})
}

// spoil changes every object and list.
func spoil(v any) {
	switch v := v.(type) {
	case map[string]any:
		for k := range v {
			spoil(v[k])
		}
		v["spoilt"] = true
	case []any:
		for i := range v {
			spoil(v[i])
			v[i] = "spoilt"
		}
	}
}

// In every route: the canary has exactly weight per cent of what the Service had, and nobody else's share is another.
func TestSplitIsExactlyProportional(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64, g generator, vs map[string]any) {
		weight := int64(g.IntN(101))
		out, err := traffic.Split(vs, shop, traffic.Share{Weight: int(weight)})
		require.NoError(t, err, "seed %d", seed)
		before, after := shares(vs), shares(out)
		require.Len(t, after, len(before))
		for i, b := range before {
			a := after[i]
			assert.Zero(t, b.canary)
			assert.Equal(t, b.service*weight*a.total, 100*a.canary*b.total, "route %d, the canary's", i)
			assert.Equal(t, b.service*(100-weight)*a.total, 100*a.service*b.total, "route %d, the Service's", i)
			assert.Equal(t, b.others*a.total, a.others*b.total, "route %d, the others'", i)
			if b.several {
				assert.Contains(t, []int64{b.total, 100 * b.total, 10000 * b.total}, a.total, "route %d", i)
			}
		}
		view, err := traffic.Look(out, shop)
		require.NoError(t, err)
		assert.Equal(t, int(weight), view.Weight)
		assert.Equal(t, int(weight), view.Highest)
		assert.True(t, view.Split)
	})
}

// What Split has written is what Look sees, and nobody else's doing is taken for it.
func TestLookSeesTheShareThatSplitWrote(t *testing.T) {
	eachSeed(t, func(t *testing.T, seed uint64, g generator, vs map[string]any) {
		share := g.share()
		out, err := traffic.Split(vs, shop, share)
		require.NoError(t, err, "seed %d", seed)
		before, err := traffic.Look(vs, shop)
		require.NoError(t, err)
		assert.False(t, before.Split)
		assert.Empty(t, before.Header)
		assert.Zero(t, before.Mirror)
		view, err := traffic.Look(out, shop)
		require.NoError(t, err)
		assert.Equal(t, share.Weight, view.Weight)
		assert.True(t, view.Split)
		assert.Equal(t, before.Routes, view.Routes)
		assert.Equal(t, before.HTTP, view.HTTP)
		assert.Equal(t, before.Names, view.Names)
		if view.HTTP == 0 {
			share = traffic.Share{}
		}
		assert.Equal(t, share.Header.String(), view.Header)
		assert.Equal(t, share.Mirror, view.Mirror)
		assert.Equal(t, share.Known && !view.Delegate, view.Known)
	})
}

// Whatever one field of one http route becomes while the canary's header leads there, it is noticed, and restored.
func TestLookNoticesACopyThatIsOutdated(t *testing.T) {
	header := traffic.Share{Header: spec.Header{Name: "x-canary", Value: "always"}}
	eachSeed(t, func(t *testing.T, seed uint64, g generator, vs map[string]any) {
		out, err := traffic.Split(vs, shop, header)
		require.NoError(t, err, "seed %d", seed)
		view, err := traffic.Look(out, shop)
		require.NoError(t, err)
		if view.HTTP == 0 {
			return
		}
		change := func(vs map[string]any) {
			for _, r := range items(vs, "spec", "http") {
				if name, _ := at(r, "name").(string); len(name) < len("sluice-") || name[:len("sluice-")] != "sluice-" {
					r.(map[string]any)["timeout"] = "7s"
				}
			}
		}
		edited := jsonCopy(t, out)
		change(edited)
		view, err = traffic.Look(edited, shop)
		require.NoError(t, err)
		assert.Equal(t, "mixed", view.Header)
		want := jsonCopy(t, vs)
		change(want)
		assert.Equal(t, want, traffic.Restore(edited, shop))
	})
}

func jsonCopy(t *testing.T, vs map[string]any) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, json.Unmarshal([]byte(text(t, vs)), &out))
	return out
}

type share struct {
	service, canary, others, total int64
	several                        bool // destinations
}

// shares reads routes as Istio does, in the simplest way: by the host names that the generator uses.
func shares(vs map[string]any) (out []share) {
	near := at(vs, "metadata", "namespace") == "ns"
	for _, section := range []string{"http", "tls", "tcp"} {
		for _, r := range items(vs, "spec", section) {
			dests := items(r, "route")
			if dests == nil {
				continue
			}
			s := share{several: len(dests) > 1}
			for _, d := range dests {
				weight, _ := at(d, "weight").(int64)
				if len(dests) == 1 {
					weight = 100
				}
				s.total += weight
				switch host := at(d, "destination", "host"); {
				case host == "shop" && near, host == "shop.ns", host == "shop.ns.svc", host == "shop.ns.svc.cluster.local":
					s.service += weight
				case host == "shop-canary" && near, host == "shop-canary.ns.svc.cluster.local":
					s.canary += weight
				default:
					s.others += weight
				}
			}
			out = append(out, s)
		}
	}
	return out
}

// The form's table of scales, tried with every combination of the weights at which its cases meet.
func TestEveryScaleIsReadBack(t *testing.T) {
	weights := []int64{-1 /* none */, 0, 1, 2, 50, 98, 99, 100, 101, 9900, 10000, 20000}
	route := func(us []int64, service int) map[string]any {
		var list []any
		for i, u := range us {
			host := "legacy"
			if service&(1<<i) != 0 {
				host = "shop.ns"
			}
			d := map[string]any{"destination": map[string]any{"host": host}}
			if u >= 0 {
				d["weight"] = u
			}
			list = append(list, d)
		}
		return map[string]any{"spec": map[string]any{"tcp": []any{map[string]any{"route": list}}}}
	}
	var tried int
	var try func(us []int64)
	try = func(us []int64) {
		for service := 1; service < 1<<len(us); service++ {
			vs := route(us, service)
			for _, w := range []int{0, 1, 10, 50, 99, 100} {
				out, err := traffic.Split(vs, shop, traffic.Share{Weight: w})
				if err != nil {
					continue // no share, or all of them 0
				}
				tried++
				if got := traffic.Restore(out, shop); !reflect.DeepEqual(vs, got) {
					t.Fatalf("%s at %d is %s and restored %s", text(t, vs), w, text(t, out), text(t, got))
				}
			}
		}
		if len(us) < 3 {
			for _, u := range weights {
				try(append(us[:len(us):len(us)], u))
			}
		}
	}
	try(nil)
	assert.Greater(t, tried, 30_000)
}
