package mesh

import (
	"net/http"
	"time"
)

// Response is what a user got.
type Response struct {
	Status   int
	Flag     Flag   // empty when a pod answered
	Reason   string // of a flag, a 5xx or an answer that a rule gave; empty otherwise
	Service  string // full host of the destination
	Pod      string // that was asked; empty when none was
	Version  string // header X-Version of the answer
	Injected bool   // header X-Injected: the pod failed because it was told to
	Latency  time.Duration
	Header   http.Header
	Body     []byte // at most 1 MiB

	reached bool // a connection to the pod was there
}

// Outcome says who is to thank, or to blame, for a response.
type Outcome int

// The outcomes. A version fails by itself; all other failures are laid at the roll-out's door, which promises none.
const (
	Served Outcome = iota
	FailedByVersion
	FailedByRollout
)

// Outcome of the response. Below 500 from a pod is served. A pod that took the request and let the route's timeout pass is slow, so
// its version failed; every other answer of a proxy, and a 5xx that the pod wasn't told to give, is the roll-out's failure.
func (r Response) Outcome() Outcome {
	switch {
	case r.Flag == FlagUpstreamTimeout && r.reached:
		return FailedByVersion
	case r.Flag != "":
		return FailedByRollout
	case r.Status < http.StatusInternalServerError:
		return Served
	case r.Injected:
		return FailedByVersion
	default:
		return FailedByRollout
	}
}
