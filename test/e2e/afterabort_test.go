package e2e

import (
	"slices"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// What a developer does about a version that was aborted: he pushes another one.

func TestScenario07_AFixPushedAfterAnAbortIsJudgedAndPromoted(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s, users, stablePods := newAborted(t, brake)
			s.push("v3", nil)
			// Until Sluice has seen the template, too, Kubernetes goes on telling of the version that failed.
			s.await(metav1.ConditionUnknown)
			pipeline := s.rolloutStatus()
			s.promoted(2)

			require.NoError(t, <-pipeline, "kubectl rollout status")
			assert.Equal(t, []int{50, 0, 50, 100, 0}, s.weights(), "seen in the VirtualService")
			written, _ := s.weightDeeds()
			assert.Equal(t, s.weights(), written, "writes to the VirtualService: the way back is one of them")
			fix := s.canary("v3")
			final, names := s.live()
			assert.Len(t, final, 4)
			assert.Equal(t, final, s.podsAt(fix, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
			assert.Equal(t, final, s.podsOf(fix), "the fix never had other pods")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			assert.Len(t, s.podsOf(s.canary("v2")), 2, "the aborted version got no more pods")
			s.keptStableUntil(s.handedOver(fix), stablePods)
			s.onlyReplicaSets(s.stable, fix)

			users.unharmed()
			s.restored()
			assert.Equal(t, "2", s.deployment().Annotations[revision], "the aborted version was never a revision")
			assert.Equal(t, s.restsBraked(), s.deployment().Spec.Paused)
		})
	}
}

func TestScenario08_TheOldTemplatePushedBackAfterAnAbortIsAtRestWithoutARun(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s, users, stablePods := newAborted(t, brake)
			before := len(s.deeds(cluster.Controller))
			s.push("v1", nil)
			s.atRest()
			s.kubectl(cluster.Developer, "rollout", "status", "deployment/shop", "--timeout=20s")
			s.onlyReplicaSets(s.stable)
			require.NoError(t, s.quit(), "whatever it was doing is done")

			for _, d := range s.deeds(cluster.Controller)[before:] {
				assert.NotContains(t, []string{"virtualservices shop", "services shop", "replicasets " + s.stable}, d.what()+" "+d.Name,
					"neither the traffic nor stable was touched: %s", d)
			}
			assert.Equal(t, 1, s.ended(1).Number, "the last run is still the first")
			assert.Equal(t, []int{50, 0}, s.weights())
			uids, _ := s.live()
			assert.Equal(t, stablePods, uids, "pods")
			s.keptStableUntil(s.lastRevision(), stablePods)
			users.unharmed()
			s.restored()
			d := s.deployment()
			assert.Equal(t, s.restsBraked(), d.Spec.Paused)
			assert.Equal(t, "1", d.Annotations[revision])
			c := condition(d, appsv1.DeploymentProgressing)
			assert.False(t, c != nil && c.Status == corev1.ConditionFalse, "a failure that is over: %+v", c)
		})
	}
}

// newAborted is a stage whose second version has failed at the first step, with users who go on.
func newAborted(t *testing.T, brake strategy.Brake) (s *stage, users *users, stablePods []string) {
	t.Helper()
	// Half of the traffic at the first step, so that both verdicts have their evidence soon.
	s = newStage(t, setup{brake: brake, virtualService: handwritten, app: cluster.App{
		Annotations: map[string]string{spec.AnnotationSteps: "50@0s,100@0s"},
	}})
	s.annotate()
	stablePods, _ = s.live()
	users = s.load(60)
	s.push("v2", map[string]string{"ERROR_RATE": "0.9"})
	require.Equal(t, string(spec.ReasonGateFailed), s.aborted(1).Reason)
	s.cleared(s.canary("v2"))
	return s, users, stablePods
}

// onlyReplicaSets waits until there are no other ReplicaSets than these.
func (s *stage) onlyReplicaSets(names ...string) {
	s.Helper()
	slices.Sort(names)
	var found []string
	_, err := cluster.WaitForAll(s.ctx, plane, s.namespace, "app="+s.app.Name, func(all []appsv1.ReplicaSet) bool {
		found = nil
		for i := range all {
			found = append(found, all[i].Name)
		}
		slices.Sort(found)
		return slices.Equal(found, names)
	})
	require.NoError(s, err, "ReplicaSets %v, want %v", found, names)
}
