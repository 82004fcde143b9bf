package clitest

import (
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Pushed is AtRest with a new template that nothing has been done about.
func Pushed() *State {
	s := AtRest()
	s.Deployment.Spec.Template = template("v2")
	return s
}

// Starting has a canary whose pods can't pull their image.
func Starting() *State {
	s := Pushed()
	s.Record.Runs = 4
	s.Record.Run = &strategy.Run{
		Number: 4, ID: CanaryID, Template: "v2", Canary: canary(), Stable: stable(), Service: Name, Phase: strategy.RunShifting,
		StartedAt: Ago(2 * time.Minute), Since: Ago(2 * time.Minute), WeightAt: Ago(2 * time.Minute),
	}
	rs := replicaSet(CanaryRS, "v2", 0, 1, Owner("ConfigMap", "record"))
	s.ReplicaSets = append(s.ReplicaSets, rs)
	s.Pods = []corev1.Pod{{
		ObjectMeta: metav1.ObjectMeta{Namespace: Namespace, Name: CanaryRS + "-x", OwnerReferences: []metav1.OwnerReference{Owner("ReplicaSet", rs.UID)}},
		Status: corev1.PodStatus{ContainerStatuses: []corev1.ContainerStatus{
			{Name: "app", State: corev1.ContainerState{Waiting: &corev1.ContainerStateWaiting{Reason: "ImagePullBackOff"}}},
		}},
	}}
	return s.Says(corev1.ConditionUnknown, spec.ReasonScaling, "canary "+CanaryRS+
		" at 0 %, step 1 of 3: 0 of 1 pods available, progress deadline 10m0s; container app: ImagePullBackOff", 90*time.Second).
		Happened(2*time.Minute, "Normal", "RunStarted", "run 4: "+CanaryRS+" is to replace "+StableRS+", 3 steps")
}

// Waiting is held at the first step until there is enough evidence; it is 20 s old, and the condition 5 s.
func Waiting() *State {
	s := Starting()
	s.Pods = nil
	s.ready(1)
	s.give(1, 10, 20*time.Second)
	return s.Says(corev1.ConditionUnknown, spec.ReasonEvidence, "canary "+CanaryRS+" at 10 %, step 1 of 3: "+
		"error-rate: canary 1/31 (3.2 %), stable 0/288 (0.0 %), E 1.4 of 20, about 62 more requests needed at this step: wait; "+
		"latency over 2s: canary 0/31 (0.0 %), stable 0/288 (0.0 %), E 7.9 of 20, about 8 more requests needed at this step: wait", 5*time.Second).
		Happened(20*time.Second, "Normal", "WeightChanged", "canary "+CanaryRS+" at 10 %, step 1 of 3")
}

// Approval waits at the second step for a person; the first was passed.
func Approval() *State {
	s := Waiting()
	s.ready(5)
	s.give(2, 50, 15*time.Second)
	s.Record.Run.Gates = []analysis.Gate{Passing()}
	return s.Says(corev1.ConditionUnknown, spec.ReasonApproval, "canary "+CanaryRS+" at 50 %, step 2 of 3: waits for sluice.dev/command: approve bc4d5f7g9h",
		15*time.Second).
		Happened(18*time.Second, "Normal", "StepPassed", "canary "+CanaryRS+" at 10 %, step 1 of 3: passed: "+Passing().Message).
		Happened(15*time.Second, "Normal", "WeightChanged", "canary "+CanaryRS+" at 50 %, step 2 of 3")
}

// Paused was paused by command at the second step.
func Paused() *State {
	s := Approval()
	s.Record.Run.Paused, s.Record.Run.Handled = true, spec.VerbPause
	return s.Says(corev1.ConditionUnknown, spec.ReasonPaused,
		"canary "+CanaryRS+" at 50 %, step 2 of 3: paused by command; resume with sluice.dev/command: resume bc4d5f7g9h", 3*time.Second)
}

// Promoting has all traffic and is not handed over yet.
func Promoting() *State {
	s := Approval()
	s.ready(10)
	s.give(3, 100, 30*time.Second)
	s.Record.Run.Phase, s.Record.Run.Approved = strategy.RunPromoting, 2
	return s.Says(corev1.ConditionUnknown, spec.ReasonPromoting, "canary "+CanaryRS+" has all traffic: the routes lead to the user's Service again", time.Second)
}

// Promoted is the same run at its end.
func Promoted() *State {
	s := Promoting()
	run := s.Record.Run
	s.Record.Stable, s.Record.Run = run.Canary, nil
	s.Record.History = append([]strategy.Summary{{
		Number: run.Number, ID: run.ID, Canary: run.Canary, Stable: run.Stable, Result: strategy.ResultPromoted, Reason: spec.ReasonPromoted,
		StartedAt: run.StartedAt, EndedAt: Now(), Weights: run.Weights, Gates: run.Gates,
	}}, s.Record.History...)
	s.ReplicaSets[1].OwnerReferences[0] = Owner("Deployment", "deployment")
	return s.Says(corev1.ConditionTrue, spec.ReasonPromoted, "ReplicaSet "+CanaryRS+" serves", 0)
}

// Aborted failed a gate at the first step.
func Aborted() *State {
	s := Waiting()
	run := s.Record.Run
	s.give(1, 0, 10*time.Second)
	run.Phase, run.Reason, run.Message = strategy.RunAborted, spec.ReasonGateFailed, Failing().Message
	run.EndedAt, run.Gates = Ago(10*time.Second), []analysis.Gate{Failing(), {
		Name: analysis.GateAlert + "PodGone", Mode: analysis.ModeScoped, Outcome: analysis.Pass, Reason: analysis.ReasonEnough,
		Message: "alert/PodGone: quiet about the canary: pass",
	}}
	s.Record.History = append([]strategy.Summary{{
		Number: run.Number, ID: run.ID, Canary: run.Canary, Stable: run.Stable, Result: strategy.ResultAborted, Reason: run.Reason,
		Message: run.Message, StartedAt: run.StartedAt, EndedAt: run.EndedAt, Weights: run.Weights, Gates: run.Gates,
	}}, s.Record.History...)
	zero := int32(0)
	s.ReplicaSets[1].Spec.Replicas = &zero
	s.ReplicaSets[1].Status.ReadyReplicas = 0
	return s.Says(corev1.ConditionFalse, spec.ReasonGateFailed, "canary "+CanaryRS+": "+Failing().Message+
		"; waiting for another template, or sluice.dev/command: retry bc4d5f7g9h", 8*time.Second).
		Happened(10*time.Second, "Warning", "GateFailed", "run 4 of "+CanaryRS+": "+Failing().Message+"; all traffic goes to "+StableRS)
}

// Blocked has a wrong annotation.
func Blocked() *State {
	s := AtRest().Annotate(spec.AnnotationSteps, "50,10")
	problems := spec.Parse(s.Deployment.Annotations).Problems
	return s.Says(corev1.ConditionFalse, spec.ReasonInvalidAnnotation, spec.Describe(problems), 30*time.Second).
		Happened(30*time.Second, "Warning", "InvalidAnnotation", spec.Describe(problems))
}

// ready gives the canary as many pods.
func (s *State) ready(n int32) {
	s.ReplicaSets[1] = replicaSet(CanaryRS, "v2", n, n, Owner("ConfigMap", "record"))
}

// give brings the run to a step, counted from 1, and a weight.
func (s *State) give(step, weight int, ago time.Duration) {
	run := s.Record.Run
	run.Step, run.Weight, run.WeightAt, run.Since = step-1, weight, Ago(ago), Ago(ago)
	run.Weights = append(run.Weights, strategy.WeightChange{At: Ago(ago), Weight: weight, Reason: spec.ReasonWeight})
}
