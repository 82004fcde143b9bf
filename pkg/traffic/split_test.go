package traffic_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

func TestSplitRefusesWhatTheUserUsesAlready(t *testing.T) {
	early := traffic.Share{Header: spec.Header{Name: "x-canary", Value: "always"}, Mirror: 10}
	for says, c := range map[string]struct {
		route, text string
		is          error
	}{
		"the header": {
			route: `{match: [{}, {headers: {X-Canary: {exact: b}}}], route: [{destination: {host: shop}}]}`, is: traffic.ErrTaken,
			text: "in the user's own use: spec.http[1].match[1].headers.X-Canary: the route asks for this header itself",
		},
		"the header, by its absence": {
			route: `{match: [{withoutHeaders: {x-canary: {}}}], route: [{destination: {host: shop}}]}`, is: traffic.ErrTaken,
			text: "in the user's own use: spec.http[1].match[0].withoutHeaders.x-canary: the route asks for this header itself",
		},
		"a mirror": {
			route: `{mirror: {host: audit}, route: [{destination: {host: shop}}]}`, is: traffic.ErrTaken,
			text: "in the user's own use: spec.http[1].mirror: the route has a mirror of its own, and Istio allows no second one beside it; write it as an item of mirrors",
		},
		"an empty list of mirrors": {
			route: `{mirrors: [], route: [{destination: {host: shop}}]}`, is: traffic.ErrTaken,
			text: "in the user's own use: spec.http[1].mirrors: an empty list; leave it away",
		},
		"mirrors that are none": {
			route: `{mirrors: 7, route: [{destination: {host: shop}}]}`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[1].mirrors: must be a list, is a number",
		},
		"matches that are none": {
			route: `{match: {}, route: [{destination: {host: shop}}]}`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[1].match: must be a list, is an object",
		},
		"a match that is none": {
			route: `{match: [7], route: [{destination: {host: shop}}]}`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[1].match[0]: must be an object, is a number",
		},
		"headers that are none": {
			route: `{match: [{headers: 7}], route: [{destination: {host: shop}}]}`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[1].match[0].headers: must be an object, is a number",
		},
	} {
		t.Run(says, func(t *testing.T) {
			vs := routes(t, `[{name: first, route: [{destination: {host: shop}}]}, `+c.route+`]`)
			_, err := traffic.Split(vs, shop, early)
			require.ErrorIs(t, err, c.is)
			assert.Equal(t, c.text, err.Error())
			_, err = traffic.Split(vs, shop, early, "first")
			require.NoError(t, err, "another route is none of its business")
			_, err = traffic.Split(vs, shop, traffic.Share{Weight: 10})
			require.NoError(t, err, "weights don't need it")
		})
	}
	for says, header := range map[string]spec.Header{
		"no name": {Value: "a"}, "no value": {Name: "a"}, "upper case": {Name: "X-Canary", Value: "a"}, "what tells name and value apart": {Name: "a=b", Value: "c"},
		"a name that Istio ignores": {Name: "method", Value: "GET"}, "another such": {Name: "authority", Value: "shop"},
	} {
		_, err := traffic.Split(routes(t, `[{route: [{destination: {host: shop}}]}]`), shop, traffic.Share{Header: header})
		require.ErrorIs(t, err, traffic.ErrHeader, says)
	}
	for says, share := range map[string]traffic.Share{"less than nothing": {Mirror: -1}, "more than everything": {Mirror: 101}} {
		_, err := traffic.Split(routes(t, `[{route: [{destination: {host: shop}}]}]`), shop, share)
		assert.ErrorIs(t, err, traffic.ErrWeight, says)
	}
}

// A destination of weight 0 takes no request; what is copied or asked for by header goes the way of those that are taken.
func TestTheCanaryIsReachedAsTheDestinationThatLeads(t *testing.T) {
	share := traffic.Share{Header: spec.Header{Name: "x-canary", Value: "a"}, Mirror: 10}
	out, err := traffic.Split(routes(t, `[{route: [
	  {destination: {host: shop, port: {number: 81}}, weight: 0}, {destination: {host: shop, port: {number: 80}}, weight: 100}]}]`), shop, share)
	require.NoError(t, err)
	assert.Equal(t, int64(80), at(out, "spec", "http", 0, "route", 0, "destination", "port", "number"))
	assert.Equal(t, int64(80), at(out, "spec", "http", 1, "mirrors", 0, "destination", "port", "number"))
}

func TestSplitRefuses(t *testing.T) {
	const plain = `[{name: api, route: [{destination: {host: shop}}]}, {name: web, route: [{destination: {host: legacy}}]}]`
	for says, c := range map[string]struct {
		vs     string
		weight int
		only   []string
		target traffic.Target
		is     error
		text   string
	}{
		"more than everything": {
			vs: plain, weight: 101, is: traffic.ErrWeight, text: "unusable weight: 101 per cent is not within 0 and 100",
		},
		"less than nothing": {
			vs: plain, weight: -1, is: traffic.ErrWeight, text: "unusable weight: -1 per cent is not within 0 and 100",
		},
		"a target without a canary": {
			vs: plain, target: traffic.Target{Namespace: "ns", Service: "shop"}, is: traffic.ErrTarget,
			text: `unusable target: namespace "ns", Service "shop", canary "": none may be empty`,
		},
		"a Service as its own canary": {
			vs: plain, target: traffic.Target{Namespace: "ns", Service: "shop", Canary: "shop"}, is: traffic.ErrTarget,
			text: `unusable target: "shop" can't be its own canary`,
		},
		"routes to others only": {
			vs: `[{route: [{destination: {host: legacy}}]}]`, is: traffic.ErrNoRoute,
			text: "no route leads to the Service shop.ns.svc.cluster.local",
		},
		"a named route that leads elsewhere": {
			vs: plain, only: []string{"web"}, is: traffic.ErrNoRoute,
			text: "no route leads to the Service shop.ns.svc.cluster.local",
		},
		"no share in any route": {
			vs: `[{route: [{destination: {host: shop}, weight: 0}, {destination: {host: legacy}, weight: 1}]}]`, is: traffic.ErrNoRoute,
			text: "no route leads to the Service shop.ns.svc.cluster.local",
		},
		"names that no route has": {
			vs: plain, only: []string{"api", "b", ""}, is: traffic.ErrUnknownRoute, text: `no such route: "b", ""; there are api, web`,
		},
		"the empty name, which isn't that of routes without one": {
			vs: `[{route: [{destination: {host: shop}}]}]`, only: []string{""}, is: traffic.ErrUnknownRoute,
			text: `no such route: ""; no route here has a name`,
		},
		"a weight in words at the canary, left alone": {
			vs: `[{route: [{destination: {host: shop-canary}, weight: all}]}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[0].route[0].weight: must be a whole number, is a string",
		},
		"the first of several faults": {
			vs: `[{}, 3, {route: 4}]`, is: traffic.ErrMalformed, text: "malformed VirtualService: spec.http[1]: must be an object, is a number",
		},
		"a name where no route has one": {
			vs: `[{route: [{destination: {host: shop}}]}]`, only: []string{"b"}, is: traffic.ErrUnknownRoute,
			text: `no such route: "b"; no route here has a name`,
		},
		"several destinations without weights": {
			vs: `[{}, {route: [{destination: {host: shop}}, {destination: {host: legacy}}]}]`, is: traffic.ErrWeight,
			text: "unusable weight: spec.http[1].route: the weights must not all be 0 or missing where there are several destinations",
		},
		"a negative weight": {
			vs: `[{route: [{destination: {host: shop}, weight: -5}]}]`, is: traffic.ErrWeight,
			text: "unusable weight: spec.http[0].route[0].weight: must be within 0 and 2147483647, is -5",
		},
		"a weight beyond 32 bits": {
			vs: `[{route: [{destination: {host: legacy}, weight: 2147483648}, {destination: {host: shop}}]}]`, is: traffic.ErrWeight,
			text: "unusable weight: spec.http[0].route[0].weight: must be within 0 and 2147483647, is 2147483648",
		},
		"weights whose hundredfold is beyond 32 bits": {
			vs: `[{route: [{destination: {host: shop}, weight: 21474837}]}]`, weight: 3, is: traffic.ErrWeight,
			text: "unusable weight: spec.http[0].route: weights that add up to 21474837 are too large to be split",
		},
		"weights that only together are beyond 32 bits": {
			vs:   `[{route: [{destination: {host: shop}, weight: 2147483601}, {destination: {host: legacy}, weight: 2147483601}]}]`,
			is:   traffic.ErrWeight,
			text: "unusable weight: spec.http[0].route: weights that add up to 4294967202 are too large to be split",
		},
		"a fraction of a weight": {
			vs: `[{route: [{destination: {host: shop}, weight: 0.5}]}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[0].route[0].weight: must be a whole number, is a number",
		},
		"a weight in words": {
			vs: `[{route: [{destination: {host: shop}, weight: all}]}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[0].route[0].weight: must be a whole number, is a string",
		},
		"a weight that is null": {
			vs: `[{route: [{destination: {host: shop}, weight: null}]}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[0].route[0].weight: must be a whole number, is null or missing",
		},
		"routes that are no list": {
			vs: `{a: b}`, is: traffic.ErrMalformed, text: "malformed VirtualService: spec.http: must be a list, is an object",
		},
		"a route that is no object": {
			vs: `[true]`, is: traffic.ErrMalformed, text: "malformed VirtualService: spec.http[0]: must be an object, is a boolean",
		},
		"a name that is no string": {
			vs: `[{name: [a]}]`, is: traffic.ErrMalformed, text: "malformed VirtualService: spec.http[0].name: must be a string, is a list",
		},
		"destinations that are no list": {
			vs: `[{}, {route: shop}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[1].route: must be a list, is a string",
		},
		"a destination's entry that is no object": {
			vs: `[{}, {route: [shop]}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[1].route[0]: must be an object, is a string",
		},
		"no destination": {
			vs: `[{route: [{weight: 1}]}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[0].route[0].destination: must be an object, is null or missing",
		},
		"no host": {
			vs: `[{route: [{destination: {host: 3}}]}]`, is: traffic.ErrMalformed,
			text: "malformed VirtualService: spec.http[0].route[0].destination.host: must be a string, is a number",
		},
	} {
		t.Run(says, func(t *testing.T) {
			vs := routes(t, c.vs)
			if c.target == (traffic.Target{}) {
				c.target = shop
			}
			_, err := traffic.Split(vs, c.target, traffic.Share{Weight: c.weight}, c.only...)
			require.ErrorIs(t, err, c.is)
			require.EqualError(t, err, c.text)
			assert.Equal(t, routes(t, c.vs), vs, "input changed")

			_, err = traffic.Look(vs, c.target, c.only...)
			if errors.Is(c.is, traffic.ErrMalformed) || errors.Is(c.is, traffic.ErrTarget) || errors.Is(c.is, traffic.ErrUnknownRoute) {
				assert.EqualError(t, err, c.text, "Look sees it too")
			}
		})
	}
}

func TestFieldErrorTellsItsPath(t *testing.T) {
	_, err := traffic.Split(routes(t, `[{}, {}, {route: [7]}]`), shop, traffic.Share{Weight: 10})
	var field *traffic.FieldError
	require.ErrorAs(t, err, &field)
	assert.Equal(t, "spec.http[2].route[0]", field.Path)
}

func TestOddSpecs(t *testing.T) {
	_, err := traffic.Split(nil, shop, traffic.Share{Weight: 10})
	require.ErrorIs(t, err, traffic.ErrNoRoute)
	_, err = traffic.Split(map[string]any{"spec": "shop"}, shop, traffic.Share{Weight: 10})
	require.EqualError(t, err, "malformed VirtualService: spec: must be an object, is a string")
	_, err = traffic.Split(map[string]any{"spec": map[string]any{"http": nil, "tls": []any(nil), "tcp": []any{map[string]any{"name": nil, "route": nil}}}}, shop, traffic.Share{Weight: 10})
	require.ErrorIs(t, err, traffic.ErrNoRoute)
	assert.Nil(t, traffic.Restore(nil, shop))
}

func TestWeightsOfOthersAreTheirs(t *testing.T) {
	vs := routes(t, `[{route: [{destination: {host: x}, weight: -1}, {destination: {host: z}, weight: some}]}, {route: [{destination: {host: shop}}]}]`)
	out, err := traffic.Split(vs, shop, traffic.Share{Weight: 10})
	require.NoError(t, err)
	assert.Equal(t, at(vs, "spec", "http", 0), at(out, "spec", "http", 0))
}

// Whatever JSON is decoded to, the user's weights come back in the same type, so that a comparison finds no difference.
func TestNumbersKeepTheirTypes(t *testing.T) {
	for _, types := range [][3]any{ // 80, 20, and the canary's 8
		{80, 20, 8},
		{int32(80), int32(20), int32(8)},
		{int64(80), int64(20), int64(8)},
		{80.0, 20.0, 8.0},
		{json.Number("80"), json.Number("20"), json.Number("8")},
		{json.Number("8e1"), json.Number("20"), json.Number("8")},
	} {
		t.Run(fmt.Sprintf("%T", types[0]), func(t *testing.T) {
			vs := routes(t, `[{route: [{destination: {host: shop}}, {destination: {host: legacy}}]}]`)
			entry := func(vs map[string]any, i int) map[string]any { return fields(vs, "spec", "http", 0, "route", i) }
			entry(vs, 0)["weight"], entry(vs, 1)["weight"] = types[0], types[1]
			out, err := traffic.Split(vs, shop, traffic.Share{Weight: 10})
			require.NoError(t, err)
			assert.Equal(t, types[2], entry(out, 0)["weight"])
			assert.IsType(t, types[0], entry(out, 1)["weight"])
			restored := traffic.Restore(out, shop)
			if types[0] == json.Number("8e1") { // the value, then, if not the way it was written
				entry(vs, 0)["weight"] = json.Number("80")
			}
			assert.Equal(t, vs, restored)
		})
	}
	for _, n := range []json.Number{"0.5", "x", "1e400", "1e300"} {
		vs := map[string]any{"spec": map[string]any{"tcp": []any{map[string]any{"route": []any{map[string]any{
			"destination": map[string]any{"host": "shop.ns"}, "weight": n,
		}}}}}}
		_, err := traffic.Split(vs, shop, traffic.Share{Weight: 10})
		require.EqualError(t, err, "malformed VirtualService: spec.tcp[0].route[0].weight: must be a whole number, is a number", n)
	}
}
