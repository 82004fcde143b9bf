package clitest

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// blueGreen is a run of that strategy whose pods are coming up, with an approval and a bake of ten minutes.
func blueGreen() *State {
	s := Starting()
	s.Pods = nil
	delete(s.Deployment.Annotations, spec.AnnotationSteps)
	s.Annotate(spec.AnnotationStrategy, "blue-green").Annotate(spec.AnnotationBake, "10m").Annotate(spec.AnnotationApproval, "on")
	s.Record.Run.Strategy = spec.StrategyBlueGreen
	return s
}

// reach gives a run its first step, which has no weight.
func (s *State) reach(ago time.Duration) {
	s.give(1, 0, ago)
	s.Record.Run.FirstAt = Ago(ago)
	s.Record.Run.Weights[0].Reason = spec.ReasonReachable
}

// Preview waits for the approval of the swap.
func Preview() *State {
	s := blueGreen()
	s.ready(10)
	s.reach(40 * time.Second)
	return s.Says(corev1.ConditionUnknown, spec.ReasonApproval,
		"preview "+CanaryRS+" at 0 %, step 1 of 2: waits for sluice.dev/command: approve bc4d5f7g9h", 40*time.Second).
		Happened(40*time.Second, "Normal", "CanaryReachable", "preview "+CanaryRS+` at 0 %, step 1 of 2: Service "shop-preview" leads to it`)
}

// PreviewJudged is approved and has traffic, of which there is too little to tell.
func PreviewJudged() *State {
	s := Preview()
	s.Record.Run.Approved = 1
	return s.Says(corev1.ConditionUnknown, spec.ReasonEvidence, "preview "+CanaryRS+" at 0 %, step 1 of 2: swapped at 12:09:20 at the latest: "+
		"error-rate: canary 0/12 (0.0 %), E 1.4 of 20, about 40 more requests needed at this step: wait; "+
		"latency over 2s: canary 0/12 (0.0 %), E 2.2 of 20, about 38 more requests needed at this step: wait", 5*time.Second)
}

// Baking has all traffic; the bake is half over.
func Baking() *State {
	s := Preview()
	s.give(2, 100, 5*time.Minute)
	s.Record.Run.Weights[1].Reason = spec.ReasonSwapped
	return s.Says(corev1.ConditionUnknown, spec.ReasonHolding, "canary "+CanaryRS+" at 100 %, step 2 of 2: held until 12:05:00; "+
		"error-rate: canary 1/612 (0.2 %), E 120 ≥ 20: pass; latency over 2s: canary 0/612 (0.0 %), E 10^8 ≥ 20: pass", 20*time.Second).
		Happened(5*time.Minute, "Normal", "TrafficSwapped", "canary "+CanaryRS+" at 100 %, step 2 of 2")
}

// SwappedBack failed a gate in the bake.
func SwappedBack() *State {
	s := Baking()
	run := s.Record.Run
	s.give(2, 0, 10*time.Second)
	run.Phase, run.Reason, run.Message, run.EndedAt = strategy.RunAborting, spec.ReasonGateFailed, Failing().Message, Ago(10*time.Second)
	run.Gates = []analysis.Gate{Failing()}
	return s.Says(corev1.ConditionFalse, spec.ReasonGateFailed, "canary "+CanaryRS+": "+Failing().Message+"; draining the canary", 9*time.Second)
}
