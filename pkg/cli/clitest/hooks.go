package clitest

import (
	"time"

	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// hook is a run's.
func hook(hook spec.Hook, cronJob string, state strategy.JobState) strategy.HookRun {
	h := strategy.HookRun{Hook: hook, CronJob: cronJob, Job: "shop-" + string(hook) + "-k7vq2mzx9w", State: state}
	if state != strategy.JobPending {
		h.Made, h.StartedAt = true, Ago(90*time.Second)
	}
	if state == strategy.JobSucceeded || state == strategy.JobFailed {
		h.EndedAt = Ago(78 * time.Second)
	}
	return h
}

// failure is why a Job failed.
const failure = "BackoffLimitExceeded: Job has reached the specified backoff limit"

// Hooked has run the hook before and waits for the hook verify; the hook after is yet to come.
func Hooked() *State {
	s := Starting().Annotate(spec.AnnotationBefore, "cronjob/migrate").Annotate(spec.AnnotationVerify, "cronjob/smoke").
		Annotate(spec.AnnotationAfter, "cronjob/tidy")
	s.Pods = nil
	s.ready(1)
	s.Record.Run.Hooks = []strategy.HookRun{
		hook(spec.HookBefore, "migrate", strategy.JobSucceeded), hook(spec.HookVerify, "smoke", strategy.JobRunning),
		hook(spec.HookAfter, "tidy", strategy.JobPending),
	}
	s.Record.Run.Hooks[1].StartedAt = Ago(20 * time.Second)
	return s.Says(corev1.ConditionUnknown, spec.ReasonHook, "canary "+CanaryRS+
		" at 0 %, step 1 of 3: verify: Job shop-verify-k7vq2mzx9w is running: 0 of 1 done, 1 active (1 ready)", 3*time.Second).
		Happened(20*time.Second, "Normal", "WaitingForHook", "verify: Job shop-verify-k7vq2mzx9w is made from CronJob smoke")
}

// HookFailed was aborted by the hook verify.
func HookFailed() *State {
	s := Hooked()
	run := s.Record.Run
	run.Phase, run.Reason, run.EndedAt = strategy.RunAborted, spec.ReasonHookFailed, Ago(5*time.Second)
	run.Message = "verify: Job shop-verify-k7vq2mzx9w has failed: " + failure + "; see kubectl logs --namespace web job/shop-verify-k7vq2mzx9w"
	run.Hooks[1].State, run.Hooks[1].Message, run.Hooks[1].EndedAt = strategy.JobFailed, failure, Ago(5*time.Second)
	s.Record.History = append([]strategy.Summary{{
		Number: run.Number, ID: run.ID, Canary: run.Canary, Stable: run.Stable, Result: strategy.ResultAborted, Reason: run.Reason,
		Message: run.Message, StartedAt: run.StartedAt, EndedAt: run.EndedAt, Hooks: run.Hooks,
	}}, s.Record.History...)
	zero := int32(0)
	s.ReplicaSets[1].Spec.Replicas = &zero
	s.ReplicaSets[1].Status.ReadyReplicas = 0
	return s.Says(corev1.ConditionFalse, spec.ReasonHookFailed, "canary "+CanaryRS+": "+run.Message+
		"; waiting for another template, or sluice.dev/command: retry bc4d5f7g9h", 4*time.Second)
}

// AfterFailed was promoted, and its hook after failed.
func AfterFailed() *State {
	s := Promoted()
	s.Record.History[0].Hooks = []strategy.HookRun{
		hook(spec.HookBefore, "migrate", strategy.JobSucceeded), hook(spec.HookAfter, "tidy", strategy.JobFailed),
	}
	s.Record.History[0].Hooks[1].Message = failure
	return s.Says(corev1.ConditionTrue, spec.ReasonPromoted, "ReplicaSet "+CanaryRS+" serves; after: Job shop-after-k7vq2mzx9w has failed: "+failure, 0)
}

// Testers waits at weight 0 for an approval; the header leads to the canary, and copies are judged.
func Testers() *State {
	s := Starting().Annotate(spec.AnnotationSteps, "0@pause,10@5m,100@5m").
		Annotate(spec.AnnotationCanaryHeader, "x-canary=always").Annotate(spec.AnnotationMirror, "10%")
	s.Pods = nil
	s.ready(1)
	s.reach(25 * time.Second)
	return s.Says(corev1.ConditionUnknown, spec.ReasonApproval,
		"canary "+CanaryRS+" at 0 %, step 1 of 3: waits for sluice.dev/command: approve bc4d5f7g9h", 25*time.Second)
}
