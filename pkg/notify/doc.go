// Package notify tells one receiver, by HTTP, of what happens to Deployments: every transition that is an event becomes a notification,
// which is signed and POSTed as JSON until the receiver has it or it is too late for it to matter.
//
//	Happened ──▶ queue, in order ──▶ Run: the first of each Deployment ──▶ POST ──▶ delivered | failed
//	                 │ full: the oldest goes                  ▲               │
//	                 ▼                                        └── back-off ◀──┘ no answer, 429, 5xx
//	              dropped
//
// Notifications of one Deployment arrive in order, one at a time: the next is sent when the one before it was delivered or given up. Those of
// different Deployments overtake each other, so that one that the receiver chokes on doesn't hold up the rest. What says that the receiver itself
// is ill (no answer, 429, 502, 503, 504) makes all of them wait.
//
// It is a courtesy, never a part of a roll-out: telling it anything takes no time, whatever the receiver does, and what it can't deliver is
// counted, logged and lost. The queue is in memory: what waits when the process is killed is lost too. The condition on the Deployment is
// what is true. It must not change what it is told of, and must not let the URL, which may be a secret, out of the process other than to the
// receiver.
package notify
