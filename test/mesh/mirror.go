package mesh

import (
	"time"

	networking "istio.io/api/networking/v1alpha3"
)

// mirrors decides where copies of a request go. They may take as long as the route allows the request itself.
func (t *Table) mirrors(from *route, port int32, draw Draw) []Decision {
	var copies []Decision
	one := func(to *networking.Destination, percentage *networking.Percent) {
		share := 100.0 // what is left out is everything
		if percentage != nil {
			share = percentage.GetValue()
		}
		if float64(draw(100*100)) < share*100 {
			decision := t.toDestination(from, to, port, draw)
			decision.Timeout = from.GetTimeout().AsDuration()
			copies = append(copies, decision)
		}
	}
	if to := from.GetMirror(); to != nil {
		one(to, from.GetMirrorPercentage())
	}
	for _, policy := range from.GetMirrors() {
		one(policy.GetDestination(), policy.GetPercentage())
	}
	return copies
}

// mirror sends a copy of a request beside the call that it was copied from, which doesn't wait for it.
func (m *Mesh) mirror(r Request, d Decision) {
	r.Header = r.Header.Clone()
	m.spawn(func() { m.sendCopy(r, d) })
}

// sendCopy sends a copy, whose answer nobody gets. The proxy of the pod counts it like any request, that of the client doesn't
// (istio/istio, issue 23496). The copy has the host of the request: Istio has Envoy leave out its suffix -shadow.
func (m *Mesh) sendCopy(r Request, d Decision) {
	if d.Status != 0 {
		return // there is nobody to send it to
	}
	start := time.Now()
	response, err := m.send(m.ctx, r, d)
	if err != nil {
		return // the mesh was stopped
	}
	response.Latency = time.Since(start)
	m.exporter.observe(exchange{request: r, decision: d, response: response, shadow: true, inMesh: true, at: time.Now()})
}
