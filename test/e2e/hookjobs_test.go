package e2e

import (
	"maps"
	"slices"
	"strings"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// hookJob is a Job that was there, and its sights.
type hookJob struct {
	name, uid string
	// born is the revision in which it came, ended that in which it was first seen finished; 0: never.
	born, ended int64
	failed      bool
	last        batchv1.Job
}

// hookJobs are all Jobs that were ever made for a hook, in the order in which they came.
func (s *stage) hookJobs(hook spec.Hook) []hookJob {
	s.Helper()
	var found []hookJob
	for _, e := range s.seen.of(jobs, "") {
		if e.object.GetLabels()["sluice.dev/hook"] != string(hook) {
			continue
		}
		i := slices.IndexFunc(found, func(j hookJob) bool { return j.uid == string(e.object.GetUID()) })
		if i < 0 {
			found, i = append(found, hookJob{name: e.object.GetName(), uid: string(e.object.GetUID()), born: e.revision}), len(found)
		}
		j := &found[i]
		j.last = batchv1.Job{}
		require.NoError(s, runtime.DefaultUnstructuredConverter.FromUnstructured(e.object.Object, &j.last))
		for _, c := range j.last.Status.Conditions {
			if j.ended == 0 && c.Status == corev1.ConditionTrue && (c.Type == batchv1.JobComplete || c.Type == batchv1.JobFailed) {
				j.ended, j.failed = e.revision, c.Type == batchv1.JobFailed
			}
		}
	}
	return found
}

// hookJob is the only Job of a hook.
func (s *stage) hookJob(hook spec.Hook) hookJob {
	s.Helper()
	all := s.hookJobs(hook)
	require.Len(s, all, 1, "Jobs of %s", hook)
	return all[0]
}

// untilHook returns when the nth Job of a hook, from 1, has a pod.
func (s *stage) untilHook(hook spec.Hook, n int) hookJob {
	s.Helper()
	s.until("a Job of "+string(hook)+" at work", func() bool {
		all := s.hookJobs(hook)
		return len(all) >= n && all[n-1].last.Status.Active > 0
	})
	return s.hookJobs(hook)[n-1]
}

// env is what the pod of a Job was given: its logs, and all else that a person would look at, are there as long as it is.
func (s *stage) env(j hookJob) map[string]string {
	s.Helper()
	list, err := plane.Client().CoreV1().Pods(s.namespace).List(s.ctx, metav1.ListOptions{LabelSelector: batchv1.JobNameLabel + "=" + j.name})
	require.NoError(s, err)
	require.Len(s, list.Items, 1, "pods of Job %s", j.name)
	env := map[string]string{}
	for _, v := range list.Items[0].Spec.Containers[0].Env {
		env[v.Name] = v.Value
	}
	return env
}

// task writes a CronJob, as the developer; a second time it changes it.
func (s *stage) task(name string, env map[string]string) {
	s.Helper()
	s.applyTask(cluster.Task{Name: name, Env: env})
}

func (s *stage) applyTask(task cluster.Task) {
	s.Helper()
	task.Namespace = s.namespace
	require.NoError(s, task.Apply(s.ctx, plane))
}

// hooks are annotations that name a CronJob for each hook: migrate, smoke and tidy.
func hooks(which ...spec.Hook) map[string]string {
	all := map[spec.Hook][2]string{
		spec.HookBefore: {spec.AnnotationBefore, "cronjob/migrate"},
		spec.HookVerify: {spec.AnnotationVerify, "cronjob/smoke"},
		spec.HookAfter:  {spec.AnnotationAfter, "cronjob/tidy"},
	}
	annotations := map[string]string{}
	for _, hook := range which {
		annotations[all[hook][0]] = all[hook][1]
	}
	return annotations
}

// quick is a canary without gates whose only step takes no time, with hooks and more.
func quick(more map[string]string, which ...spec.Hook) map[string]string {
	annotations := ungated(map[string]string{spec.AnnotationSteps: "100@0s"})
	maps.Copy(annotations, hooks(which...))
	maps.Copy(annotations, more)
	return annotations
}

// firstPod is the revision in which the first pod of a version came; 0: there never was one.
func (s *stage) firstPod(version string) int64 {
	s.Helper()
	known := s.versionsOf(version)
	for _, l := range s.lives() {
		if _, ours := known[l.replicaSet]; ours {
			return l.born
		}
	}
	return 0
}

// untouched asserts that a version never had a ReplicaSet, a pod or a user, and that nothing that carries traffic leads there.
func (s *stage) untouched(users *users, version string, stablePods []string) {
	s.Helper()
	assert.Empty(s, s.versionsOf(version), "ReplicaSets of %s", version)
	assert.Zero(s, s.firstPod(version), "pods of %s", version)
	assert.Empty(s, s.weights())
	users.spared(version)
	uids, _ := s.live()
	assert.Equal(s, stablePods, uids, "pods")
	s.keptStableUntil(s.lastRevision(), stablePods)
}

// says waits until the condition gives a reason with all the words.
func (s *stage) says(reason spec.Reason, words ...string) *appsv1.DeploymentCondition {
	s.Helper()
	var c *appsv1.DeploymentCondition
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		c = condition(d, spec.ConditionPromoted)
		return c != nil && c.Reason == string(reason) &&
			!slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(c.Message, word) })
	})
	require.NoError(s, err)
	return c
}
