package web

import (
	"cmp"
	"slices"
	"time"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/watch"
)

func (s *Site) about() About {
	return About{Version: s.o.Version, Leader: s.o.Leader(), Now: s.o.Now().UTC()}
}

// fleet is every managed Deployment, and the revision of that; a replica that doesn't lead has none.
func (s *Site) fleet() (Fleet, uint64) {
	f := Fleet{About: s.about(), Rollouts: []Rollout{}}
	if !f.Leader {
		return f, 0
	}
	revision := s.store.each(func(e *entry) { f.Rollouts = append(f.Rollouts, e.summary()) })
	slices.SortStableFunc(f.Rollouts, func(a, b Rollout) int { return cmp.Compare(urgency(a.Attention), urgency(b.Attention)) })
	return f, revision
}

func urgency(a Attention) int {
	return slices.Index([]Attention{AttentionAct, AttentionLook, AttentionRun, AttentionRest}, a)
}

func (e *entry) summary() Rollout {
	w := &e.rollout
	r := Rollout{
		Namespace: w.Namespace, Name: w.Name, Attention: attention(w), Phase: w.Status.Phase, Reason: w.Status.Reason, Message: w.Status.Message,
		Strategy: w.Strategy, Since: e.since().UTC(), Step: w.Status.Step, Steps: w.Status.Steps, Weight: w.Status.Weight, Paused: w.Braked,
	}
	if w.Status.Stable != "" {
		r.Stable = &Pods{ReplicaSet: w.Status.Stable, Ready: w.StableReady, Wanted: w.StableWanted}
	}
	if w.Run != nil {
		r.Run = w.Run.Number
		r.Canary = &Pods{ReplicaSet: w.Status.Canary, Ready: w.Status.CanaryReady, Wanted: w.Status.CanaryWanted}
		// Why an aborted run failed is the news, not that it was.
		if w.Run.Phase == strategy.RunAborted && w.Run.Reason != "" {
			r.Reason = w.Run.Reason
		}
	}
	if len(w.Past) > 0 {
		last := ended(&w.Past[0])
		r.Last = &last
	}
	return r
}

// since is when what is shown began: by the record, which outlives this process, or else by what this process has seen.
func (e *entry) since() time.Time {
	r := &e.rollout
	switch {
	case r.Status.Phase == strategy.PhaseBlocked:
		return e.changed
	case r.Run != nil && r.Run.Phase == strategy.RunAborted && !r.Run.EndedAt.IsZero():
		return r.Run.EndedAt
	case r.Run != nil && !r.Run.Since.IsZero():
		return r.Run.Since
	case r.Run == nil && len(r.Past) > 0:
		return r.Past[0].EndedAt
	}
	return e.changed
}

// attention is judged by the phase, and in a hold by its reason.
func attention(r *watch.Rollout) Attention {
	switch r.Status.Phase {
	case strategy.PhaseBlocked, strategy.PhaseAborted:
		return AttentionAct
	case strategy.PhaseAborting:
		if r.Status.Reason == spec.ReasonCancelled || r.Status.Reason == spec.ReasonSuperseded {
			return AttentionRun
		}
		return AttentionLook
	case strategy.PhaseHeld, strategy.PhaseStarting, strategy.PhaseShifting, strategy.PhasePromoting:
		return holding(r.Status.Reason)
	case strategy.PhaseAtRest:
		if r.Status.Reason == spec.ReasonUngated || hookFailed(r) {
			return AttentionLook
		}
		return AttentionRest
	case strategy.PhaseUnmanaged:
		return AttentionRest
	}
	return AttentionRest
}

// holding is what a run that goes on asks of people.
func holding(reason spec.Reason) Attention {
	switch reason {
	case spec.ReasonApproval, spec.ReasonPaused, spec.ReasonDiffers, spec.ReasonStableGone:
		return AttentionAct
	case spec.ReasonBlind, spec.ReasonBothIll, spec.ReasonWarning, spec.ReasonReverted, spec.ReasonNotReady:
		return AttentionLook
	}
	return AttentionRun
}

// hookFailed says whether a Job of the newest run failed when its version was already the only one.
func hookFailed(r *watch.Rollout) bool {
	return len(r.Past) > 0 && r.Past[0].Result == strategy.ResultPromoted &&
		slices.ContainsFunc(r.Past[0].Hooks, func(h strategy.HookRun) bool { return h.State == strategy.JobFailed })
}

func ended(s *strategy.Summary) Ended {
	e := Ended{
		Run: s.Number, Canary: s.Canary.Name, Result: s.Result, Reason: s.Reason, Message: s.Message,
		StartedAt: s.StartedAt.UTC(), EndedAt: s.EndedAt.UTC(),
	}
	for _, w := range s.Weights {
		e.Weight = max(e.Weight, w.Weight)
	}
	return e
}
