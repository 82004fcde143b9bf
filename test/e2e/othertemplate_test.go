package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// Another template than the one that is being judged, or than the last one.

// newHalf is a stage whose second version has half of the traffic and waits there.
func newHalf(t *testing.T, brake strategy.Brake) (s *stage, users *users, stablePods []string, pipeline <-chan error) {
	t.Helper()
	s = newStage(t, setup{brake: brake, virtualService: handwritten, app: cluster.App{
		Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@0s,50@pause,100@0s"}),
	}})
	s.annotate()
	stablePods, _ = s.live()
	users = s.load(60)
	s.push("v2", nil)
	pipeline = s.rolloutStatus()
	s.untilWeight(50)
	s.holds(spec.ReasonApproval)
	return s, users, stablePods, pipeline
}

func TestScenario09_ANewerTemplateMidRunIsJudgedFromTheFirstStepWhenTheOldCanaryIsGone(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s, users, stablePods, pipeline := newHalf(t, brake)
			s.push("v3", nil)
			s.until("half of the traffic at the newer version", func() bool { return len(s.weights()) == 5 })
			s.command(spec.VerbApprove, s.canary("v3"))
			s.promoted(2)

			require.NoError(t, <-pipeline, "kubectl rollout status, begun with the version that was overtaken")
			assert.Equal(t, []int{10, 50, 0, 10, 50, 100, 0}, s.weights(), "seen in the VirtualService")
			written, at := s.weightDeeds()
			assert.Equal(t, s.weights(), written, "writes to the VirtualService: the way back is one of them")
			older, newer := s.canary("v2"), s.canary("v3")
			for _, l := range s.lives() {
				if l.replicaSet == older {
					assert.Positive(t, l.dying, "pod %s", l.name)
					assert.Less(t, l.dying, s.firstPod("v3"), "pod %s went before the first of the newer version came", l.name)
				}
			}
			assert.GreaterOrEqual(t, s.emptied(older).Sub(at[2]), time.Second, "the overtaken version kept its pods for the drain time")
			s.onlyReplicaSets(s.stable, newer)
			final, names := s.live()
			assert.Len(t, final, 4)
			assert.Equal(t, final, s.podsAt(newer, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			s.keptStableUntil(s.handedOver(newer), stablePods)
			s.neverFailed()
			users.unharmed()
			s.restored()
			assert.Equal(t, "2", s.deployment().Annotations[revision])
		})
	}
}

func TestScenario10_TheTemplateRevertedMidRunCancelsTheRun(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s, users, stablePods, pipeline := newHalf(t, brake)
			s.push("v1", nil)
			assert.Equal(t, strategy.ResultCancelled, s.ended(1).Result)
			s.atRest()

			require.NoError(t, <-pipeline, "kubectl rollout status, begun with the version that was taken back")
			s.onlyReplicaSets(s.stable)
			require.NoError(t, s.quit(), "whatever it was doing is done")
			assert.Equal(t, []int{10, 50, 0}, s.weights(), "seen in the VirtualService")
			written, at := s.weightDeeds()
			assert.Equal(t, s.weights(), written, "writes to the VirtualService: the way back is one of them")
			assert.GreaterOrEqual(t, s.emptied(s.canary("v2")).Sub(at[2]), time.Second, "the canary kept its pods for the drain time")
			uids, names := s.live()
			assert.Equal(t, stablePods, uids, "pods")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			s.keptStableUntil(s.lastRevision(), stablePods)
			s.neverFailed()
			users.unharmed()
			s.restored()
			assert.Equal(t, "1", s.deployment().Annotations[revision])
			assert.Equal(t, s.restsBraked(), s.deployment().Spec.Paused)
		})
	}
}

func TestScenario11_AVersionTwoRevisionsOldIsJudgedAndItsPodsStay(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{
				brake: brake, virtualService: handwritten, earlier: "v1",
				app: cluster.App{Version: "v2", Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@0s,100@0s"})},
			})
			s.annotate()
			users := s.load(50)
			s.push("v3", nil)
			s.promoted(1)
			stablePods, _ := s.live()
			if s.restsBraked() {
				s.push("v1", nil) // kubectl refuses to undo what is paused
			} else {
				s.atRest()
				s.kubectl(cluster.Developer, "rollout", "undo", "deployment/shop", "--to-revision=1")
			}
			s.promoted(2)

			assert.Equal(t, []int{10, 100, 0, 10, 100, 0}, s.weights())
			old, newer := s.canary("v1"), s.canary("v3")
			owners := s.owners(old)
			kinds := make([]string, 0, len(owners))
			for _, o := range owners {
				kinds = append(kinds, o.kind)
			}
			require.Equal(t, []string{"Deployment", "ConfigMap", "Deployment"}, kinds, "the old ReplicaSet was taken over and given back")
			judged, handed := s.weightSights()[5], owners[2].revision
			require.Equal(t, 100, judged.weight)
			final, names := s.live()
			assert.Len(t, final, 4)
			assert.Equal(t, final, s.podsAt(old, judged.revision), "the pods that were judged at 100 % and those that serve at the end")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			for _, name := range names {
				assert.Equal(t, old, replicaSetOf(name))
			}
			assert.Equal(t, stablePods, s.podsOf(newer), "the version that was replaced had no other pods")
			assert.Equal(t, stablePods, s.podsAt(newer, handed), "it had all of them until the hand over")
			users.unharmed()
			s.restored()
			s.atRest()
			assert.Equal(t, "4", s.deployment().Annotations[revision])
			assert.Contains(t, s.kubectl(cluster.Developer, "rollout", "history", "deployment/shop", "--revision=4"), "shop:v1")
			assert.Contains(t, s.kubectl(cluster.Developer, "rollout", "history", "deployment/shop", "--revision=3"), "shop:v3")
		})
	}
}

// ownership is which kind of object was the controller of a ReplicaSet, and the revision from which on.
type ownership struct {
	kind     string
	revision int64
}

// owners are the controllers that a ReplicaSet has had, one for every change.
func (s *stage) owners(replicaSet string) []ownership {
	s.Helper()
	var owners []ownership
	for _, e := range s.seen.of(replicaSets, replicaSet) {
		kind := ""
		if owner := metav1.GetControllerOf(e.object); owner != nil {
			kind = owner.Kind
		}
		if len(owners) == 0 || owners[len(owners)-1].kind != kind {
			owners = append(owners, ownership{kind, e.revision})
		}
	}
	return owners
}

// emptied is when Sluice took a ReplicaSet's last pods away, or the ReplicaSet itself.
func (s *stage) emptied(replicaSet string) time.Time {
	s.Helper()
	for _, d := range only(s.deeds(cluster.Controller), replicaSets, replicaSet) {
		if d.Verb == "delete" {
			return d.Time
		}
		require.NotNil(s, d.after, d.String())
		rs := &appsv1.ReplicaSet{}
		require.NoError(s, runtime.DefaultUnstructuredConverter.FromUnstructured(d.after.Object, rs))
		if rs.Spec.Replicas != nil && *rs.Spec.Replicas == 0 {
			return d.Time
		}
	}
	require.Fail(s, "never emptied", replicaSet)
	return time.Time{}
}

// neverFailed asserts that nobody who waited for the Deployment was ever told that its roll-out has failed.
func (s *stage) neverFailed() {
	s.Helper()
	for _, e := range s.seen.of(deployments, s.app.Name) {
		d := &appsv1.Deployment{}
		require.NoError(s, runtime.DefaultUnstructuredConverter.FromUnstructured(e.object.Object, d))
		for _, name := range []appsv1.DeploymentConditionType{appsv1.DeploymentProgressing, spec.ConditionPromoted} {
			c := condition(d, name)
			assert.False(s, c != nil && c.Status == corev1.ConditionFalse, "at %d: %+v", e.revision, c)
		}
	}
	events, err := plane.Client().CoreV1().Events(s.namespace).List(s.ctx, metav1.ListOptions{})
	require.NoError(s, err)
	for i := range events.Items {
		e := &events.Items[i]
		assert.False(s, e.InvolvedObject.Kind == "Deployment" && e.Type == corev1.EventTypeWarning, "event %s: %s", e.Reason, e.Message)
	}
}
