package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	clientset "k8s.io/client-go/kubernetes"
	conflicts "k8s.io/client-go/util/retry"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// The number of pods changes while a run goes on.

// graceful makes pods serve on for a while after their deletion, as those of a well-kept application do: a Deployment that is made
// smaller loses pods that clients still know, with or without a roll-out.
func graceful() map[string]string { return map[string]string{"SHUTDOWN_DELAY": "2s"} }

// autoscaler is who the controller of HorizontalPodAutoscalers acts as.
const autoscaler = "system:serviceaccount:kube-system:horizontal-pod-autoscaler"

func TestScenario12_StableFollowsTheScaleAtOnceAndTheCanaryInProportion(t *testing.T) {
	t.Parallel()
	for name, way := range map[string]struct {
		brake strategy.Brake
		scale func(s *stage, replicas int32)
		who   string
	}{
		"by_the_manifest":     {strategy.BrakePaused, (*stage).scaleByManifest, cluster.Developer},
		"by_the_sub-resource": {strategy.BrakeAdmission, (*stage).scaleAsAutoscaler, autoscaler},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: way.brake, virtualService: handwritten, app: cluster.App{
				Env:         graceful(),
				Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@0s,50@pause,100@0s"}),
			}})
			s.annotate()
			users := s.load(50)
			s.push("v2", graceful())
			s.untilWeight(50)
			s.holds(spec.ReasonApproval)
			canary := s.canary("v2")
			assert.Equal(t, []int{1, 2}, s.sizes(canary))

			way.scale(s, 8)
			s.until("eight ready pods of stable", func() bool { return s.readyEndpoints("shop", s.stable, 8) > 0 })
			s.until("four ready pods of the canary", func() bool { return s.readyEndpoints("shop-canary", canary, 4) > 0 })
			way.scale(s, 4)
			s.until("the sizes of before", func() bool {
				return slices.Equal(s.sizes(s.stable), []int{4, 8, 4}) && slices.Equal(s.sizes(canary), []int{1, 2, 4, 2})
			})
			s.stays(50, 2*time.Second)
			s.holds(spec.ReasonApproval)
			assert.Equal(t, []int{10, 50}, s.weights(), "the share of the traffic has nothing to do with it")
			s.followed(way.who, canary)

			s.command(spec.VerbApprove, canary)
			s.promoted(1)
			assert.Equal(t, []int{10, 50, 100, 0}, s.weights(), "seen in the VirtualService")
			written, _ := s.weightDeeds()
			assert.Equal(t, s.weights(), written, "writes to the VirtualService")
			final, names := s.live()
			assert.Len(t, final, 4)
			assert.Equal(t, final, s.podsAt(canary, s.handedOver(canary)), "the pods that were judged and those that serve at the end")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			assert.Equal(t, 4, s.fewest(s.stable, s.handedOver(canary)), "stable's pods up to the hand over")
			s.neverFailed()
			users.unharmed()
			s.restored()
		})
	}
}

// scaleByManifest applies another number of pods.
func (s *stage) scaleByManifest(replicas int32) {
	s.Helper()
	s.app.Replicas = replicas
	require.NoError(s, s.app.Apply(s.ctx, plane))
}

// scaleAsAutoscaler writes the sub-resource, as the controller of a HorizontalPodAutoscaler does it.
func (s *stage) scaleAsAutoscaler(replicas int32) {
	s.Helper()
	role := "autoscaler-" + s.namespace
	if _, err := plane.Client().RbacV1().ClusterRoles().Get(s.ctx, role, metav1.GetOptions{}); apierrors.IsNotFound(err) {
		require.NoError(s, plane.Grant(s.ctx, role, autoscaler, rbacv1.PolicyRule{
			APIGroups: []string{"apps"}, Resources: []string{"deployments/scale"}, Verbs: []string{"get", "update"},
		}))
	}
	client, err := clientset.NewForConfig(plane.Config(autoscaler))
	require.NoError(s, err)
	scales := client.AppsV1().Deployments(s.namespace)
	require.NoError(s, conflicts.RetryOnConflict(conflicts.DefaultBackoff, func() error {
		scale, err := scales.GetScale(s.ctx, s.app.Name, metav1.GetOptions{})
		if err != nil {
			return err
		}
		scale.Spec.Replicas = replicas
		_, err = scales.UpdateScale(s.ctx, s.app.Name, scale, metav1.UpdateOptions{})
		return err
	}))
}

// resize is a number of pods that was asked for and the revision that brought it.
type resize struct {
	size     int
	revision int64
}

// resizes are the numbers of pods that a Deployment or ReplicaSet was asked to have, one for every change.
func (s *stage) resizes(resource, name string) []resize {
	s.Helper()
	var resizes []resize
	for _, e := range s.seen.of(resource, name) {
		n, there, err := unstructured.NestedInt64(e.object.Object, "spec", "replicas")
		require.NoError(s, err)
		require.True(s, there, "%s %s has no size", resource, name)
		if len(resizes) == 0 || resizes[len(resizes)-1].size != int(n) {
			resizes = append(resizes, resize{int(n), e.revision})
		}
	}
	return resizes
}

// sizes are the numbers alone, of a ReplicaSet.
func (s *stage) sizes(replicaSet string) []int {
	s.Helper()
	var sizes []int
	for _, r := range s.resizes(replicaSets, replicaSet) {
		sizes = append(sizes, r.size)
	}
	return sizes
}

// followed asserts that, whenever somebody had given the Deployment another size, Kubernetes gave it to stable at once, and Sluice its
// share to the canary.
func (s *stage) followed(who, canary string) {
	s.Helper()
	const atOnce = 2 * time.Second
	asked, stable := s.resizes(deployments, s.app.Name)[1:], s.resizes(replicaSets, s.stable)[1:]
	share := s.resizes(replicaSets, canary)[2:]
	require.Len(s, stable, len(asked))
	require.Len(s, share, len(asked))
	for i, a := range asked {
		at := s.wrote(who, a.revision)
		assert.Less(s, s.wrote(kubernetes, stable[i].revision).Sub(at), atOnce, "until stable had size %d", a.size)
		assert.Less(s, s.wrote(cluster.Controller, share[i].revision).Sub(at), atOnce, "until the canary had its share of %d", a.size)
	}
}

// wrote is when a user wrote a revision.
func (s *stage) wrote(user string, revision int64) time.Time {
	s.Helper()
	for _, d := range s.deeds(user) {
		if d.revision == revision {
			return d.Time
		}
	}
	require.Fail(s, "no such write", "by %s at %d", user, revision)
	return time.Time{}
}

// fewest is the smallest number of pods that a ReplicaSet had from the first run's start up to a revision.
func (s *stage) fewest(replicaSet string, until int64) int {
	s.Helper()
	lives, began := s.lives(), s.pinned(s.stable)
	least := len(lives)
	for _, e := range s.seen.of(pods, "") {
		if e.revision < began || e.revision > until {
			continue
		}
		n := 0
		for _, l := range lives {
			if l.replicaSet == replicaSet && l.born <= e.revision && (l.dying == 0 || l.dying > e.revision) {
				n++
			}
		}
		least = min(least, n)
	}
	return least
}

func TestScenario13_SizeAndTemplateChangedTogetherTwiceInARowConverge(t *testing.T) {
	t.Parallel()
	for name, pace := range map[string]struct {
		brake strategy.Brake
		// met returns when the second write is made.
		met func(s *stage)
	}{
		"at_once":            {strategy.BrakePaused, func(*stage) {}},
		"in_the_first_run":   {strategy.BrakeAdmission, func(s *stage) { s.untilWeight(50) }},
		"before_it_is_ready": {strategy.BrakeAdmission, func(s *stage) { s.until("a pod", func() bool { return s.firstPod("v2") > 0 }) }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: pace.brake, virtualService: handwritten, app: cluster.App{
				Env: graceful(), Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@0s,50@1s,100@0s"}),
			}})
			s.annotate()
			users := s.load(50)
			s.app.Replicas = 7
			s.push("v2", graceful())
			pace.met(s)
			s.app.Replicas = 3
			s.push("v3", graceful())
			pipeline := s.rolloutStatus()
			_, err := cluster.WaitFor(s.ctx, plane, s.namespace, "shop", func(d *appsv1.Deployment) bool {
				c := condition(d, spec.ConditionPromoted)
				return cluster.RolledOut(d) && c != nil && c.Status == corev1.ConditionTrue && d.Spec.Paused == s.restsBraked()
			})
			require.NoError(t, err)
			require.NoError(t, <-pipeline, "kubectl rollout status")

			newer := s.canary("v3")
			weights := s.weights()
			require.GreaterOrEqual(t, len(weights), 4)
			assert.Equal(t, []int{10, 50, 100, 0}, weights[len(weights)-4:])
			assert.Contains(t, [][]int{{}, {10, 0}, {10, 50, 0}}, weights[:len(weights)-4], "of the version that was overtaken")
			final, names := s.live()
			assert.Len(t, final, 3)
			assert.Equal(t, final, s.podsAt(newer, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			assert.GreaterOrEqual(t, s.fewest(s.stable, s.handedOver(newer)), 3, "stable's pods up to the hand over")
			s.onlyReplicaSets(s.stable, newer)
			s.neverFailed()
			users.unharmed()
			s.restored()
		})
	}
}
