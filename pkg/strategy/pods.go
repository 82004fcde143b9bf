package strategy

import (
	"fmt"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// Pods is what the pods of one version have been through since the run began.
type Pods struct {
	// Count is how many there are.
	Count int
	// Restarts is how often containers have been restarted.
	Restarts int
	// Trouble says how the worst container is; empty: nothing is wrong with any.
	Trouble string
}

// tolerable is how many restarts of the canary's containers are no reason to abort: one may be a node's fault.
const tolerable = 1

// restarting aborts a canary whose containers keep being restarted, unless stable's are restarted almost as often: then it is not the
// canary's fault.
func (p *planner) restarting() bool {
	canary, stable := p.o.CanaryPods, p.o.StablePods
	if canary == nil || canary.Restarts <= tolerable {
		return false
	}
	if stable != nil && 2*stable.Restarts*canary.Count > canary.Restarts*stable.Count {
		return false
	}
	p.abort(spec.ReasonRestarting, fmt.Sprintf("pods: %d restarts of containers in the canary's %d pods: %s",
		canary.Restarts, canary.Count, canary.Trouble))
	return true
}

// trouble is what is wrong with the canary's pods, for a message that says that they are not ready.
func (p *planner) trouble() string {
	if p.o.CanaryPods == nil || p.o.CanaryPods.Trouble == "" {
		return ""
	}
	return "; " + p.o.CanaryPods.Trouble
}
