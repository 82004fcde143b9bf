// Package conformance_test holds what pkg/traffic writes against Istio's own types, which the pure package and its tests do without.
package conformance_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networking "istio.io/api/networking/v1"
	"sigs.k8s.io/yaml"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

var shop = traffic.Target{Namespace: "ns", Service: "shop", Canary: "shop-canary"}

func object(t *testing.T, text string) map[string]any {
	t.Helper()
	var out map[string]any
	require.NoError(t, yaml.UnmarshalStrict([]byte(text), &out))
	return out
}

func text(t *testing.T, v any) string {
	t.Helper()
	out, err := json.Marshal(v)
	require.NoError(t, err)
	return string(out)
}

// Istio's own types accept what is written, field for field: their decoder refuses what it doesn't know.
func TestIstioReadsWhatIsWritten(t *testing.T) {
	vs := object(t, `
metadata: {namespace: ns}
spec:
  hosts: [shop]
  http:
  - match: [{uri: {prefix: /api}}]
    retries: {attempts: 3, perTryTimeout: 2s}
    route:
    - destination: {host: shop, port: {number: 8080}, subset: v1}
      headers: {request: {set: {a: b}}}
    mirrors: [{destination: {host: shop}}]
  tls:
  - match: [{sniHosts: [shop]}]
    route: [{destination: {host: shop}, weight: 80}, {destination: {host: legacy}, weight: 20}]
  tcp:
  - route: [{destination: {host: shop}, weight: 100}]`)
	out, err := traffic.Split(vs, shop, traffic.Share{Weight: 10})
	require.NoError(t, err)
	var spec networking.VirtualService
	require.NoError(t, spec.UnmarshalJSON([]byte(text(t, out["spec"]))))
	assert.Equal(t, []int32{90, 10}, []int32{spec.Http[0].Route[0].Weight, spec.Http[0].Route[1].Weight})
	assert.Equal(t, "shop-canary", spec.Http[0].Route[1].Destination.Host)
	assert.Equal(t, uint32(8080), spec.Http[0].Route[1].Destination.Port.Number)
	assert.Empty(t, spec.Http[0].Route[1].Destination.Subset)
	assert.Equal(t, map[string]string{"a": "b"}, spec.Http[0].Route[1].Headers.Request.Set)
	assert.Equal(t, []int32{8, 72, 20}, []int32{spec.Tls[0].Route[0].Weight, spec.Tls[0].Route[1].Weight, spec.Tls[0].Route[2].Weight})
	assert.Equal(t, []int32{10, 90}, []int32{spec.Tcp[0].Route[0].Weight, spec.Tcp[0].Route[1].Weight})

	var made networking.VirtualService
	require.NoError(t, made.UnmarshalJSON([]byte(text(t, traffic.New(shop, "ours")["spec"]))))
	assert.Equal(t, []string{"shop"}, made.Hosts)

	ours, ok := traffic.MirrorPolicy(object(t, `
spec: {host: shop.ns, trafficPolicy: {tls: {mode: ISTIO_MUTUAL}}, exportTo: ["."], workloadSelector: {matchLabels: {a: b}}}`), shop, "ours")
	require.True(t, ok)
	var rule networking.DestinationRule
	require.NoError(t, rule.UnmarshalJSON([]byte(text(t, ours["spec"]))))
	assert.Equal(t, networking.ClientTLSSettings_ISTIO_MUTUAL, rule.TrafficPolicy.Tls.Mode)
}
