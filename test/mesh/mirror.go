package mesh

import (
	"time"

	networking "istio.io/api/networking/v1alpha3"
)

// mirrors decides where copies of a request go.
func (t *Table) mirrors(from *route, port int32, draw Draw) []Decision {
	var copies []Decision
	one := func(to *networking.Destination, percentage *networking.Percent) {
		share := 100.0 // what is left out is everything
		if percentage != nil {
			share = percentage.GetValue()
		}
		if float64(draw(100*100)) < share*100 {
			copies = append(copies, t.toDestination(from, to, port, draw))
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

// mirror sends a copy of a request beside the call that it was copied from, which doesn't wait for it. Nobody gets the answer. The
// proxy of the pod counts it like any request, that of the client doesn't.
func (m *Mesh) mirror(r Request, d Decision) {
	if d.Status != 0 {
		return
	}
	r.Header = r.Header.Clone()
	host, _ := splitHostPort(r.Host)
	m.spawn(func() {
		shadow := r
		shadow.Host = host + "-shadow" // as Envoy says it
		response, err := m.send(m.ctx, shadow, d)
		if err != nil {
			return // the mesh was stopped
		}
		m.exporter.observe(exchange{request: r, decision: d, response: response, shadow: true, inMesh: true, at: time.Now()})
	})
}
