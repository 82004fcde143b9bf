// Package podrunner plays scheduler and kubelet for every pod of a control plane that has no nodes.
//
// It watches pods, binds each to a node object that it keeps, walks it through the conditions that a kubelet would report
// and gives it what a container would: a real HTTP server per declared TCP port, with metrics, errors, latency, crashes and
// a time to become ready that come from the container's environment (see [Behaviour]).
//
// Life of a pod:
//
//	Pending ──bound──> Running, not ready ──READY_AFTER──> Ready
//	   │                    ▲                                │ CRASH_AFTER, or Crash()
//	   │                    └───────── CRASH_BACKOFF ────────┘ (counters start at 0 again, restartCount+1)
//	   └─ image that cannot be pulled: waits with ErrImagePull
//	any ──deletionTimestamp──> serves SHUTDOWN_DELAY longer, then its server is closed and the object removed
//	restartPolicy Never or OnFailure: Running for RUN_FOR, then Succeeded or Failed by EXIT_CODE
//
// The containers of a namespace may be given to a [Program] instead, which runs them as it likes and tells when they are ready.
//
// A pod's address is 10.244.a.b in the API, because EndpointSlices refuse loopback addresses, and its server listens on
// 127.244.a.b, which Linux routes without any set-up: [Loopback] translates. The package works on Linux only.
//
// It writes nothing but pods, their status and its node, and must not: whatever a real cluster would leave to a controller
// (ReplicaSets, EndpointSlices, garbage collection) is left to the real one.
package podrunner
