package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/sluice-dev/sluice/test/cluster"
)

const outlierPolicy = `
apiVersion: networking.istio.io/v1
kind: DestinationRule
metadata: {name: shop-policy}
spec:
  host: shop
  trafficPolicy:
    connectionPool: {http: {maxRetries: 7}}
    outlierDetection: {consecutive5xxErrors: 9}
`

// TestPolicy_ADestinationRuleForTheServiceCoversTheCanaryDuringARun: one for exactly the Service's host says nothing of another host.
func TestPolicy_ADestinationRuleForTheServiceCoversTheCanaryDuringARun(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{app: cluster.App{VirtualService: true, Annotations: ungated(nil)}})
	s.apply(outlierPolicy)
	s.annotate()
	s.push("v2", nil)
	s.untilWeight(10)

	rules := plane.Dynamic().Resource(schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "destinationrules"}).
		Namespace(s.namespace)
	ours, err := rules.Get(s.ctx, "shop-canary", metav1.GetOptions{})
	require.NoError(t, err, "it is there before the first weight")
	host, _, _ := unstructured.NestedString(ours.Object, "spec", "host")
	assert.Equal(t, "shop-canary."+s.namespace+".svc.cluster.local", host)
	theirs, err := rules.Get(s.ctx, "shop-policy", metav1.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, trafficPolicy(theirs), trafficPolicy(ours))

	s.promoted(1)
	require.NoError(t, cluster.WaitGone[istiov1.DestinationRule](s.ctx, plane, s.namespace, "shop-canary"))
	after, err := rules.Get(s.ctx, "shop-policy", metav1.GetOptions{})
	require.NoError(t, err)
	assert.Equal(t, theirs.GetResourceVersion(), after.GetResourceVersion(), "the user's own was never written")
}

func trafficPolicy(rule *unstructured.Unstructured) map[string]any {
	policy, _, _ := unstructured.NestedMap(rule.Object, "spec", "trafficPolicy")
	return policy
}
