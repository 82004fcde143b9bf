package conformance_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networking "istio.io/api/networking/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// refused says what Istio's webhook would refuse in an http route, of the fields that Split writes: the rules of validateHTTPRoute and what it
// calls (istio.io/istio, pkg/config/validation/virtualservice.go and validation.go).
func refused(r *networking.HTTPRoute) error {
	for _, match := range r.GetMatch() {
		for name, condition := range match.GetHeaders() {
			if name == "" || condition == nil || (condition.GetExact() == "" && condition.GetPrefix() == "" && condition.GetRegex() == "") {
				return fmt.Errorf("header match %q cannot be empty", name)
			}
		}
	}
	if r.GetMirror() != nil && len(r.GetMirrors()) > 0 {
		return fmt.Errorf("both mirror and mirrors")
	}
	for _, mirror := range r.GetMirrors() {
		if mirror.GetDestination().GetHost() == "" {
			return fmt.Errorf("a mirror without a destination")
		}
		if share := mirror.GetPercentage().GetValue(); share < 0 || share > 100 {
			return fmt.Errorf("a mirror of %v per cent", share)
		}
	}
	if r.GetRedirect() == nil && r.GetDirectResponse() == nil && r.GetDelegate() == nil && len(r.GetRoute()) == 0 {
		return fmt.Errorf("route, redirect or direct_response is required")
	}
	var total int32
	for _, d := range r.GetRoute() {
		if d.GetDestination().GetHost() == "" || d.GetWeight() < 0 {
			return fmt.Errorf("a destination without a host or with a weight of %d", d.GetWeight())
		}
		total += d.GetWeight()
	}
	if len(r.GetRoute()) > 1 && total == 0 {
		return fmt.Errorf("total destination weight = 0")
	}
	return nil
}

func TestIstioAcceptsEveryShare(t *testing.T) {
	for says, text := range map[string]string{
		"a route for all":     `{metadata: {namespace: ns}, spec: {hosts: [shop], http: [{route: [{destination: {host: shop}}]}]}}`,
		"an explicit weight":  `{metadata: {namespace: ns}, spec: {hosts: [shop], http: [{route: [{destination: {host: shop}, weight: 100}]}]}}`,
		"a weight of nothing": `{metadata: {namespace: ns}, spec: {hosts: [shop], http: [{route: [{destination: {host: shop}, weight: 0}]}]}}`,
		"routes of all kinds": `
metadata: {namespace: ns}
spec:
  hosts: [shop]
  http:
  - match: [{uri: {prefix: /old}}]
    redirect: {uri: /new}
  - match: [{uri: {prefix: /a}, ignoreUriCase: true, headers: {x-tenant: {prefix: b}}}, {port: 80, withoutHeaders: {x-bot: {}}}]
    rewrite: {uri: /}
    fault: {delay: {fixedDelay: 1s, percentage: {value: 1}}}
    retries: {attempts: 2}
    headers: {request: {set: {a: b}}}
    mirrors: [{destination: {host: audit}, percentage: {value: 0.5}}]
    route: [{destination: {host: shop, subset: v1}, weight: 33}, {destination: {host: legacy}, weight: 67}]
  - match: [{method: {exact: PUT}}]
    directResponse: {status: 405}
  - name: rest
    route: [{destination: {host: shop}}]`,
		"a delegate":            `{metadata: {namespace: ns}, spec: {http: [{match: [{uri: {prefix: /a}}], route: [{destination: {host: shop}}]}]}}`,
		"of another namespace":  `{metadata: {namespace: edge}, spec: {hosts: [a.com], gateways: [edge], http: [{route: [{destination: {host: shop.ns.svc.cluster.local}}]}]}}`,
		"a delegate from there": `{metadata: {namespace: edge}, spec: {http: [{route: [{destination: {host: shop.ns.svc.cluster.local}}]}]}}`,
	} {
		t.Run(says, func(t *testing.T) {
			for _, weight := range []int{0, 1, 10, 50, 99, 100} {
				for _, mirror := range []int{0, 1, 100} {
					for _, header := range []spec.Header{{}, {Name: "x-canary", Value: "always"}} {
						for _, known := range []bool{false, true} {
							accepted(t, object(t, text), traffic.Share{Weight: weight, Header: header, Mirror: mirror, Known: known})
						}
					}
				}
			}
		})
	}
}

// accepted splits a VirtualService and has Istio's types and rules check what was written, and what is left of it afterwards.
func accepted(t *testing.T, vs map[string]any, share traffic.Share) {
	t.Helper()
	out, err := traffic.Split(vs, shop, share)
	require.NoError(t, err)
	var before, split, after networking.VirtualService
	require.NoError(t, before.UnmarshalJSON([]byte(text(t, vs["spec"]))))
	require.NoError(t, split.UnmarshalJSON([]byte(text(t, out["spec"]))))
	require.NoError(t, after.UnmarshalJSON([]byte(text(t, traffic.Restore(out, shop)["spec"]))))
	assert.Equal(t, text(t, &before), text(t, &after))
	early := 0
	for _, r := range split.GetHttp() {
		require.NoError(t, refused(r), "%+v: %s", share, text(t, r))
		for _, match := range r.GetMatch() {
			if match.GetHeaders()[share.Header.Name].GetExact() == share.Header.Value && share.Header.Value != "" {
				require.Len(t, r.GetRoute(), 1)
				assert.Contains(t, r.GetRoute()[0].GetDestination().GetHost(), "shop-canary")
				early++
			}
		}
	}
	assert.Equal(t, share.Header.Name != "", early > 0)
}
