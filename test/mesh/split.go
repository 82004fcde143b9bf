package mesh

import (
	"fmt"
	"strings"
)

// Share is one destination of the route that a request takes.
type Share struct {
	Host   string // full
	Weight int32  // relative to the other shares; 100 for a single destination
	Ready  int    // endpoints that would take its requests
}

// Shares are the destinations of a request, in the order of the route. Tests await them to know what the proxies know.
type Shares []Share

// Weight of a full host name; 0 when it is no destination.
func (s Shares) Weight(host string) int32 {
	for _, share := range s {
		if share.Host == host {
			return share.Weight
		}
	}
	return 0
}

// String is "shop.prod.svc.cluster.local 90 (4 ready), …".
func (s Shares) String() string {
	parts := make([]string, 0, len(s))
	for _, share := range s {
		parts = append(parts, fmt.Sprintf("%s %d (%d ready)", share.Host, share.Weight, share.Ready))
	}
	return strings.Join(parts, ", ")
}

// Shares are where requests like this one go. Empty when the proxy itself would answer.
func (t *Table) Shares(r Request) Shares {
	called, full, port := t.resolve(r)
	rule := t.rules.find(called, full, r.Namespace)
	if rule == nil || len(rule.routes) == 0 {
		return Shares{{Host: full, Weight: 100, Ready: t.ready(full, port)}}
	}
	route := rule.route(r, port)
	if route == nil {
		return nil
	}
	shares := make(Shares, 0, len(route.GetRoute()))
	for _, d := range route.GetRoute() {
		host, port := t.destination(route, d.GetDestination(), port)
		shares = append(shares, Share{Host: host, Weight: d.GetWeight(), Ready: t.ready(host, port)})
	}
	if len(shares) == 1 {
		shares[0].Weight = 100
	}
	return shares
}

func (t *Table) ready(host string, port int32) int {
	s, ok := t.services[host]
	if !ok || s.port(port) == nil {
		return 0
	}
	return len(s.endpoints[s.port(port).Name])
}
