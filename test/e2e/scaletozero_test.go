package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestScenario14_ScaledToZeroMidRunTheRunIsAbortedAndStableIsRevived(t *testing.T) {
	t.Parallel()
	for name, past := range map[string]struct {
		brake strategy.Brake
		// newer is a version that was taken back before Sluice came: its ReplicaSet is newer than stable's, and what a paused Deployment
		// without pods would scale up.
		newer string
	}{
		"of_one_version":               {strategy.BrakePaused, ""},
		"after_a_newer_one_was_undone": {strategy.BrakeAdmission, "v0"},
		"braked_at_rest_after_an_undo": {strategy.BrakePaused, "v0"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: past.brake, virtualService: handwritten, app: cluster.App{
				Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@0s,50@pause,100@0s"}),
			}})
			if past.newer != "" {
				s.tried(past.newer)
			}
			s.annotate()
			users := s.load(50)
			s.push("v2", nil)
			s.untilWeight(50)
			s.holds(spec.ReasonApproval)
			canary := s.canary("v2")
			users.unharmed()

			s.kubectl(cluster.Developer, "scale", "deployment/shop", "--replicas=0")
			assert.Equal(t, string(spec.ReasonScaledToZero), s.aborted(1).Reason)
			s.failed(<-s.rolloutStatus())
			s.cleared(canary)
			s.cleared(s.stable)
			assert.Equal(t, []int{10, 50, 0}, s.weights())
			s.restored()
			judged := s.podsOf(canary)

			s.kubectl(cluster.Developer, "scale", "deployment/shop", "--replicas=4")
			s.revived()
			s.stays(0, time.Second) // in which the proxies learn of its endpoints
			users = s.load(50)
			s.stays(0, 2*time.Second)
			_, names := s.live()
			assert.Equal(t, names, s.requests(60), "pods that answer")
			got := users.unharmed()
			assert.Equal(t, []string{"v1"}, got.VersionNames())
			assert.Equal(t, judged, s.podsOf(canary), "the aborted version got no more pods")
			s.await(metav1.ConditionFalse, spec.ReasonScaledToZero)
			assert.True(t, s.deployment().Spec.Paused)
			s.restored()
		})
	}
}

// tried rolls a version out and goes back from it, before Sluice is there.
func (s *stage) tried(version string) {
	s.Helper()
	app := s.app
	app.Annotations = nil
	for _, v := range []string{version, s.app.Version} {
		app.Version = v
		_, err := app.Deploy(s.ctx, plane)
		require.NoError(s, err)
	}
	require.Equal(s, s.stable, s.serving())
}

// revived waits until all of the Deployment's pods are available, and are stable's.
func (s *stage) revived() {
	s.Helper()
	selector := "app=" + s.app.Name
	var have []string
	_, err := cluster.WaitForAll(s.ctx, plane, s.namespace, selector, func(all []corev1.Pod) bool {
		have = nil
		for i := range all {
			have = append(have, all[i].Name)
		}
		return len(all) == int(s.app.Replicas) && !slices.ContainsFunc(have, func(name string) bool { return replicaSetOf(name) != s.stable })
	})
	require.NoError(s, err, "pods %v, want %d of %s", have, s.app.Replicas, s.stable)
	_, err = cluster.WaitFor(s.ctx, plane, s.namespace, s.stable, func(rs *appsv1.ReplicaSet) bool {
		return rs.Status.AvailableReplicas == s.app.Replicas
	})
	require.NoError(s, err)
}
