package mesh

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
)

// toShop routes all of a host to a destination in the rule's namespace.
func toShop(t *testing.T, namespace, name string, age time.Duration, host, destination string) *networkingv1.VirtualService {
	t.Helper()
	return virtualService(t, namespace, name, age,
		`spec: {hosts: [`+host+`], http: [{route: [{destination: {host: `+destination+`}}]}]}`)
}

func TestRouteToEndpoint(t *testing.T) {
	const full = "shop.prod.svc.cluster.local"
	young, old := time.Minute, time.Hour
	prod := func(host, path string) Request { return Request{Namespace: "prod", Host: host, Path: path} }
	for sentence, test := range map[string]struct {
		rules   []*networkingv1.VirtualService
		request Request
		service string // that is chosen, namespace/name
		port    int32  // that is dialled
	}{
		"no VirtualService: the Service itself": {
			nil, prod("shop", "/"), "prod/shop", 8080,
		},
		"a Service of another namespace": {
			nil, prod("shop.dev", "/"), "dev/shop", 8080,
		},
		"the port that was called": {
			nil, prod("web:9090", "/"), "prod/web", 9091,
		},
		"a rule for the short name": {
			[]*networkingv1.VirtualService{toShop(t, "prod", "a", old, "shop", "shop-canary")},
			prod("shop", "/"), "prod/shop-canary", 8080,
		},
		"a rule for the full name": {
			[]*networkingv1.VirtualService{toShop(t, "prod", "a", old, full, "shop-canary")},
			prod("shop", "/"), "prod/shop-canary", 8080,
		},
		"a rule for the literal name that was called": {
			[]*networkingv1.VirtualService{toShop(t, "prod", "a", old, "shop.prod", "shop-canary")},
			prod("shop.prod", "/"), "prod/shop-canary", 8080,
		},
		"a rule for a literal name that is another way to call it": {
			[]*networkingv1.VirtualService{toShop(t, "prod", "a", old, "shop.prod", "shop-canary")},
			prod("shop", "/"), "prod/shop", 8080,
		},
		"a rule whose short name is of another namespace": {
			[]*networkingv1.VirtualService{toShop(t, "dev", "a", old, "shop", "shop-canary")},
			prod("shop", "/"), "prod/shop", 8080,
		},
		"a rule in another namespace by full names": {
			[]*networkingv1.VirtualService{toShop(t, "dev", "a", old, full, "shop-canary.prod.svc.cluster.local")},
			prod("shop", "/"), "prod/shop-canary", 8080,
		},
		"of two rules the older": {
			[]*networkingv1.VirtualService{
				toShop(t, "prod", "a", young, "shop", "web"), toShop(t, "prod", "b", old, "shop", "shop-canary"),
			},
			prod("shop", "/"), "prod/shop-canary", 8080,
		},
		"of two rules of one age the first by name": {
			[]*networkingv1.VirtualService{
				toShop(t, "prod", "b", old, "shop", "web"), toShop(t, "prod", "a", old, "shop", "shop-canary"),
			},
			prod("shop", "/"), "prod/shop-canary", 8080,
		},
		"a wildcard": {
			[]*networkingv1.VirtualService{toShop(t, "prod", "a", old, `"*.prod.svc.cluster.local"`, "shop-canary")},
			prod("shop", "/"), "prod/shop-canary", 8080,
		},
		"a wildcard gives way to the name": {
			[]*networkingv1.VirtualService{
				toShop(t, "prod", "a", old, `"*.prod.svc.cluster.local"`, "web"), toShop(t, "prod", "b", young, "shop", "shop-canary"),
			},
			prod("shop", "/"), "prod/shop-canary", 8080,
		},
		"a rule for a gateway only": {
			[]*networkingv1.VirtualService{virtualService(t, "prod", "a", old,
				`spec: {hosts: [shop], gateways: [edge], http: [{route: [{destination: {host: web}}]}]}`)},
			prod("shop", "/"), "prod/shop", 8080,
		},
		"a rule kept to its own namespace, called from another": {
			[]*networkingv1.VirtualService{virtualService(t, "dev", "a", old,
				`spec: {hosts: [`+full+`], exportTo: ["."], http: [{route: [{destination: {host: shop}}]}]}`)},
			prod("shop", "/"), "prod/shop", 8080,
		},
		"a rule exported to the caller's namespace": {
			[]*networkingv1.VirtualService{virtualService(t, "dev", "a", old,
				`spec: {hosts: [`+full+`], exportTo: [prod], http: [{route: [{destination: {host: shop}}]}]}`)},
			prod("shop", "/"), "dev/shop", 8080,
		},
		"the first route that matches": {
			[]*networkingv1.VirtualService{virtualService(t, "prod", "a", old, `
spec:
  hosts: [shop]
  http:
  - {match: [{uri: {prefix: /admin}}], route: [{destination: {host: web}}]}
  - {match: [{uri: {prefix: /cart}}], route: [{destination: {host: shop-canary}}]}
  - {route: [{destination: {host: shop}}]}`)},
			prod("shop", "/cart/1"), "prod/shop-canary", 8080,
		},
		"a destination with a port": {
			[]*networkingv1.VirtualService{virtualService(t, "prod", "a", old,
				`spec: {hosts: [shop], http: [{route: [{destination: {host: web, port: {number: 9090}}}]}]}`)},
			prod("shop", "/"), "prod/web", 9091,
		},
		"a destination with one port, called by another": {
			[]*networkingv1.VirtualService{toShop(t, "prod", "a", old, "web", "shop")},
			prod("web:9090", "/"), "prod/shop", 8080,
		},
		"tls and tcp routes are nothing to http": {
			[]*networkingv1.VirtualService{virtualService(t, "prod", "a", old, `
spec:
  hosts: [shop]
  tls: [{match: [{port: 443, sniHosts: [shop]}], route: [{destination: {host: web}}]}]
  tcp: [{route: [{destination: {host: web}}]}]`)},
			prod("shop", "/"), "prod/shop", 8080,
		},
		"a delegate's routes, for what its root matches": {
			[]*networkingv1.VirtualService{
				virtualService(t, "prod", "root", old, `
spec:
  hosts: [shop]
  http:
  - {match: [{uri: {prefix: /cart}}], delegate: {name: team}}
  - {route: [{destination: {host: shop}}]}`),
				virtualService(t, "prod", "team", young, `
spec:
  http:
  - {match: [{headers: {x-new: {}}}], route: [{destination: {host: web}}]}
  - {route: [{destination: {host: shop-canary}}]}`),
			},
			prod("shop", "/cart"), "prod/shop-canary", 8080,
		},
		"a delegate's routes, for what its root doesn't match": {
			[]*networkingv1.VirtualService{
				virtualService(t, "prod", "root", old, `
spec:
  hosts: [shop]
  http:
  - {match: [{uri: {prefix: /cart}}], delegate: {name: team}}
  - {route: [{destination: {host: shop}}]}`),
				virtualService(t, "prod", "team", young, `spec: {http: [{route: [{destination: {host: shop-canary}}]}]}`),
			},
			prod("shop", "/"), "prod/shop", 8080,
		},
		"a delegate that isn't there": {
			[]*networkingv1.VirtualService{virtualService(t, "prod", "root", old,
				`spec: {hosts: [shop], http: [{delegate: {name: team}}]}`)},
			prod("shop", "/"), "prod/shop", 8080,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			for _, order := range []string{"as listed", "reversed"} {
				rules := slices.Clone(test.rules)
				if order == "reversed" {
					slices.Reverse(rules)
				}
				d := NewTable(shopObjects(rules...)).Route(test.request, first)
				require.Zero(t, d.Status, "%s: %s", order, d.Reason)
				assert.Equal(t, test.service, d.Namespace+"/"+d.Service, order)
				assert.Equal(t, test.port, d.Endpoint.Port, order)
			}
		})
	}
}

func TestRouteAnsweredByTheProxy(t *testing.T) {
	for sentence, test := range map[string]struct {
		rule   string
		host   string
		status int
		flag   Flag
	}{
		"a host that is no Service":      {``, "nowhere", 503, FlagNoCluster},
		"a port that the Service hasn't": {``, "shop:81", 503, FlagNoCluster},
		"a Service without ready pods":   {``, "nobody", 503, FlagNoHealthyUpstream},
		"a destination that is none":     {`http: [{route: [{destination: {host: nowhere}}]}]`, "shop", 503, FlagNoCluster},
		"a destination with half a name": {`http: [{route: [{destination: {host: shop.prod}}]}]`, "shop", 503, FlagNoCluster},
		"a destination without the port": {`http: [{route: [{destination: {host: web, port: {number: 1}}}]}]`, "shop", 503, FlagNoCluster},
		"a destination's subset":         {`http: [{route: [{destination: {host: shop, subset: v1}}]}]`, "shop", 503, FlagNoCluster},
		"a destination without pods":     {`http: [{route: [{destination: {host: nobody}}]}]`, "shop", 503, FlagNoHealthyUpstream},
		"no route for the request":       {`http: [{match: [{uri: {exact: /x}}], route: [{destination: {host: shop}}]}]`, "shop", 404, FlagNoRoute},
		"weights that are all zero":      {`http: [{route: [{destination: {host: shop}}, {destination: {host: web}}]}]`, "shop", 503, FlagNoCluster},
		"a response written in the rule": {`http: [{directResponse: {status: 418}}]`, "shop", 418, ""},
		"a redirect":                     {`http: [{redirect: {uri: /x}}]`, "shop", 301, ""},
		"a redirect with a code":         {`http: [{redirect: {uri: /x, redirectCode: 307}}]`, "shop", 307, ""},
		"a destination's short name in another namespace's rule stays there": {
			`http: [{route: [{destination: {host: web}}]}]`, "shop.dev", 503, FlagNoCluster,
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			objects := shopObjects()
			if test.rule != "" {
				objects = shopObjects(
					virtualService(t, "prod", "a", time.Hour, "spec: {hosts: [shop], "+test.rule+"}"),
					virtualService(t, "dev", "a", time.Hour, "spec: {hosts: [shop], "+test.rule+"}"))
			}
			d := NewTable(objects).Route(Request{Namespace: "prod", Host: test.host, Path: "/"}, first)
			assert.Equal(t, test.status, d.Status)
			assert.Equal(t, test.flag, d.Flag)
			assert.NotEmpty(t, d.Reason)
		})
	}
}

func TestRouteWeights(t *testing.T) {
	for sentence, test := range map[string]struct {
		destinations string
		want         map[string]int // of as many draws as the weights add up to
	}{
		"90 to 10": {
			`[{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 10}]`,
			map[string]int{"shop": 90, "shop-canary": 10},
		},
		"weights are relative": {
			`[{destination: {host: shop}, weight: 1}, {destination: {host: shop-canary}, weight: 3}]`,
			map[string]int{"shop": 1, "shop-canary": 3},
		},
		"no weight gets nothing": {
			`[{destination: {host: shop}}, {destination: {host: shop-canary}, weight: 100}]`,
			map[string]int{"shop-canary": 100},
		},
		"three destinations": {
			`[{destination: {host: shop}, weight: 5}, {destination: {host: web}, weight: 0}, {destination: {host: shop-canary}, weight: 2}]`,
			map[string]int{"shop": 5, "shop-canary": 2},
		},
	} {
		t.Run(sentence, func(t *testing.T) {
			table := NewTable(shopObjects(virtualService(t, "prod", "a", 0, `spec: {hosts: [shop], http: [{route: `+test.destinations+`}]}`)))
			got := map[string]int{}
			for draws, total := 0, 1; draws < total; draws++ {
				d := table.Route(Request{Namespace: "prod", Host: "shop", Path: "/"}, func(n int) int {
					total = max(total, n) // the endpoints' draw is of 1
					return draws % n
				})
				got[d.Service]++
			}
			assert.Equal(t, test.want, got)
		})
	}
}

func TestRouteTimeout(t *testing.T) {
	table := NewTable(shopObjects(virtualService(t, "prod", "a", 0,
		`spec: {hosts: [shop], http: [{timeout: 1.5s, route: [{destination: {host: shop}}]}]}`)))
	assert.Equal(t, 1500*time.Millisecond, table.Route(Request{Namespace: "prod", Host: "shop", Path: "/"}, first).Timeout)
	assert.Zero(t, table.Route(Request{Namespace: "prod", Host: "web", Path: "/"}, first).Timeout)
}

func TestRouteDirectKnowsNoVirtualService(t *testing.T) {
	table := NewTable(shopObjects(toShop(t, "prod", "a", 0, "shop", "shop-canary")))
	assert.Equal(t, "shop", table.RouteDirect(Request{Namespace: "prod", Host: "shop", Path: "/"}, first).Service)
}

func TestShares(t *testing.T) {
	table := NewTable(shopObjects(
		virtualService(t, "prod", "a", 0, `
spec:
  hosts: [shop]
  http:
  - {match: [{uri: {prefix: /admin}}], directResponse: {status: 403}}
  - route: [{destination: {host: shop}, weight: 90}, {destination: {host: shop-canary}, weight: 10}]`),
		toShop(t, "prod", "b", 0, "web", "nobody")))
	shares := table.Shares(Request{Namespace: "prod", Host: "shop", Path: "/"})
	assert.Equal(t, "shop.prod.svc.cluster.local 90 (1 ready), shop-canary.prod.svc.cluster.local 10 (1 ready)", shares.String())
	assert.EqualValues(t, 10, shares.Weight("shop-canary.prod.svc.cluster.local"))
	assert.Zero(t, shares.Weight("web.prod.svc.cluster.local"))
	assert.Empty(t, table.Shares(Request{Namespace: "prod", Host: "shop", Path: "/admin"}))
	assert.Equal(t, "nobody.prod.svc.cluster.local 100 (0 ready)", table.Shares(Request{Namespace: "prod", Host: "web", Path: "/"}).String())
	assert.Equal(t, "shop.dev.svc.cluster.local 100 (1 ready)", table.Shares(Request{Namespace: "dev", Host: "shop", Path: "/"}).String())
}
