package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	batchv1 "k8s.io/api/batch/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestHooks_EachAtItsTime(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten, app: cluster.App{
				Annotations: quick(map[string]string{spec.AnnotationSteps: "50@0s,100@0s"}, spec.HookBefore, spec.HookVerify, spec.HookAfter),
			}})
			s.task("migrate", map[string]string{"RUN_FOR": "1s"})
			s.task("smoke", map[string]string{"RUN_FOR": "1s", "SLUICE_CANARY_HOST": "the template's own"})
			s.task("tidy", map[string]string{"RUN_FOR": "1s"})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(40)
			s.push("v2", nil)
			s.promoted(1)
			users.unharmed()
			canary := s.canary("v2")

			before, verify, after := s.hookJob(spec.HookBefore), s.hookJob(spec.HookVerify), s.hookJob(spec.HookAfter)
			for _, j := range []hookJob{before, verify, after} {
				assert.Positive(t, j.ended, j.name)
				assert.False(t, j.failed, j.name)
				require.Len(t, j.last.OwnerReferences, 1)
				assert.Equal(t, s.deployment().UID, j.last.OwnerReferences[0].UID, j.name)
				env := s.env(j)
				assert.Equal(t, "shop-canary."+s.namespace+".svc.cluster.local", env["SLUICE_CANARY_HOST"], j.name)
				assert.Equal(t, canary, env["SLUICE_CANARY"], j.name)
				assert.Equal(t, s.stable, env["SLUICE_STABLE"], j.name)
			}
			assert.Less(t, before.ended, s.versionsOf("v2")[canary], "`before` had ended when the new version's ReplicaSet came")
			ready := s.readyEndpoints("shop-canary", canary, 2)
			assert.Positive(t, ready)
			assert.Greater(t, verify.born, ready, "`verify` came when the canary's host led to ready pods")
			assert.Less(t, verify.ended, s.weighed(50), "`verify` had ended when the canary was given traffic")
			for _, l := range s.lives() {
				if slices.Contains(stablePods, l.uid) {
					assert.Less(t, l.dying, after.born, "`after` came when stable's pod %s was gone", l.name)
				}
			}
			assert.Equal(t, []int{50, 100, 0}, s.weights())
			s.atRest()
			s.restored()
		})
	}
}

func TestHooks_AMigrationThatFailsStopsTheRunBeforeThereIsAnything(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil, spec.HookBefore)}})
	s.task("migrate", map[string]string{"RUN_FOR": "300ms", "EXIT_CODE": "3"})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(30)
	s.push("v2", nil)
	pipeline := s.rolloutStatus()
	condition := s.aborted(1)
	first := s.hookJob(spec.HookBefore)
	assert.Equal(t, string(spec.ReasonHookFailed), condition.Reason)
	for _, words := range []string{"Job " + first.name, "BackoffLimitExceeded", "kubectl logs --namespace " + s.namespace + " job/" + first.name} {
		assert.Contains(t, condition.Message, words)
	}
	s.warned(spec.ReasonHookFailed, first.name)
	s.failed(<-pipeline)
	assert.Empty(t, only(s.deeds(cluster.Controller), virtualServices, ""), "the VirtualService was never written to")
	s.untouched(users, "v2", stablePods)
	s.restored()
	assert.NotEmpty(t, s.env(first), "its pod, and so its logs, is there")

	// The migration is mended, and the run tried again.
	s.task("migrate", map[string]string{"RUN_FOR": "300ms", "EXIT_CODE": "0"})
	s.command(spec.VerbRetry, s.ended(1).Canary.Name)
	s.promoted(2)
	all := s.hookJobs(spec.HookBefore)
	require.Len(t, all, 2, "a new run, a new Job")
	assert.NotEqual(t, all[0].name, all[1].name)
	assert.False(t, all[1].failed)
	assert.Less(t, all[1].ended, s.firstPod("v2"))
	users.unharmed()
	s.restored()
}

func TestHooks_ASmokeTestThatFailsSparesTheUsers(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil, spec.HookVerify)}})
	s.task("smoke", map[string]string{"RUN_FOR": "500ms", "EXIT_CODE": "1"})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(40)
	s.push("v2", nil)
	pipeline := s.rolloutStatus()
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonHookFailed), condition.Reason)
	assert.Contains(t, condition.Message, "Job "+s.hookJob(spec.HookVerify).name)
	users.unharmed()
	users.spared("v2")
	assert.Empty(t, s.weights())
	s.isOver(stablePods, pipeline)
}

func TestHooks_ACleanUpThatFailsUndoesNothingAndIsSaid(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil, spec.HookAfter)}})
	s.task("tidy", map[string]string{"RUN_FOR": "300ms", "EXIT_CODE": "1"})
	s.annotate()
	users := s.load(30)
	s.push("v2", nil)
	s.promoted(1)
	job := s.hookJob(spec.HookAfter)
	assert.True(t, job.failed)
	assert.Contains(t, s.conditionNow().Message, "Job "+job.name+" has failed")
	s.warned(spec.ReasonAfterFailed, job.name, "the new version stays")
	users.unharmed()
	s.atRest()
	assert.Equal(t, s.canary("v2"), s.serving())
	assert.Contains(t, s.conditionNow().Message, job.name, "at rest too")
	s.restored()
}

func TestHooks_ADeadlineEndsTheRun(t *testing.T) {
	t.Parallel()
	for says, deadline := range map[string]int64{"of the template": 2, "of the run": 0} {
		t.Run(says, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{virtualService: handwritten, app: cluster.App{
				Annotations: quick(map[string]string{spec.AnnotationMaxHold: "2s"}, spec.HookBefore),
			}})
			s.applyTask(cluster.Task{Env: map[string]string{"RUN_FOR": "1h"}, DeadlineSeconds: deadline})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(20)
			s.push("v2", nil)
			condition := s.aborted(1)
			job := s.hookJob(spec.HookBefore)
			assert.Equal(t, int64(2), *job.last.Spec.ActiveDeadlineSeconds)
			assert.Contains(t, condition.Message, "Job "+job.name+" has failed: "+batchv1.JobReasonDeadlineExceeded)
			users.unharmed()
			s.untouched(users, "v2", stablePods)
			s.restored()
		})
	}
}

func TestHooks_NothingStartsWithoutAUsableCronJob(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil, spec.HookVerify)}})
	s.task("smoke", map[string]string{"RUN_FOR": "100ms"})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(30)
	s.kubectl(cluster.Developer, "delete", "cronjob", "smoke")
	s.push("v2", nil)
	says := func(words ...string) {
		t.Helper()
		condition := s.says(spec.ReasonHookInvalid, words...)
		assert.Equal(t, metav1.ConditionFalse, metav1.ConditionStatus(condition.Status))
	}
	says(spec.AnnotationVerify, `there is no CronJob "smoke"`)
	s.warned(spec.ReasonHookInvalid, `there is no CronJob "smoke"`)
	// Its pods would be taken for the Deployment's.
	s.applyTask(cluster.Task{Name: "smoke", Labels: map[string]string{"app": "shop", "task": "smoke"}})
	says(`CronJob "smoke"`, "the selector of Deployment shop matches its pods")
	s.untouched(users, "v2", stablePods)
	assert.Empty(t, s.hookJobs(spec.HookVerify))

	s.kubectl(cluster.Developer, "delete", "cronjob", "smoke")
	s.task("smoke", map[string]string{"RUN_FOR": "100ms"})
	s.promoted(1)
	assert.False(t, s.hookJob(spec.HookVerify).failed)
	users.unharmed()
	s.restored()
}

func TestHooks_TheNextMigrationWaitsForTheOneOfAnOvertakenRun(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil, spec.HookBefore)}})
	s.task("migrate", map[string]string{"RUN_FOR": "6s"})
	s.annotate()
	users := s.load(30)
	s.push("v2", nil)
	first := s.untilHook(spec.HookBefore, 1)
	s.push("v3", nil)
	s.says(spec.ReasonHook, "waits until Job "+first.name)
	s.promoted(2)
	all := s.hookJobs(spec.HookBefore)
	require.Len(t, all, 2)
	assert.Equal(t, first.uid, all[0].uid)
	assert.False(t, all[0].failed, "it was left to end")
	assert.Positive(t, all[0].ended)
	assert.Greater(t, all[1].born, all[0].ended, "one migration at a time")
	assert.Less(t, all[1].ended, s.firstPod("v3"))
	users.unharmed()
	users.spared("v2")
	assert.Zero(t, s.firstPod("v2"))
	s.restored()
}
