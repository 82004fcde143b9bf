package e2e

import (
	"encoding/json"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestHooks_AControllerKilledAfterAnyWriteRunsEachOnce(t *testing.T) {
	t.Parallel()
	all := []spec.Hook{spec.HookBefore, spec.HookVerify, spec.HookAfter}
	course{
		setup: setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil)}},
		rollOut: func(s *stage) {
			for _, name := range []string{"migrate", "smoke", "tidy"} {
				s.task(name, map[string]string{"RUN_FOR": "100ms"})
			}
			maps.Copy(s.app.Annotations, hooks(all...))
			s.push("v2", nil)
			s.promoted(1)
		},
		finish: func(s *stage, _ []string) {
			canary := s.canary("v2")
			for _, hook := range all {
				assert.False(s, s.hookJob(hook).failed, "the one Job of %s", hook)
			}
			assert.Less(s, s.hookJob(spec.HookBefore).ended, s.versionsOf("v2")[canary])
			assert.Less(s, s.hookJob(spec.HookVerify).ended, s.weighed(100))
			assert.Greater(s, s.hookJob(spec.HookAfter).born, s.handedOver(canary))
			s.atRest()
		},
	}.isKilledEverywhere(t)
}

// knownToRecord waits until the record says that a Job has been seen.
func (s *stage) knownToRecord(j hookJob) {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name+"-sluice", func(c *corev1.ConfigMap) bool {
		var r strategy.Record
		return json.Unmarshal([]byte(c.Data[strategy.RecordKey]), &r) == nil && r.Run != nil &&
			slices.ContainsFunc(r.Run.Hooks, func(h strategy.HookRun) bool { return h.Job == j.name && h.Made })
	})
	require.NoError(s, err)
}

// A migration that somebody deletes while nobody watches must not be run a second time.
func TestHooks_AJobDeletedWhileTheControllerWasDownIsNotRunAgain(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: quick(nil, spec.HookBefore)}})
	s.task("migrate", map[string]string{"RUN_FOR": "1h"})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(20)
	s.push("v2", nil)
	job := s.untilHook(spec.HookBefore, 1)
	s.knownToRecord(job)
	require.NoError(t, s.controller.Kill())
	s.kubectl(cluster.Developer, "delete", "job", job.name)
	require.NoError(t, s.controller.Restart(s.ctx))
	condition := s.aborted(1)
	assert.Contains(t, condition.Message, "Job "+job.name+" has failed: it was deleted")
	assert.Len(t, s.hookJobs(spec.HookBefore), 1)
	made := 0
	for _, d := range only(s.deeds(cluster.Controller), jobs, "") {
		if strings.EqualFold(d.Verb, "create") && d.Code < http.StatusMultipleChoices {
			made++
		}
	}
	assert.Equal(t, 1, made)
	users.unharmed()
	s.untouched(users, "v2", stablePods)
	s.restored()
}
