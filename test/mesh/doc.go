// Package mesh is a small data plane for tests and the demo: it sends real HTTP requests the way a client with an Istio sidecar
// does, honouring VirtualServices, Services and EndpointSlices as they change, and exports Istio's request metrics.
//
// The way of a request:
//
//	informers ── objects ──(propagation delay)──> Table ── Route ──> Decision ── HTTP ──> pod
//	                                                                                └──> Response, metrics, Tally
//
// Table and Route are pure: listed objects and a request in, a decision out. Everything with a clock, a socket or a goroutine is
// around them.
//
// What it models, after Istio's sidecar: which VirtualService owns a host (the older one, all of it), delegates, gateways and
// exportTo, http matches in order, relative weights, the port of a destination, ready endpoints only, route timeouts, mirrors, and Envoy's
// answers when there is nobody to ask (503 with the flags UH, UF, UC and NC, 404 NR, 504 UT).
//
// What it leaves out on purpose: retries (Istio's default ones would hide exactly the failed requests that a roll-out must not
// cause), so a retry policy is accepted and not applied; tls and tcp routes, subsets (there are no DestinationRules here, so a
// subset is a cluster that nobody knows), faults, rewrites and header changes.
//
// It must not write to the API server and must not know anything about Sluice: it judges Sluice from outside.
package mesh
