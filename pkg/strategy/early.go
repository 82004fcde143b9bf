package strategy

import (
	"fmt"
	"strings"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// A plan may begin with a step of weight 0. No user gets the new version's answers then, but it can be reached: by testers with the
// canary header, by copies of requests, or, in blue-green, by whoever calls the preview Service.

// judgedAs is the share of the requests that the canary answers, in percent, as its verdict has to take it; 0: there is nothing to judge
// of it yet.
func (p *planner) judgedAs() int {
	switch {
	case !p.run.open() || p.run.Weight > 0:
		return p.run.Weight
	case p.blueGreen():
		return previewed
	case p.s.Mirror > 0:
		// Of 100 requests and their copies.
		return max(1, 100*p.s.Mirror/(100+p.s.Mirror))
	default:
		return 0
	}
}

// previewed is the share as which a preview is judged: whatever traffic it has is its own, and none is no surprise.
const previewed = 1

// share is what the routes are to give the canary now.
func (p *planner) share() traffic.Share {
	share := traffic.Share{Weight: p.run.Weight, Header: p.s.CanaryHeader, Known: p.svc.GRPC}
	if p.run.Weight == 0 {
		share.Mirror = p.s.Mirror
	}
	return share
}

// shows says whether a route gives the canary just that. The header and the mirror are for http routes alone.
func shows(view traffic.View, share traffic.Share) bool {
	if view.Weight != share.Weight {
		return false
	}
	return view.HTTP == 0 ||
		(view.Header == share.Header.String() && view.Mirror == share.Mirror && (view.Known == share.Known || view.Delegate))
}

// acquainted is what the routes show before the first step: nothing leads to the canary, but clients that ask the mesh for what they need
// know of it.
func acquainted() traffic.Share { return traffic.Share{Known: true} }

// acquaint makes the canary's host known before its first step, as long before as the mesh is given time to learn of its endpoints; false
// when it is, or needn't be: proxies know every host anyway. Where somebody has taken that away in this run it is left to the first step to
// fight for.
func (p *planner) acquaint() bool {
	if p.run.open() || p.blueGreen() || !p.svc.GRPC {
		return false
	}
	if len(p.routes) == 0 {
		p.do(CreateRoute{Route: Key{p.o.Key.Namespace, RouteName(p.svc.Name)}, Target: p.target(), Share: acquainted()})
		return true
	}
	acted := false
	for _, r := range p.routes {
		taken := r.Previous.Known && r.ShownSince.After(p.run.StartedAt)
		if !taken && (!shows(r.View, acquainted()) || (r.View.HTTP > 0 && r.RunBy != p.o.Key.Name)) && r.View.Routes > 0 {
			p.do(SetWeight{
				Route: r.Key, ResourceVersion: r.ResourceVersion, Target: p.target(), Only: RouteNames(p.s, p.o.Key.Namespace, r.Key), Share: acquainted(),
			})
			acted = true
		}
	}
	return acted
}

// size is how many pods the canary needs at a weight.
func (p *planner) size(weight int) int {
	if p.blueGreen() {
		weight = 100
	}
	return need(p.o.Deployment.Replicas, max(weight, p.s.Mirror))
}

// reachable says how the canary is reached at weight 0.
func (p *planner) reachable() string {
	var ways []string
	switch {
	case p.blueGreen():
		ways = append(ways, fmt.Sprintf("Service %q leads to it", p.beside(p.svc.Name)))
	case p.s.CanaryHeader.Name != "":
		ways = append(ways, fmt.Sprintf("requests with the header %s: %s lead to it", p.s.CanaryHeader.Name, p.s.CanaryHeader.Value))
	}
	if p.s.Mirror > 0 {
		ways = append(ways, fmt.Sprintf("%d %% of the requests are copied to it", p.s.Mirror))
	}
	return strings.Join(ways, ", ")
}

// early is what is said of a step of weight 0 where the verdict isn't the whole answer; false: it is.
func (p *planner) early() (outcome analysis.Outcome, reason spec.Reason, message string, answered bool) {
	if !p.run.open() || p.run.Weight > 0 {
		return "", "", "", false
	}
	switch {
	case p.blueGreen():
		return p.previewJudged()
	case p.s.Mirror == 0:
		return analysis.Pass, spec.ReasonPassed, "only testers reach it, there is nothing to judge", true
	}
	return "", "", "", false
}
