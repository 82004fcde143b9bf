package controller

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	"go.uber.org/zap"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// routed is a controller of the namespaces ns and other that may edit the VirtualServices of infra as well. Its informers don't run; the
// server and the caches have the given VirtualServices, and the caches Deployment shop of namespace ns.
func routed(t *testing.T, texts ...string) (*Controller, *pass, *fake.FakeDynamicClient) {
	t.Helper()
	var there []runtime.Object
	for _, text := range texts {
		there = append(there, parsed(t, text))
	}
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(),
		map[schema.GroupVersionResource]string{kindVirtualService().GroupVersionResource: "VirtualServiceList"}, there...)
	c, err := New(Options{
		Client: client, Log: zap.NewNop(), Registerer: prometheus.NewPedanticRegistry(), Mesh: true,
		Namespaces: []string{"ns", "other"}, RouteNamespaces: []string{"infra"},
	})
	require.NoError(t, err)
	d, err := asDeployment(parsed(t, annotatedShop))
	require.NoError(t, err)
	c.caches.deployments.arrives(t, d)
	for _, text := range texts {
		vs, err := asVirtualService(parsed(t, text))
		require.NoError(t, err)
		c.caches.virtualServices.arrives(t, vs)
	}
	c.synced.Store(true)
	return c, &pass{Controller: c, key: strategy.Key{Namespace: "ns", Name: "shop"}, d: d, versions: map[string]string{}}, client
}

// route is a VirtualService in namespace/name that leads to Service shop of namespace ns, with the mark if there is one.
func route(namespace, name, mark string) string {
	annotations := ""
	if mark != "" {
		annotations = `, annotations: {sluice.dev/run-by: ` + mark + `}`
	}
	return `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {namespace: ` + namespace + `, name: ` + name + `, uid: ` + namespace + name + `, resourceVersion: "7"` +
		annotations + `}, spec: {hosts: [shop.ns.svc.cluster.local], http: [{route: [{destination: {host: shop.ns.svc.cluster.local}}]}]}}`
}

func TestWhoseRunARouteIsIn(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct{ namespace, mark, runBy string }{
		"nobody's":                                  {"ns", "", ""},
		"ours":                                      {"ns", "shop", "shop"},
		"another's of our namespace":                {"ns", "cart", "cart"},
		"ours, in another namespace":                {"infra", "ns/shop", "shop"},
		"our namesake's of that namespace":          {"infra", "shop", "infra/shop"},
		"our namesake's of a third namespace":       {"infra", "other/shop", "other/shop"},
		"our namesake's of another, in ours":        {"ns", "other/shop", "other/shop"},
		"ours, with the namespace though it's ours": {"ns", "ns/shop", "shop"},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			vs, err := asVirtualService(parsed(t, route(c.namespace, "routes", c.mark)))
			require.NoError(t, err)
			assert.Equal(t, c.runBy, runBy(vs, strategy.Key{Namespace: "ns", Name: "shop"}))
		})
	}
}

func TestRoutesAreObservedWhereverTheyAre(t *testing.T) {
	t.Parallel()
	root := `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {namespace: ns, name: root, uid: root}, spec: {hosts: [shop], http: [
	  {delegate: {name: routes, namespace: infra}}, {delegate: {name: gone}}, {delegate: {name: unseen, namespace: elsewhere}}]}}`
	c, _, _ := routed(t, route("infra", "routes", ""), route("ns", "near", "shop"), route("other", "far", ""), root)
	services := []strategy.Service{{Name: "shop"}, {Name: "shop-canary", Managed: true}}
	observed := c.observedRoutes(strategy.Key{Namespace: "ns", Name: "shop"}, spec.Spec{}, services, time.Unix(1_700_000_000, 0))
	var seen []strategy.Route
	for _, r := range observed {
		seen = append(seen, strategy.Route{Key: r.Key, RunBy: r.RunBy, Listed: r.Listed, Missing: r.Missing})
	}
	assert.Equal(t, []strategy.Route{
		{Key: strategy.Key{Namespace: "infra", Name: "routes"}, Listed: true},
		{Key: strategy.Key{Namespace: "ns", Name: "near"}, RunBy: "shop", Listed: true},
		{Key: strategy.Key{Namespace: "ns", Name: "root"}, Listed: true, Missing: []string{"ns/gone"}},
		{Key: strategy.Key{Namespace: "other", Name: "far"}},
	}, seen)
}

func TestARouteOfAnotherNamespaceIsWrittenThereWithAMarkInFull(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct{ namespace, mark string }{"there": {"infra", "ns/shop"}, "here": {"ns", "shop"}} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			before := route(c.namespace, "routes", "")
			_, p, client := routed(t, before)
			stored := func() map[string]any {
				u, err := client.Resource(kindVirtualService().GroupVersionResource).Namespace(c.namespace).Get(t.Context(), "routes", metav1.GetOptions{})
				require.NoError(t, err)
				return u.Object
			}
			key := strategy.Key{Namespace: c.namespace, Name: "routes"}
			target := traffic.Target{Namespace: "ns", Service: "shop", Canary: "shop-canary"}
			share := traffic.Share{Weight: 10, Header: spec.Header{Name: "x-canary", Value: "a"}, Known: true}
			require.NoError(t, p.setWeight(t.Context(), strategy.SetWeight{Route: key, ResourceVersion: "7", Target: target, Share: share}))
			written := stored()
			metadata, _ := written["metadata"].(map[string]any)
			assert.Equal(t, map[string]any{"sluice.dev/run-by": c.mark}, metadata["annotations"])
			view, err := traffic.Look(written, target)
			require.NoError(t, err)
			assert.Equal(t, "x-canary=a", view.Header)
			assert.Equal(t, 10, view.Weight)

			require.NoError(t, p.restoreRoute(t.Context(), strategy.RestoreRoute{Route: key, ResourceVersion: "7", Target: target}))
			assert.Equal(t, parsed(t, before).Object, stored())
		})
	}
}

func TestWhomAChangeOfARouteConcerns(t *testing.T) {
	t.Parallel()
	for says, c := range map[string]struct {
		changed string
		others  []string
		named   string // by Deployment shop
		want    []string
	}{
		"the Deployments of its namespace":               {changed: route("ns", "any", ""), want: []string{"ns/shop"}},
		"none of another namespace":                      {changed: route("infra", "any", ""), want: []string{}},
		"one of another namespace that names it":         {changed: route("infra", "routes", ""), named: "infra/routes", want: []string{"ns/shop"}},
		"one whose mark it has":                          {changed: route("infra", "any", "ns/shop"), want: []string{"ns/shop"}},
		"one of its own namespace, gone since":           {changed: route("infra", "any", "cart"), want: []string{"infra/cart"}},
		"those that name what delegates to it":           {changed: route("infra", "leaf", ""), others: []string{delegating("infra", "routes")}, named: "infra/routes", want: []string{"ns/shop"}},
		"those in whose namespace is what delegates":     {changed: route("infra", "leaf", ""), others: []string{delegating("ns", "root")}, want: []string{"ns/shop"}},
		"nobody by what delegates to its namesake":       {changed: route("other", "leaf", ""), others: []string{delegating("ns", "root")}, want: []string{}},
		"one, once, by its own and by what delegates it": {changed: route("ns", "leaf", "shop"), others: []string{delegating("ns", "root")}, want: []string{"ns/shop"}},
	} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			controller, p, _ := routed(t, c.others...)
			if c.named != "" {
				p.d.Annotations[spec.AnnotationVirtualService] = c.named
			}
			vs, err := asVirtualService(parsed(t, c.changed))
			require.NoError(t, err)
			controller.virtualServiceChanged(vs)
			assert.Equal(t, c.want, queued(controller))
		})
	}
}

// delegating is a VirtualService that delegates to infra/leaf.
func delegating(namespace, name string) string {
	return `{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {namespace: ` + namespace + `, name: ` + name + `, uid: ` + namespace + name +
		`}, spec: {hosts: [a.com], http: [{delegate: {namespace: infra, name: leaf}}]}}`
}

func TestRouteNamespacesAreWatchedBesideTheOthers(t *testing.T) {
	t.Parallel()
	assert.Nil(t, (&Options{RouteNamespaces: []string{"infra"}}).routeNamespaces(), "all are")
	assert.Equal(t, []string{"a", "b", "infra"}, (&Options{Namespaces: []string{"b", "a"}, RouteNamespaces: []string{"infra", "a"}}).routeNamespaces())
	c, _, _ := routed(t)
	assert.Len(t, c.caches.virtualServices.informers, 3)
	assert.Len(t, c.caches.rules.informers, 2, "and of those only VirtualServices")
}
