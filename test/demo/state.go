package main

import (
	"cmp"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/demo/observe"
	"github.com/sluice-dev/sluice/test/demo/view"
	"github.com/sluice-dev/sluice/test/mesh"
)

// state is what is to be seen at a time.
func (p *presenter) state(now time.Time) view.State {
	s, load, recent := p.stage.observer.Snapshot(), p.stage.load.Snapshot(), p.stage.load.Recent(2*time.Second)
	p.mu.Lock()
	defer p.mu.Unlock()
	p.names.learn(s)
	state := view.State{
		Now: now, Elapsed: now.Sub(p.began), Run: p.current.Run, Rollout: rolloutOf(s),
		Gates: gatesOf(s, p.current.old), Users: usersOf(load.Since(p.current.started), recent),
		Done: slices.Clone(p.done),
	}
	if state.Run.Over == "" {
		state.Run.Took = now.Sub(p.current.began)
	}
	switch {
	case state.Run.Number == 0:
		state.Gates = nil
	case runs(s) <= p.current.runs && state.Run.Over == "":
		// What there is to see is still that of the run before.
		state.Gates = nil
		state.Rollout.Phase, state.Rollout.Why = "", "version "+state.Run.To+" is being pushed"
		state.Rollout.Step, state.Rollout.Canary = 0, view.Side{}
	}
	state.Rollout.Why = p.names.replace(state.Rollout.Why)
	for _, e := range s.Events {
		e.Message = p.names.replace(e.Message)
		state.Events = append(state.Events, view.Event(e))
	}
	return state
}

// rolloutOf is where the Deployment is: weight and pods as the API server has them, the phase as Sluice says.
func rolloutOf(s observe.Snapshot) view.Rollout {
	r := view.Rollout{Phase: s.Gauges.Phase, Why: why(s), Weight: s.Weight}
	if s.Deployment != nil {
		for _, step := range spec.Parse(s.Deployment.Annotations).Steps {
			r.Plan = append(r.Plan, step.Weight)
		}
	}
	if s.Record == nil {
		return r
	}
	r.Stable = sideOf(s.ReplicaSet(s.Record.Stable.Name))
	// Metrics are a second old, the record is not; and the condition's message is brought up to date once a minute only.
	if atRest(s) {
		r.Phase = string(strategy.PhaseAtRest)
	}
	if run := s.Record.Run; run != nil {
		r.Step = run.Step + 1
		r.Canary = sideOf(s.ReplicaSet(run.Canary.Name))
		if run.Phase == strategy.RunAborting || run.Phase == strategy.RunAborted {
			r.Phase, r.Why = string(run.Phase), run.Message
		}
	}
	return r
}

func sideOf(rs *appsv1.ReplicaSet) view.Side {
	if rs == nil {
		return view.Side{}
	}
	side := view.Side{Version: observe.VersionOf(rs.Spec.Template.Spec), ReplicaSet: rs.Name, Ready: int(rs.Status.ReadyReplicas)}
	if rs.Spec.Replicas != nil {
		side.Wanted = int(*rs.Spec.Replicas)
	}
	return side
}

// words for reasons whose message has numbers that are brought up to date once a minute only, or repeats what is on the screen.
var words = map[spec.Reason]string{
	spec.ReasonScaling:  "its pods are starting",
	spec.ReasonSettling: "the mesh is given time to learn of its pods",
	spec.ReasonWeight:   "the weight was written",
	spec.ReasonHolding:  "the gates pass, the step lasts its time",
	spec.ReasonEvidence: "collecting evidence",
}

// why is the reason of the condition, in words.
func why(s observe.Snapshot) string {
	c := s.Promoted()
	if c == nil {
		return "not annotated"
	}
	if text := words[spec.Reason(c.Reason)]; text != "" {
		return text
	}
	// "canary shop-bc4d5f7g9h at 10 %, step 1 of 3: the rest": all before the colon is on the screen.
	if head, rest, found := strings.Cut(c.Message, ": "); found && strings.HasPrefix(head, "canary ") {
		return rest
	}
	return c.Message
}

// gatesOf is the evidence: counts by Prometheus, the weighing by the controller.
func gatesOf(s observe.Snapshot, old observe.Gauges) []view.Gate {
	gate := func(name string, bad float64) view.Gate {
		now, shown := s.Gauges.Gates[name]
		before, was := old.Gates[name]
		g := view.Gate{
			Name: name, Threshold: now.Threshold, Known: shown && !(was && now == before),
			Abort: view.Evidence(now.Abort), Promote: view.Evidence(now.Promote),
		}
		if current(s, s.Counts.ReplicaSet) {
			g.Bad, g.Requests = bad, s.Counts.Requests
		}
		return g
	}
	return []view.Gate{gate("error-rate", s.Counts.Failed), gate("latency", s.Counts.Slow)}
}

// current says whether a ReplicaSet is the canary, or was that of the last run and has become stable.
func current(s observe.Snapshot, replicaSet string) bool {
	switch {
	case s.Record == nil || replicaSet == "":
		return false
	case s.Record.Run != nil:
		return s.Record.Run.Canary.Name == replicaSet
	default:
		return s.Record.Stable.Name == replicaSet
	}
}

func usersOf(sum, recent mesh.Snapshot) view.Users {
	u := view.Users{Rate: rate, Served: sum.Served, FailedByVersion: sum.FailedByVersion, FailedByRollout: sum.FailedByRollout}
	for _, version := range sum.VersionNames() {
		if v := sum.Versions[version]; v.Requests > 0 {
			u.Versions = append(u.Versions, view.Version{
				Name: version, Requests: v.Requests, Failed: v.Failed, Share: recent.Share(version), P95: v.Latency.Quantile(0.95),
			})
		}
	}
	slices.SortFunc(u.Versions, func(a, b view.Version) int {
		return cmp.Or(cmp.Compare(len(a.Name), len(b.Name)), cmp.Compare(a.Name, b.Name)) // v2 before v10
	})
	return u
}
