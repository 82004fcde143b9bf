package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// besides is a second VirtualService that leads to the same Service, by the name of another that has no pods of its own, and a third
// that is for a gateway only.
const besides = `
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Service, metadata: {name: store}, spec: {ports: [{name: http, port: 80}]}}
- apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata: {name: store}
  spec:
    hosts: [store]
    http:
    - name: all
      route: [{destination: {host: shop.NAMESPACE.svc.cluster.local, port: {number: 80}}, weight: 100}]
- apiVersion: networking.istio.io/v1
  kind: VirtualService
  metadata: {name: edge}
  spec:
    hosts: [shop.example.com]
    gateways: [istio-system/public]
    http:
    - match: [{uri: {prefix: /shop/}}]
      rewrite: {uri: /}
      route: [{destination: {host: shop}}]
    - route: [{destination: {host: website}}]
`

// besides applies them and returns requests that come by the name of the second.
func (s *stage) besides() *mesh.Load {
	s.Helper()
	s.apply(strings.ReplaceAll(besides, "NAMESPACE", s.namespace))
	require.NoError(s, data.Await(s.ctx, func(t *mesh.Table) bool {
		shares := t.Shares(mesh.Request{Namespace: s.namespace, Host: "store"})
		return len(shares) == 1 && shares[0].Ready > 0
	}))
	load := data.Load(s.ctx, mesh.Target{Namespace: s.namespace, Host: "store"}, 30)
	s.Cleanup(load.Stop)
	return load
}

func TestScenario21_AllVirtualServicesThatLeadToTheServiceAreShiftedAlike(t *testing.T) {
	t.Parallel()
	all := []string{"shop", "store", "edge"}
	s := newStage(t, setup{brake: strategy.BrakeAdmission, virtualService: handwritten, app: cluster.App{Annotations: ungated(map[string]string{
		spec.AnnotationSteps: "10@1s,50@1s,100@1s",
	})}})
	stores := s.besides()
	before := s.specs(all)
	s.annotate()
	users := s.load(30)
	s.push("v2", nil)
	s.promoted(1)
	for _, name := range all {
		assert.Equal(t, []int{10, 50, 100, 0}, s.shifts(name), "VirtualService %s", name)
		assert.Len(t, only(s.deeds(cluster.Controller), virtualServices, name), 4, "writes to VirtualService %s", name)
	}
	users.unharmed()
	s.served(stores)
	assert.Equal(t, before, s.specs(all))

	// The way back is one write for each, too.
	s.push("v3", map[string]string{})
	s.until("all at a weight", func() bool {
		return !slices.ContainsFunc(all, func(name string) bool { return len(s.shifts(name)) < 5 })
	})
	s.command(spec.VerbAbort, s.canary("v3"))
	s.aborted(2)
	for _, name := range all {
		assert.Equal(t, 0, s.shifts(name)[len(s.shifts(name))-1], "VirtualService %s", name)
	}
	assert.Equal(t, before, s.specs(all))
}

func TestScenario21_OnlyTheVirtualServiceAndTheRouteThatAreNamedAreShifted(t *testing.T) {
	t.Parallel()
	for name, c := range map[string]struct {
		annotation string
		// shifted are the routes that are, by VirtualService.
		shifted map[string][]string
		// spared says whether a path of the host shop leads to stable until the promotion.
		spared string
	}{
		"one route of one": {annotation: "shop/api", shifted: map[string][]string{"shop": {"api"}}, spared: "/"},
		"another one":      {annotation: "store", shifted: map[string][]string{"store": {"all"}}, spared: "/api/"},
		"one route and another one": {
			annotation: "shop/default, store", shifted: map[string][]string{"shop": {"default"}, "store": {"all"}}, spared: "/api/",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: ungated(map[string]string{
				spec.AnnotationSteps: "50@2s,100@pause", spec.AnnotationVirtualService: c.annotation,
			})}})
			stores := s.besides()
			before := s.specs([]string{"shop", "store", "edge"})
			s.annotate()
			header := map[string][]string{"X-Tenant": {"blue"}}
			apart := data.Load(s.ctx, mesh.Target{Namespace: s.namespace, Host: "shop", Path: c.spared, Header: header}, 30)
			t.Cleanup(apart.Stop)
			s.push("v2", nil)
			s.until("every weight", func() bool { return slices.Equal(s.sharedOut(c.shifted), []int{50, 100}) })
			s.holds(spec.ReasonApproval)
			assert.Zero(t, apart.Snapshot().Versions["v2"].Requests, "requests by a route that isn't named")
			s.command(spec.VerbApprove, s.canary("v2"))
			s.promoted(1)
			assert.Equal(t, []int{50, 100, 0}, s.sharedOut(c.shifted))
			s.served(stores)
			s.served(apart)
			assert.Equal(t, before, s.specs([]string{"shop", "store", "edge"}))
			for _, vs := range []string{"shop", "store", "edge"} {
				if c.shifted[vs] == nil {
					assert.Empty(t, only(s.deeds(cluster.Controller), virtualServices, vs), "writes to VirtualService %s", vs)
				}
			}
		})
	}
}

// sharedOut are the canary's weights as seen in the routes that are named, one for every change of any of them that ends in agreement;
// no other route may ever change.
func (s *stage) sharedOut(named map[string][]string) []int {
	s.Helper()
	first, now := map[string]*unstructured.Unstructured{}, map[string]int{}
	var weights []int
	for _, e := range s.seen.of(virtualServices, "") {
		name := e.object.GetName()
		if first[name] == nil {
			first[name] = e.object
		}
		before, _, err := unstructured.NestedSlice(first[name].Object, "spec", "http")
		require.NoError(s, err)
		after, _, err := unstructured.NestedSlice(e.object.Object, "spec", "http")
		require.NoError(s, err)
		for i := range before {
			route, _, _ := unstructured.NestedString(before[i].(map[string]any), "name")
			if !slices.Contains(named[name], route) {
				require.Equal(s, before[i], after[i], "route %q of VirtualService %s, which isn't named", route, name)
				continue
			}
			now[name+"/"+route] = s.routeShift(before[i].(map[string]any), after[i].(map[string]any))
		}
		agreed := -1
		for _, w := range now {
			if agreed < 0 || agreed == w {
				agreed = w
			} else {
				agreed = 1000
			}
		}
		if agreed >= 0 && agreed <= 100 && (len(weights) == 0 && agreed > 0 || len(weights) > 0 && weights[len(weights)-1] != agreed) {
			weights = append(weights, agreed)
		}
	}
	return weights
}

// specs are those of VirtualServices, as bytes.
func (s *stage) specs(names []string) map[string]string {
	s.Helper()
	specs := map[string]string{}
	for _, name := range names {
		o := s.raw("/apis/networking.istio.io/v1/namespaces/" + s.namespace + "/virtualservices/" + name)
		assert.NotContains(s, o.Metadata.Annotations, spec.AnnotationRunBy)
		specs[name] = string(o.Spec)
	}
	return specs
}

// served asserts that no request of a load failed.
func (s *stage) served(load *mesh.Load) {
	s.Helper()
	load.Stop()
	got := load.Snapshot()
	assert.Positive(s, got.Served)
	assert.Zero(s, got.FailedByRollout, "%+v", got.Failures)
}
