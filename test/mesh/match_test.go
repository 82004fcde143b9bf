package mesh

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/assert"
	networking "istio.io/api/networking/v1alpha3"
)

func TestMatches(t *testing.T) {
	request := Request{
		Namespace: "prod", Labels: map[string]string{"app": "web"}, Host: "shop:8080", Path: "/Cart/items?page=2&all",
		Header: http.Header{"X-User": {"ann"}, "X-Many": {"a", "b"}},
	}
	for sentence, test := range map[string]struct {
		match string
		want  bool
	}{
		"no condition":                                       {`{}`, true},
		"a prefix of the path":                               {`{uri: {prefix: /Cart}}`, true},
		"a prefix of another path":                           {`{uri: {prefix: /cart}}`, false},
		"a prefix, case ignored":                             {`{uri: {prefix: /cart}, ignoreUriCase: true}`, true},
		"the exact path, without its query":                  {`{uri: {exact: /Cart/items}}`, true},
		"the exact path, case ignored":                       {`{uri: {exact: /cart/ITEMS}, ignoreUriCase: true}`, true},
		"an exact path that is only a part":                  {`{uri: {exact: /Cart}}`, false},
		"a regular expression for the whole path":            {`{uri: {regex: "/C.*s"}}`, true},
		"a regular expression for a part of it":              {`{uri: {regex: "/Cart"}}`, false},
		"a regular expression that is none":                  {`{uri: {regex: "("}}`, false},
		"the method":                                         {`{method: {exact: GET}}`, true},
		"another method":                                     {`{method: {exact: POST}}`, false},
		"the scheme":                                         {`{scheme: {exact: https}}`, false},
		"the authority, as called":                           {`{authority: {prefix: "shop:"}}`, true},
		"another authority":                                  {`{authority: {exact: shop}}`, false},
		"the port":                                           {`{port: 8080}`, true},
		"another port":                                       {`{port: 80}`, false},
		"the client's namespace":                             {`{sourceNamespace: prod}`, true},
		"another namespace":                                  {`{sourceNamespace: dev}`, false},
		"the client's labels":                                {`{sourceLabels: {app: web}}`, true},
		"labels that the client hasn't":                      {`{sourceLabels: {app: web, tier: front}}`, false},
		"a header, exact, its name in another case":          {`{headers: {x-user: {exact: ann}}}`, true},
		"a header with another value":                        {`{headers: {x-user: {exact: bob}}}`, false},
		"a header by prefix":                                 {`{headers: {x-user: {prefix: an}}}`, true},
		"a header by regular expression":                     {`{headers: {x-user: {regex: "a.+"}}}`, true},
		"a header's presence":                                {`{headers: {x-user: {}}}`, true},
		"the presence of a header that isn't there":          {`{headers: {x-none: {}}}`, false},
		"a repeated header, joined":                          {`{headers: {x-many: {exact: "a,b"}}}`, true},
		"without a header that is there":                     {`{withoutHeaders: {x-user: {exact: ann}}}`, false},
		"without a header's value":                           {`{withoutHeaders: {x-user: {exact: bob}}}`, true},
		"a query parameter":                                  {`{queryParams: {page: {exact: "2"}}}`, true},
		"a query parameter's presence":                       {`{queryParams: {all: {}}}`, true},
		"the presence of a query parameter that isn't there": {`{queryParams: {none: {}}}`, false},
		"the exact path in another case":                     {`{uri: {exact: /cart/items}}`, false},
		"another query parameter":                            {`{queryParams: {page: {exact: "3"}}}`, false},
		"two conditions of which one holds":                  {`{uri: {prefix: /Cart}, method: {exact: PUT}}`, false},
		"for the gateway of sidecars among others":           {`{gateways: [edge, mesh]}`, true},
		"for another gateway":                                {`{gateways: [edge]}`, false},
		"a header and the path, as both of a route do so":    {`{headers: {x-user: {}}, uri: {prefix: /}}`, true},
	} {
		t.Run(sentence, func(t *testing.T) {
			match := parse[networking.HTTPMatchRequest](t, test.match)
			assert.Equal(t, test.want, matches(match, request, 8080))
		})
	}
}

func TestMatchesAnyTakesEverythingWithoutAlternatives(t *testing.T) {
	assert.True(t, matchesAny(nil, Request{Path: "/"}, 80))
	none := parse[networking.HTTPMatchRequest](t, `{uri: {prefix: /no}}`)
	one := parse[networking.HTTPMatchRequest](t, `{uri: {prefix: /yes}}`)
	assert.False(t, matchesAny([]*networking.HTTPMatchRequest{none}, Request{Path: "/yes"}, 80))
	assert.True(t, matchesAny([]*networking.HTTPMatchRequest{none, one}, Request{Path: "/yes"}, 80))
}
