package traffic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// legacy is another Service that the same VirtualService may lead to, with a run of its own.
var legacy = traffic.Target{Namespace: "ns", Service: "legacy", Canary: "legacy-canary"}

// Whatever one Service's run has written, to another it is the user's: seen as nothing of its own, and left as it is.
func TestOneServicesCanaryIsNotAnothers(t *testing.T) {
	both := 0
	eachSeed(t, func(t *testing.T, seed uint64, g generator, vs map[string]any) {
		out, err := traffic.Split(vs, shop, g.share())
		require.NoError(t, err, "seed %d", seed)
		assert.Equal(t, out, traffic.Restore(out, legacy))
		before, err := traffic.Look(vs, legacy)
		require.NoError(t, err)
		view, err := traffic.Look(out, legacy)
		require.NoError(t, err)
		assert.Equal(t, before, view)

		share := g.share()
		then, err := traffic.Split(out, legacy, share)
		if err != nil {
			require.ErrorIs(t, err, traffic.ErrNoRoute)
			return
		}
		both++
		view, err = traffic.Look(then, legacy)
		require.NoError(t, err)
		if view.HTTP > 0 {
			assert.Equal(t, share.Header.String(), view.Header)
			assert.Equal(t, share.Mirror, view.Mirror)
			assert.Equal(t, share.Known && !view.Delegate, view.Known)
		}
		if share.Mirror == 0 { // a mirror is a field of the route that the first one's copy doesn't have
			first, err := traffic.Look(out, shop)
			require.NoError(t, err)
			view, err = traffic.Look(then, shop)
			require.NoError(t, err)
			assert.Equal(t, first.Header, view.Header)
			assert.Equal(t, first.Known, view.Known)
		}
		again, err := traffic.Split(then, legacy, share)
		require.NoError(t, err)
		assert.Equal(t, then, again)
		assert.Equal(t, out, traffic.Restore(then, legacy))
		assert.Equal(t, vs, traffic.Restore(traffic.Restore(then, legacy), shop))
	})
	assert.Greater(t, both, 100, "VirtualServices that lead to both")
}

// A user may take the Service out of the routes in the middle of a run. What is left of the canary is still found, and goes.
func TestWhatIsLeftOfACanaryIsFoundAndRestored(t *testing.T) {
	for says, c := range map[string]struct {
		share traffic.Share
		drop  func(vs map[string]any) // takes the Service's destinations out
	}{
		"a copy for the header": {
			traffic.Share{Header: spec.Header{Name: "x-canary", Value: "always"}},
			func(vs map[string]any) { fields(vs, "spec")["http"] = items(vs, "spec", "http")[:1] },
		},
		"the route that keeps both hosts known": {
			traffic.Share{Known: true},
			func(vs map[string]any) { fields(vs, "spec")["http"] = items(vs, "spec", "http")[:1] },
		},
		"a mirror": {
			traffic.Share{Mirror: 10},
			func(vs map[string]any) {
				fields(vs, "spec", "http", 0)["route"] = []any{map[string]any{"destination": map[string]any{"host": "new"}}}
			},
		},
	} {
		t.Run(says, func(t *testing.T) {
			split, err := traffic.Split(object(t, `
metadata: {namespace: ns}
spec: {hosts: [shop.example.com], gateways: [edge], http: [{timeout: 5s, route: [{destination: {host: shop}}]}]}`), shop, c.share)
			require.NoError(t, err)
			left := jsonCopy(t, split)
			c.drop(left)
			assert.True(t, traffic.Leads(left, shop))
			assert.False(t, traffic.Leads(left, legacy))
			view, err := traffic.Look(left, shop)
			require.NoError(t, err)
			assert.True(t, view.Split)
			restored := traffic.Restore(left, shop)
			assert.NotContains(t, text(t, restored), "shop-canary")
			assert.NotContains(t, text(t, restored), "sluice")
			assert.False(t, traffic.Leads(restored, shop))
		})
	}
}
