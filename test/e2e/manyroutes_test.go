package e2e

import (
	"encoding/json"
	"maps"
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

// broad is a VirtualService with everything at once; NAMESPACE stands for the stage's. As in Istio, shop.NAMESPACE is no host that the
// mesh knows, so nobody is sent there.
const broad = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
  labels: {team: checkout}
spec:
  hosts: [shop, shop.NAMESPACE.svc.cluster.local]
  exportTo: ["."]
  http:
  - name: health
    match: [{uri: {exact: /healthz}}]
    directResponse: {status: 200}
  - name: moved
    match: [{uri: {prefix: /old/}}]
    redirect: {uri: /new}
  - name: split
    match:
    - {uri: {prefix: /split/}, method: {regex: "GET|HEAD"}}
    - {headers: {x-split: {exact: "yes"}}}
    timeout: 5s
    retries: {attempts: 2, perTryTimeout: 1s, retryOn: "5xx,reset"}
    route:
    - destination: {host: shop, port: {number: 80}}
      weight: 80
      headers: {request: {set: {x-to: shop}}}
    - destination: {host: legacy}
      weight: 20
  - name: third
    match: [{uri: {prefix: /third/}}]
    route:
    - destination: {host: legacy}
      weight: 2
    - destination: {host: shop.NAMESPACE.svc.cluster.local}
      weight: 1
  - name: namespaced
    match: [{headers: {x-nobody: {exact: "yes"}}}]
    fault: {delay: {percentage: {value: 0.1}, fixedDelay: 1s}}
    route:
    - destination: {host: shop.NAMESPACE}
      weight: 0
  - name: legacy
    match: [{uri: {prefix: /legacy/}}]
    route:
    - destination: {host: legacy}
      weight: 70
    - destination: {host: older}
      weight: 30
  - mirror: {host: legacy}
    mirrorPercentage: {value: 1}
    headers: {response: {remove: [server]}}
    route:
    - destination: {host: shop.NAMESPACE.svc.cluster.local}
  tls:
  - match: [{port: 443, sniHosts: [shop.example.com]}]
    route:
    - destination: {host: shop, port: {number: 443}}
      weight: 100
  - match: [{port: 443, sniHosts: [legacy.example.com]}]
    route:
    - destination: {host: legacy, port: {number: 443}}
  tcp:
  - match: [{port: 9000}]
    route:
    - destination: {host: shop.NAMESPACE.svc.cluster.local, port: {number: 9000}}
      weight: 3
    - destination: {host: legacy, port: {number: 9000}}
      weight: 1
`

func TestScenario19_EveryRouteOfAVirtualServiceIsShiftedAlikeAndTheRestIsUntouched(t *testing.T) {
	t.Parallel()
	t.Run("promoted", func(t *testing.T) {
		t.Parallel()
		s, users, split := broadly(t, strategy.BrakePaused)
		s.push("v2", nil)
		s.promoted(1)
		assert.Equal(t, []int{10, 50, 100, 0}, s.shifts("shop"))
		users.unharmed()
		split.stopped(t)
		s.restored()
	})
	t.Run("aborted", func(t *testing.T) {
		t.Parallel()
		s, users, split := broadly(t, strategy.BrakeAdmission)
		s.app.Annotations[spec.AnnotationSteps] = "10@1s,50@pause"
		s.push("v2", nil)
		s.until("half", func() bool { return slices.Contains(s.shifts("shop"), 50) })
		s.command(spec.VerbAbort, s.canary("v2"))
		s.aborted(1)
		assert.Equal(t, []int{10, 50, 0}, s.shifts("shop"))
		users.unharmed()
		split.stopped(t)
		s.restored()
	})
}

// splitLoad are requests that take a route on which the users' Service has 80 %.
type splitLoad struct{ *mesh.Load }

// broadly is a stage at rest with the VirtualService above and requests on two of its routes.
func broadly(t *testing.T, brake strategy.Brake) (*stage, *users, splitLoad) {
	t.Helper()
	s := newStage(t, setup{brake: brake, app: cluster.App{Annotations: ungated(nil)}})
	legacy := cluster.App{Namespace: s.namespace, Name: "legacy", Version: "old", Replicas: 1}
	_, err := legacy.Deploy(s.ctx, plane)
	require.NoError(t, err)
	s.apply(strings.ReplaceAll(broad, "NAMESPACE", s.namespace))
	s.written = s.objects()
	s.annotate()
	load := splitLoad{data.Load(s.ctx, mesh.Target{Namespace: s.namespace, Host: "shop", Path: "/split/"}, 30)}
	t.Cleanup(load.Stop)
	return s, s.load(30), load
}

// stopped asserts that the rest had what it always has, and that nothing failed.
func (l splitLoad) stopped(t *testing.T) {
	t.Helper()
	l.Stop()
	got := l.Snapshot()
	assert.Zero(t, got.FailedByRollout, "%+v", got.Failures)
	assert.Positive(t, got.Versions["v2"].Requests)
	assert.InDelta(t, 0.2, got.Share("old"), 0.1, "the share of what isn't the Service's, of %d requests", got.Requests)
}

// shifts are the weights that the canary was seen to have in all routes of a VirtualService alike, one for every change, while the rest of
// it was as the user wrote it.
func (s *stage) shifts(name string) []int {
	s.Helper()
	entries := s.seen.of(virtualServices, name)
	require.NotEmpty(s, entries)
	weights := []int{0}
	for _, e := range entries {
		require.False(s, e.gone)
		if w := s.shift(entries[0].object, e.object); w != weights[len(weights)-1] {
			weights = append(weights, w)
		}
	}
	return weights[1:]
}

// shift is the canary's weight in a state of a VirtualService, compared with what the user wrote.
func (s *stage) shift(user, now *unstructured.Unstructured) int {
	s.Helper()
	seen := map[int]bool{}
	for _, section := range []string{"http", "tls", "tcp"} {
		before, _, err := unstructured.NestedSlice(user.Object, "spec", section)
		require.NoError(s, err)
		after, _, err := unstructured.NestedSlice(now.Object, "spec", section)
		require.NoError(s, err)
		require.Len(s, after, len(before), section)
		for i := range before {
			if w := s.routeShift(before[i].(map[string]any), after[i].(map[string]any)); w >= 0 {
				seen[w] = true
			}
		}
	}
	require.Len(s, seen, 1, "routes that disagree: %v", now.Object["spec"])
	return slices.Collect(maps.Keys(seen))[0]
}

// routeShift is shift of one route, −1 for one that doesn't lead to the user's Service.
func (s *stage) routeShift(user, now map[string]any) int {
	s.Helper()
	before, after := s.sharesIn(user), s.sharesIn(now)
	whole, leads := before[s.app.Name]
	if !leads {
		require.Equal(s, user, now, "a route that isn't the Service's")
		return -1
	}
	rest := func(route map[string]any) map[string]any {
		route = maps.Clone(route)
		delete(route, "route")
		return route
	}
	require.Equal(s, rest(user), rest(now), "all of a route but its destinations")
	canary := after["shop-canary"]
	after[s.app.Name] += canary
	delete(after, "shop-canary")
	for host, share := range before {
		require.InDelta(s, share, after[host], 1e-9, "share of %s", host)
	}
	require.Len(s, after, len(before))
	return int(canary/whole*100 + 0.5)
}

// sharesIn are the destinations of a route with the part of its requests that each gets. Whatever else a destination of the Service
// has, the canary's must have as well.
func (s *stage) sharesIn(route map[string]any) map[string]float64 {
	s.Helper()
	list, _, err := unstructured.NestedSlice(route, "route")
	require.NoError(s, err)
	shares, total := map[string]float64{}, 0.0
	more := map[string]string{}
	for _, item := range list {
		d := item.(map[string]any)
		full, _, err := unstructured.NestedString(d, "destination", "host")
		require.NoError(s, err)
		host, _, _ := strings.Cut(full, ".")
		weight, written, err := unstructured.NestedInt64(d, "weight")
		require.NoError(s, err)
		if len(list) == 1 {
			weight, written = 1, true
		}
		require.True(s, written)
		shares[host] += float64(weight)
		total += float64(weight)
		delete(d, "weight")
		unstructured.RemoveNestedField(d, "destination", "host")
		text, err := json.Marshal(d)
		require.NoError(s, err)
		more[host] = string(text)
	}
	if canary, there := more["shop-canary"]; there {
		require.JSONEq(s, more["shop"], canary)
	}
	for host := range shares {
		shares[host] /= total
	}
	return shares
}

// unsplittable are routes of which nobody can say what share is the Service's.
func unsplittable() map[string]string {
	return map[string]string{
		"destinations without weights": "[{destination: {host: shop}}, {destination: {host: legacy}}]",
		"weights that are all zero":    "[{destination: {host: shop}, weight: 0}, {destination: {host: legacy}, weight: 0}]",
		"no share for the Service":     "[{destination: {host: shop}, weight: 0}, {destination: {host: legacy}, weight: 100}]",
	}
}

func TestScenario19_AVirtualServiceThatCanNotBeSplitIsNamedAndNothingElseIsChanged(t *testing.T) {
	t.Parallel()
	for name, route := range unsplittable() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			obstacle{
				setup: setup{virtualService: "{apiVersion: networking.istio.io/v1, kind: VirtualService, metadata: {name: shop}, " +
					"spec: {hosts: [shop], http: [{route: " + route + "}]}}"},
				reason: spec.ReasonRouteConflict,
				says:   []string{"VirtualService NAMESPACE/shop", `give it a route to "shop"`},
			}.isNamed(t)
		})
	}
}
