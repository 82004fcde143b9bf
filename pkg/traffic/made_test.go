package traffic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

func TestNew(t *testing.T) {
	made := traffic.New(shop, "shop-sluice")
	assert.Equal(t, object(t, `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop-sluice, namespace: ns}
spec:
  hosts: [shop]
  http:
  - route:
    - destination: {host: shop}
`), made)
	view, err := traffic.Look(made, shop)
	require.NoError(t, err)
	assert.Equal(t, traffic.View{Routes: 1, HTTP: 1, Governs: true}, view)
}

func TestMirrorPolicy(t *testing.T) {
	for says, c := range map[string]struct{ theirs, ours string }{
		"all but the subsets": {
			`{metadata: {name: shop, namespace: ns, labels: {a: b}}, spec: {host: shop, exportTo: ["."], workloadSelector: {matchLabels: {c: d}},
			  trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, new: [1]}, subsets: [{name: v1, labels: {version: v1}}], unknown: 1}}`,
			`{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: ours, namespace: ns}, spec: {host: shop-canary.ns.svc.cluster.local,
			  exportTo: ["."], workloadSelector: {matchLabels: {c: d}}, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}, new: [1]}}}`,
		},
		"from another namespace, in full": {
			`{metadata: {namespace: edge}, spec: {host: shop.ns.svc.cluster.local, trafficPolicy: {a: 1}}}`,
			`{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: ours, namespace: edge}, spec: {host: shop-canary.ns.svc.cluster.local, trafficPolicy: {a: 1}}}`,
		},
		"without a namespace": {
			`{spec: {host: shop.ns.svc, trafficPolicy: {a: 1}}}`,
			`{apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: ours}, spec: {host: shop-canary.ns.svc.cluster.local, trafficPolicy: {a: 1}}}`,
		},
		"the short name in another namespace": {`{metadata: {namespace: edge}, spec: {host: shop, trafficPolicy: {a: 1}}}`, ``},
		"a wildcard covers both":              {`{metadata: {namespace: ns}, spec: {host: "*.ns.svc.cluster.local", trafficPolicy: {a: 1}}}`, ``},
		"subsets only":                        {`{metadata: {namespace: ns}, spec: {host: shop, subsets: [{name: v1, trafficPolicy: {a: 1}}]}}`, ``},
		"an empty policy":                     {`{metadata: {namespace: ns}, spec: {host: shop, trafficPolicy: {}}}`, ``},
		"nothing readable":                    {`{metadata: [], spec: {host: [shop], trafficPolicy: 3}}`, ``},
		"nothing":                             {`{}`, ``},
	} {
		t.Run(says, func(t *testing.T) {
			theirs := object(t, c.theirs)
			ours, ok := traffic.MirrorPolicy(theirs, shop, "ours")
			require.Equal(t, c.ours != "", ok)
			if ok {
				assert.Equal(t, object(t, c.ours), ours)
				spoil(ours)
			}
			assert.Equal(t, object(t, c.theirs), theirs, "input changed")
		})
	}
	_, ok := traffic.MirrorPolicy(object(t, `{spec: {host: shop.ns, trafficPolicy: {a: 1}}}`), traffic.Target{Namespace: "ns", Service: "shop"}, "ours")
	assert.False(t, ok, "a target without a canary")
}

func TestPin(t *testing.T) {
	selector := map[string]string{"app": "shop"}
	pinned := traffic.Pin(selector, "abc")
	assert.Equal(t, map[string]string{"app": "shop", "pod-template-hash": "abc"}, pinned)
	assert.Equal(t, map[string]string{"app": "shop", "pod-template-hash": "def"}, traffic.Pin(pinned, "def"), "re-pointed")
	assert.Equal(t, selector, traffic.Unpin(pinned))
	assert.Equal(t, selector, traffic.Unpin(selector), "not pinned")
	assert.Equal(t, "abc", traffic.PinnedTo(pinned))
	assert.Empty(t, traffic.PinnedTo(selector))
	assert.Empty(t, traffic.PinnedTo(nil))
	assert.Nil(t, traffic.Unpin(nil))
	assert.Equal(t, map[string]string{"pod-template-hash": "abc"}, traffic.Pin(nil, "abc"))
	assert.Equal(t, map[string]string{"app": "shop"}, selector, "input changed")
}
