package e2e

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

func TestScenario23_TheAnnotationRemovedMidRunLeavesAPlainDeployment(t *testing.T) {
	t.Parallel()
	for name, at := range phases() {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := commanded(t, setup{brake: at.brake, flags: at.flags}, at.steps)
			stablePods, _ := s.live()
			users := s.load(50)
			s.push("v2", at.env)
			at.reached(s)
			canary := s.canary("v2")
			s.kubectl(cluster.Developer, "annotate", "deployment", "shop", spec.AnnotationStrategy+"-")
			s.until("a released Deployment", func() bool { return s.unbraked() > 0 })
			users.home()
			s.plain()

			assert.Equal(t, at.weights, s.weights(), "seen in the VirtualService")
			assert.Equal(t, at.pins, s.pinnedTo(), "seen in the Service")
			free := s.unbraked()
			gone := s.seen.of(replicaSets, canary)
			assert.True(t, gone[len(gone)-1].gone, "the canary's ReplicaSet")
			assert.Less(t, gone[len(gone)-1].revision, free, "what nobody judged is not rolled out with the canary's pods")
			s.keptStableUntil(free, stablePods)
			users.unharmedUntil(s.timeOf(deployments, "shop", free))
			s.restored()
			s.nothingLeft()
		})
	}
}

// plain waits until Kubernetes has rolled the Deployment out by itself, if it ever can, and nothing on it is Sluice's.
func (s *stage) plain() {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		ill := s.app.Env["READY_AFTER"] != ""
		return (ill && d.Status.UpdatedReplicas > 0 || cluster.RolledOut(d)) && !d.Spec.Paused && condition(d, spec.ConditionPromoted) == nil
	})
	require.NoError(s, err)
	require.NoError(s, cluster.WaitGone[corev1.ConfigMap](s.ctx, plane, s.namespace, s.app.Name+"-sluice"))
	require.NoError(s, cluster.WaitGone[corev1.Service](s.ctx, plane, s.namespace, s.app.Name+"-canary"))
}

// unharmedUntil asserts that nobody was harmed up to a time. What comes after is Kubernetes' own roll-out, which takes pods away while
// clients still know them.
func (u *users) unharmedUntil(end time.Time) {
	u.Helper()
	u.home()
	got := u.inside.Snapshot()
	assert.Positive(u, got.Served)
	assert.LessOrEqual(u, got.FailedByRollout, int64(len(got.Failures)), "each of them is known")
	for _, f := range got.Failures {
		assert.False(u, f.Outcome == mesh.FailedByRollout && f.At.Before(end), "from inside the mesh, before %s: %+v", end, f)
	}
	assert.NotEmpty(u, u.outside.got())
	for _, v := range u.outside.got() {
		assert.False(u, v.Outcome() == mesh.FailedByRollout && v.at.Before(end), "from outside the mesh, before %s: %+v", end, v)
	}
}

// unbraked is the revision in which the Deployment was released; 0: it is paused.
func (s *stage) unbraked() int64 {
	s.Helper()
	revision, before := int64(0), true
	for _, e := range s.seen.of(deployments, s.app.Name) {
		paused, _, err := unstructured.NestedBool(e.object.Object, "spec", "paused")
		require.NoError(s, err)
		switch {
		case paused:
			revision = 0
		case before:
			revision = e.revision
		}
		before = paused
	}
	return revision
}

// nothingLeft waits until of all that Sluice makes nothing is left, only what the user wrote.
func (s *stage) nothingLeft() {
	s.Helper()
	var want []string
	if len(s.written.virtualService.Spec) > 0 {
		want = []string{"shop"}
	}
	left(s, want, func(o *istiov1.VirtualService) string { return o.Name })
	left(s, []string{"shop"}, func(o *corev1.Service) string { return o.Name })
	left(s, nil, func(o *corev1.ConfigMap) string { return o.Name })
	left(s, nil, func(o *istiov1.DestinationRule) string { return o.Name })
	left(s, nil, func(o *appsv1.ReplicaSet) string {
		if owner := metav1.GetControllerOf(o); owner == nil || owner.Kind != "Deployment" {
			return o.Name
		}
		return ""
	})
}

// left waits until the objects of a kind that have a name are these.
func left[T any](s *stage, want []string, name func(*T) string) {
	s.Helper()
	var names []string
	_, err := cluster.WaitForAll(s.ctx, plane, s.namespace, "", func(objects []T) bool {
		names = nil
		for i := range objects {
			if n := name(&objects[i]); n != "" {
				names = append(names, n)
			}
		}
		return slices.Equal(names, want)
	})
	require.NoError(s, err, "left: %v, want %v", names, want)
}

// deletion is a way in which a Deployment goes away in the middle of its run.
type deletion struct {
	setup
	cascade string
	// unseen: the controller is not there when it happens.
	unseen bool
	steps  string
	// reached returns at the moment of the deletion.
	reached func(s *stage)
}

func TestScenario24_ADeploymentDeletedMidRunLeavesNothingOfSluice(t *testing.T) {
	t.Parallel()
	half := func(s *stage) { s.untilWeight(50) }
	promoting := phases()["in_the_promotion_when_the_Service_leads_to_the_canary"]
	for name, d := range map[string]deletion{
		"in_the_background": {
			setup: setup{brake: strategy.BrakePaused, virtualService: handwritten}, cascade: "background", steps: "50@1h,100@1s", reached: half,
		},
		"in_the_foreground": {
			setup: setup{brake: strategy.BrakeAdmission, virtualService: handwritten}, cascade: "foreground", steps: "50@1h,100@1s", reached: half,
		},
		"without_a_VirtualService_of_the_users": {
			setup: setup{brake: strategy.BrakePaused}, cascade: "foreground", steps: "50@1h,100@1s", reached: half,
		},
		"in_the_promotion": {
			setup:   setup{brake: strategy.BrakeAdmission, virtualService: handwritten, flags: promoting.flags},
			cascade: "background", steps: promoting.steps, reached: promoting.reached,
		},
		"unseen_in_the_background": {
			setup: setup{brake: strategy.BrakeAdmission, virtualService: handwritten}, cascade: "background", steps: "50@1h,100@1s", reached: half, unseen: true,
		},
		"unseen_in_the_foreground": {
			setup: setup{brake: strategy.BrakePaused, virtualService: handwritten}, cascade: "foreground", steps: "50@1h,100@1s", reached: half, unseen: true,
		},
		"unseen_without_a_VirtualService_of_the_users": {
			setup: setup{brake: strategy.BrakeAdmission}, cascade: "background", steps: "50@1h,100@1s", reached: half, unseen: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			d.happens(t)
		})
	}
}

func (d deletion) happens(t *testing.T) {
	t.Helper()
	d.app.Annotations = ungated(map[string]string{spec.AnnotationSteps: d.steps})
	s := newStage(t, d.setup)
	s.annotate()
	users := s.load(50)
	s.push("v2", nil)
	d.reached(s)
	users.unharmed()
	require.NotEqual(t, s.written, s.objects(), "there is something to restore")
	if d.unseen {
		require.NoError(t, s.controller.Kill())
	}
	s.kubectl(cluster.Developer, "delete", "deployment", "shop", "--cascade="+d.cascade)
	require.NoError(t, cluster.WaitGone[appsv1.Deployment](s.ctx, plane, s.namespace, "shop"))
	if d.unseen {
		left(s, nil, func(o *appsv1.ReplicaSet) string { return o.Name })
		require.NotEqual(t, s.written, s.objects(), "nobody was there to restore it")
		require.NoError(t, s.controller.Restart(s.ctx))
	}
	s.nothingLeft()
	s.until("an unmarked Service", func() bool {
		all := s.seen.of(services, "shop")
		return all[len(all)-1].object.GetAnnotations()[spec.AnnotationRunBy] == ""
	})
	s.until("a canary without weight", func() bool {
		all := s.weightSights()
		return all[len(all)-1].weight == 0
	})
	s.restored()
	left(s, nil, func(o *corev1.Pod) string { return o.Name })
	all := s.deeds("")
	deleted := slices.IndexFunc(all, func(done deed) bool { return done.User == cluster.Developer && done.Verb == "delete" })
	for _, done := range all[deleted:] {
		if done.User == cluster.Controller {
			assert.Contains(t, []string{virtualServices, services}, done.what(), "after the deletion Sluice only puts back: %s", done)
		}
	}
	require.NoError(t, s.quit())
	s.restored()
}
