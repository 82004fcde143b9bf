// Package rollout puts together what people are told of one Deployment's roll-out: from the Deployment, its record, its ReplicaSets,
// pods and events, as the API server has them.
//
// It is pure: it is given the objects and the time, and asks nobody. It must not guess either: what the objects don't say is left
// empty, and evidence always carries how old it is.
package rollout
