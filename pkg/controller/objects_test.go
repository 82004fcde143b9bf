package controller

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

func parsed(t *testing.T, text string) *unstructured.Unstructured {
	t.Helper()
	u := &unstructured.Unstructured{}
	body, err := yaml.YAMLToJSON([]byte(text))
	require.NoError(t, err)
	require.NoError(t, u.UnmarshalJSON(body))
	return u
}

func TestEndpointSliceCountsReadyPodsByReplicaSet(t *testing.T) {
	t.Parallel()
	slice, err := asEndpointSlice(parsed(t, `
apiVersion: discovery.k8s.io/v1
kind: EndpointSlice
metadata: {namespace: ns, name: shop-1, labels: {kubernetes.io/service-name: shop}}
addressType: IPv4
endpoints:
  - {addresses: [10.0.0.1], conditions: {ready: true}, targetRef: {kind: Pod, name: my-shop-abc-x1y2z}}
  - {addresses: [10.0.0.2], targetRef: {kind: Pod, name: my-shop-abc-aaaaa}}
  - {addresses: [10.0.0.3], conditions: {ready: false, serving: true, terminating: true}, targetRef: {kind: Pod, name: my-shop-abc-bbbbb}}
  - {addresses: [10.0.0.4], conditions: {ready: true}, targetRef: {kind: Pod, name: my-shop-def-ccccc}}
  - {addresses: [10.0.0.5], conditions: {ready: true}}
`))
	require.NoError(t, err)
	assert.Equal(t, "shop", slice.service)
	assert.Equal(t, map[string]int{"my-shop-abc": 2, "my-shop-def": 1}, slice.ready, "unknown readiness counts as ready, as for kube-proxy")
}

func TestVirtualServiceKnowsItsHostsAndItsLastForeignManager(t *testing.T) {
	t.Parallel()
	vs, err := asVirtualService(parsed(t, `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  namespace: ns
  name: shop
  managedFields:
    - {manager: kubectl, operation: Update, time: "2026-01-01T00:00:00Z"}
    - {manager: argocd-controller, operation: Apply, time: "2026-01-02T00:00:00Z"}
    - {manager: sluice, operation: Update, time: "2026-01-03T00:00:00Z"}
spec:
  hosts: [shop, "*.example.com"]
  http:
    - mirror: {host: audit}
      route: [{destination: {host: shop.ns.svc.cluster.local}}]
  tcp:
    - route: [{destination: {host: shop-canary}}]
`))
	require.NoError(t, err)
	assert.Equal(t, "argocd-controller", vs.manager)
	assert.Equal(t, []string{"*", "audit", "shop", "shop-canary"}, vs.hosts)
}

func TestDeploymentIsReadAsTheServerSentIt(t *testing.T) {
	t.Parallel()
	text := `
apiVersion: apps/v1
kind: Deployment
metadata: {namespace: ns, name: shop, annotations: {sluice.dev/strategy: canary, other: annotation}}
spec:
  replicas: 5
  paused: true
  minReadySeconds: 3
  progressDeadlineSeconds: 60
  strategy: {rollingUpdate: {maxSurge: 25%}}
  selector: {matchLabels: {app: shop}}
  template: {metadata: {labels: {app: shop}}, spec: {later: field, containers: []}}
`
	d, err := asDeployment(parsed(t, text))
	require.NoError(t, err)
	assert.Equal(t, "field", d.template["spec"].(map[string]any)["later"], "a field that no type here knows")
	assert.True(t, d.numbers.paused)
	assert.Equal(t, 5, d.numbers.replicas)
	assert.Equal(t, 2, d.numbers.maxSurge, "a quarter of five, rounded up")
	assert.NotContains(t, d.Annotations, "other", "what isn't looked at isn't kept")

	plain := parsed(t, text)
	plain.SetAnnotations(nil)
	d, err = asDeployment(plain)
	require.NoError(t, err)
	assert.Nil(t, d.template, "the template of a Deployment that isn't annotated isn't kept")
	assert.NotEmpty(t, d.fingerprint)
}
