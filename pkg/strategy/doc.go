// Package strategy decides what happens next to one Deployment.
//
// It owns Plan(observed, spec, now), which is pure, total and deterministic: everything that it knows is in its arguments, which
// it doesn't change, and everything that it wants is in the Decision, which an executor carries out in order, stopping at the
// first error. Nothing depends on which event arrived; a crash between any two actions converges to the same end.
//
// A run moves through these phases, kept in the Record:
//
//	AtRest ──template changed──▶ Shifting(step i) ──last step passed──▶ Promoting ──handed over──▶ AtRest
//	                                  │    ▲                                │
//	                                  ▼    │ evidence, approval, readiness  │ gate failed, command
//	                                 Held ─┘                                │
//	                                  │ gate failed, deadline, command …    │
//	                                  ▼                                     │
//	                               Aborting ◀───────────────────────────────┘
//	                                  │ drained
//	                                  ▼
//	                   Aborted (until the template changes, or retry) or AtRest (cancelled, superseded)
//
// Both strategies are plans of steps: a canary's weights, and in blue-green a preview at weight 0 and the swap at weight 100. A canary's
// plan may begin with weight 0 as well, for testers and copies of requests. A run is open from its first step on.
//
// The package must not import a client, read a clock, or keep state between calls.
package strategy
