package chart

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "k8s.io/api/networking/v1"
)

func networkPolicy(t *testing.T, values string) *networkingv1.NetworkPolicy {
	t.Helper()
	return as[networkingv1.NetworkPolicy](t, objects(t, values), "NetworkPolicy sluice-controller")
}

func TestWhoMayReachTheController(t *testing.T) {
	t.Parallel()
	p := networkPolicy(t, "")
	assert.Equal(t, []networkingv1.PolicyType{networkingv1.PolicyTypeIngress}, p.Spec.PolicyTypes)
	require.Len(t, p.Spec.Ingress, 1)
	assert.Equal(t, "http", p.Spec.Ingress[0].Ports[0].Port.String())
	assert.Empty(t, p.Spec.Ingress[0].From, "everybody may scrape")

	p = networkPolicy(t, `web: {enabled: true}`)
	require.Len(t, p.Spec.Ingress, 1, "nobody is listed, so nobody reaches the web page")

	p = networkPolicy(t, `{web: {enabled: true}, networkPolicy: {metricsFrom: [{namespaceSelector: {}}], webFrom: [{ipBlock: {cidr: 10.0.0.0/8}}]}}`)
	require.Len(t, p.Spec.Ingress, 2)
	require.Len(t, p.Spec.Ingress[0].From, 2)
	assert.Equal(t, "test", p.Spec.Ingress[0].From[1].PodSelector.MatchLabels["app.kubernetes.io/component"], "helm test is let in")
	assert.Equal(t, "web", p.Spec.Ingress[1].Ports[0].Port.String())
	assert.Equal(t, "10.0.0.0/8", p.Spec.Ingress[1].From[0].IPBlock.CIDR)
	assert.NotContains(t, objects(t, `networkPolicy: {enabled: false}`), "NetworkPolicy sluice-controller")
}

func TestWhomTheControllerMayReach(t *testing.T) {
	t.Parallel()
	ports := func(values string) (all []int) {
		p := networkPolicy(t, values)
		assert.Contains(t, p.Spec.PolicyTypes, networkingv1.PolicyTypeEgress)
		for _, rule := range p.Spec.Egress {
			for _, port := range rule.Ports {
				all = append(all, port.Port.IntValue())
			}
		}
		return all
	}
	const on = `networkPolicy: {egress: {restricted: true}}`
	for says, c := range map[string]struct {
		values string
		want   []int
	}{
		"DNS and the API server":           {on, []int{53, 53, 443, 6443}},
		"Prometheus by its address's port": {"{" + on + `, prometheus: {address: "http://p:9090/x"}}`, []int{53, 53, 443, 6443, 9090}},
		"by the scheme's, http":            {"{" + on + `, prometheus: {address: "http://p"}}`, []int{53, 53, 443, 6443, 80}},
		"by the scheme's, https":           {"{" + on + `, prometheus: {address: "https://p/x:1"}}`, []int{53, 53, 443, 6443, 443}},
		"of an IPv6 address":               {"{" + on + `, prometheus: {address: "http://[2001:db8::1]:9091"}}`, []int{53, 53, 443, 6443, 9091}},
		"of one without a port":            {"{" + on + `, prometheus: {address: "http://[2001:db8::1]"}}`, []int{53, 53, 443, 6443, 80}},
		"the webhook":                      {"{" + on + `, webhook: {url: "http://w:8000/"}}`, []int{53, 53, 443, 6443, 8000}},
		"a secret webhook":                 {"{" + on + `, webhook: {urlSecret: {name: s}}}`, []int{53, 53, 443, 6443, 443}},
		"as one says": {
			`{networkPolicy: {egress: {restricted: true, dns: {ports: [5353]}, apiServer: {ports: [8443]}, prometheus: {ports: [1]}, webhook: {ports: [2]}}},
			  prometheus: {address: "http://p"}, webhook: {url: "http://w/"}}`,
			[]int{5353, 5353, 8443, 1, 2},
		},
	} {
		assert.Equal(t, c.want, ports(c.values), says)
	}
}
