package strategy

import (
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// A user's DestinationRule for exactly the Service (tls, outlier detection) does not cover the canary's host: during a run, one of
// ours gives the same traffic policy to that. A wildcard covers both by itself.

// ensurePolicy makes ours follow the user's.
func (p *planner) ensurePolicy() {
	if p.blueGreen() {
		return
	}
	for i := range p.o.Policies {
		policy := &p.o.Policies[i]
		if policy.Service != p.svc.Name {
			continue
		}
		switch {
		case policy.Source == "" && policy.ResourceVersion != "":
			p.do(DeletePolicy{Target: p.target(), ResourceVersion: policy.ResourceVersion})
		case policy.Source != "" && !policy.Equal:
			p.do(EnsurePolicy{Source: policy.Source, Target: p.target(), ResourceVersion: policy.ResourceVersion})
		}
	}
}

// deletePolicies takes ours away when no run needs them.
func (p *planner) deletePolicies() {
	for i := range p.o.Policies {
		if policy := &p.o.Policies[i]; policy.ResourceVersion != "" {
			p.do(DeletePolicy{ResourceVersion: policy.ResourceVersion, Target: traffic.Target{
				Namespace: p.o.Key.Namespace, Service: policy.Service, Canary: CanaryServiceName(policy.Service), Domain: p.o.Settings.Domain,
			}})
		}
	}
}
