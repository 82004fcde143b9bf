package traffic_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/traffic"
)

func TestDelegatesAreThoseOfTheHTTPRoutes(t *testing.T) {
	vs := object(t, `
metadata: {namespace: edge}
spec:
  hosts: [shop.example.com]
  http:
  - {match: [{uri: {prefix: /a}}], delegate: {name: a, namespace: shop}}
  - {match: [{uri: {prefix: /b}}], delegate: {name: b}}
  - {route: [{destination: {host: shop}}]}
  - {delegate: {namespace: shop}}
  - {delegate: 7}
  - 7
  tcp: [{delegate: {name: c}}]`)
	assert.Equal(t, []traffic.Ref{{Namespace: "shop", Name: "a"}, {Namespace: "edge", Name: "b"}}, traffic.Delegates(vs))
	assert.Empty(t, traffic.Delegates(nil))
	assert.Empty(t, traffic.Delegates(map[string]any{"spec": 7}))
}
