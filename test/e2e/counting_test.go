package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/analysis"
	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

func TestScenario38_TheFirstErrorsOfAFreshPodAreCounted(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: map[string]string{
		spec.AnnotationSteps: "50@1s,100@1s",
	}}})
	s.requests(40)
	s.annotate()
	s.push("v2", map[string]string{"ERROR_RATE": "1"})
	s.untilWeight(50)
	s.holds(spec.ReasonEvidence)
	// One after the other, which takes milliseconds, and then silence: the canary's counter of errors is there with about its final
	// value when it is first seen. Stable must have had enough of them to be told from the canary.
	failed, served := 0, 0
	for failed < 8 || served < 8 {
		response, err := data.Do(s.ctx, s.namespace, s.app.Name, "/", nil)
		require.NoError(t, err)
		if response.Outcome() == mesh.FailedByVersion {
			failed++
		} else {
			served++
		}
	}
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
	gate := s.judgedBy(analysis.GateErrorRate)
	assert.Positive(t, gate.Canary.Bad)
	assert.LessOrEqual(t, gate.Canary.Bad, float64(failed), "a scrape between two of them brings the rest later")
	assert.InDelta(t, gate.Canary.Requests, gate.Canary.Bad, 0)
	s.restored()
}

func TestScenario39_AContainerThatIsRestartedIsCountedRightly(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: map[string]string{
		spec.AnnotationSteps: "50@6s,100@1s",
	}}})
	users := s.load(60)
	s.annotate()
	s.push("v2", map[string]string{"CRASH_BACKOFF": "200ms"})
	s.untilWeight(50)
	users.blindly("v2", 60)
	crashed := s.podsNamed(s.canary("v2"))[0]
	require.NoError(t, plane.Pods().Crash(s.ctx, s.namespace, crashed))
	s.promoted(1)
	users.home()
	// A reset that is taken for progress would count what was counted before once more; one that is taken for a loss, too little.
	served := float64(users.inside.Snapshot().Versions["v2"].Requests)
	gate := s.judgedBy(analysis.GateErrorRate)
	assert.Zero(t, gate.Canary.Bad)
	assert.LessOrEqual(t, gate.Canary.Requests, served+float64(len(users.outside.got())))
	assert.Greater(t, gate.Canary.Requests, 100.0)
	s.restored()
}

// judgedBy is a gate as the last run that ended has it.
func (s *stage) judgedBy(name string) analysis.Gate {
	s.Helper()
	for _, gate := range s.ended(1).Gates {
		if gate.Name == name {
			return gate
		}
	}
	require.Fail(s, "no such gate", name)
	return analysis.Gate{}
}

// podsNamed are the names of a ReplicaSet's pods, sorted.
func (s *stage) podsNamed(replicaSet string) []string {
	s.Helper()
	var names []string
	for _, l := range s.lives() {
		if l.replicaSet == replicaSet && l.dying == 0 {
			names = append(names, l.name)
		}
	}
	slices.Sort(names)
	return names
}

// restarts waits until a pod is ready again after so many restarts.
func (s *stage) restarts(pod string, n int32) {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, pod, func(p *corev1.Pod) bool {
		return len(p.Status.ContainerStatuses) > 0 && p.Status.ContainerStatuses[0].RestartCount == n && p.Status.ContainerStatuses[0].Ready
	})
	require.NoError(s, err)
}

func TestCanaryThatKeepsRestartingIsAborted(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: ungated(map[string]string{
		spec.AnnotationSteps: "50@1h,100@1s",
	})}})
	users := s.load(30)
	s.annotate()
	s.push("v2", map[string]string{"CRASH_BACKOFF": "100ms"})
	s.untilWeight(50)
	crashes := s.podsNamed(s.canary("v2"))
	require.Len(t, crashes, 2)
	require.NoError(t, plane.Pods().Crash(s.ctx, s.namespace, crashes[0]))
	s.restarts(crashes[0], 1)
	s.stays(50, 2*time.Second)
	require.NoError(t, plane.Pods().Crash(s.ctx, s.namespace, crashes[0]))
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonRestarting), condition.Reason)
	assert.Contains(t, condition.Message, "pod "+crashes[0])
	assert.Contains(t, condition.Message, "restarted 2 times")
	assert.Equal(t, []int{50, 0}, s.weights())
	users.home()
	s.restored()
}
