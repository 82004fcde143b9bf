package e2e

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// handwritten is a VirtualService as people write them: of several routes one has a weight that it need not have, and there is much in
// them that is none of Sluice's business.
const handwritten = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: shop
  annotations: {team: checkout}
spec:
  hosts: [shop]
  http:
  - name: api
    match:
    - {uri: {prefix: /api/}, headers: {x-tenant: {exact: blue}}}
    - {uri: {exact: /api}}
    timeout: 5s
    retries: {attempts: 2, perTryTimeout: 1s, retryOn: 5xx}
    route:
    - destination: {host: shop, port: {number: 80}}
      weight: 100
  - name: default
    headers: {response: {remove: [server]}}
    route:
    - destination: {host: shop}
`

// brakes are both ways to keep a Deployment from rolling by itself.
func brakes() []strategy.Brake {
	return []strategy.Brake{strategy.BrakePaused, strategy.BrakeAdmission}
}

const revision = "deployment.kubernetes.io/revision"

func TestScenario01_AnnotatingARunningDeploymentMovesNothing(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten})
			uids, _ := s.live()
			before, users := s.deployment(), s.load(20)
			s.annotate()
			require.NoError(t, s.quit(), "whatever it was doing is done")

			after, _ := s.live()
			assert.Equal(t, uids, after, "pods")
			users.unharmed()
			d := s.deployment()
			assert.Equal(t, s.restsBraked(), d.Spec.Paused)
			d.Spec.Paused = before.Spec.Paused
			assert.Equal(t, before.Spec, d.Spec)
			assert.Equal(t, before.Annotations[revision], d.Annotations[revision])
			now := s.objects()
			assert.Equal(t, s.written, now, "the VirtualService and the Service were not even written to")

			want := []string{"create configmaps shop-sluice", "create services shop-canary", "patch deployments/status shop"}
			if s.restsBraked() {
				want = append(want, "patch deployments shop")
			}
			got := words(s.deeds(cluster.Controller))
			slices.Sort(got)
			slices.Sort(want)
			assert.Equal(t, want, got, "all that Sluice wrote")
			for _, d := range only(s.deeds(cluster.Controller), "deployments", "shop") {
				assert.JSONEq(t, `{"metadata":{"resourceVersion":"`+resourceVersionIn(d)+`"},"spec":{"paused":true}}`, string(d.Request))
			}
			for _, e := range s.seen.of(replicaSets, "") {
				assert.Equal(t, s.stable, e.object.GetName())
				assert.Equal(t, int64(1), e.object.GetGeneration(), "what Kubernetes did to the ReplicaSet")
			}
		})
	}
}

func TestScenario02_HealthyVersionIsPromotedAndItsJudgedPodsStay(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten})
			s.annotate()
			stablePods, _ := s.live()
			before, users := s.deployment(), s.load(50)
			s.push("v2", nil)
			pipeline := s.rolloutStatus()
			s.promoted(1)

			assert.Equal(t, []int{10, 50, 100, 0}, s.weights(), "seen in the VirtualService")
			written, _ := s.weightDeeds()
			assert.Equal(t, []int{10, 50, 100, 0}, written, "writes to the VirtualService")
			require.NoError(t, <-pipeline, "kubectl rollout status, begun right after the push")
			s.kubectl(cluster.Developer, "rollout", "status", "deployment/shop", "--timeout=5s")
			assert.Contains(t, s.kubectl(cluster.Developer, "rollout", "history", "deployment/shop", "--revision=2"), "shop:v2")

			canary := s.canary("v2")
			final, names := s.live()
			assert.Len(t, final, 4)
			assert.Equal(t, final, s.podsAt(canary, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
			assert.Equal(t, final, s.podsOf(canary), "the version never had other pods")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			s.keptStableUntil(s.handedOver(canary), stablePods)

			users.unharmed()
			s.toldOutsidersLate(users, canary)
			s.restored()
			d := s.deployment()
			assert.Equal(t, "1", before.Annotations[revision])
			assert.Equal(t, "2", d.Annotations[revision])
			assert.Equal(t, s.restsBraked(), d.Spec.Paused)
		})
	}
}

// rolloutStatus begins to wait for the rollout as a pipeline does, and tells how that ends.
func (s *stage) rolloutStatus() <-chan error {
	ended := make(chan error, 1)
	go func() {
		_, err := plane.KubectlAs(s.ctx, cluster.Developer, "", "--namespace", s.namespace, "rollout", "status", "deployment/"+s.app.Name)
		ended <- err
	}()
	return ended
}

// keptStableUntil asserts that all of stable's pods lived until a revision.
func (s *stage) keptStableUntil(revision int64, uids []string) {
	s.Helper()
	assert.Equal(s, uids, s.podsOf(s.stable), "stable had no other pods")
	assert.Equal(s, uids, s.podsAt(s.stable, revision), "stable had all its pods")
}

// toldOutsidersLate asserts that nobody outside the mesh met the new version before the promotion led the Service to it.
func (s *stage) toldOutsidersLate(users *users, canary string) {
	s.Helper()
	for _, d := range only(s.deeds(cluster.Controller), services, s.app.Name) {
		if d.revision == s.pinned(canary) {
			assert.Equal(s, s.app.Version, s.versionSeen(users, d.Time))
			return
		}
	}
	assert.Fail(s, "the Service was never led to the canary")
}

// versionSeen is the present version if it was met outside the mesh, but not before a time.
func (s *stage) versionSeen(users *users, notBefore time.Time) string {
	s.Helper()
	if first := users.outside.first(s.app.Version); !first.IsZero() && first.After(notBefore) {
		return s.app.Version
	}
	return "seen at " + users.outside.first(s.app.Version).String() + ", before " + notBefore.String() + " or never"
}

func TestScenario03_NoWeightBeforeTheEndpointsAreReady(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission, virtualService: handwritten})
	s.annotate()
	users := s.load(50)
	s.push("v2", map[string]string{"READY_AFTER": "4s"})
	s.untilWeight(10)
	canary := s.canary("v2")
	entries := s.seen.of(virtualServices, "shop")
	assert.Equal(t, s.weighed(10), entries[1].revision, "nothing was written to the VirtualService before")
	s.promoted(1)
	for weight, pods := range map[int]int{10: 1, 50: 2, 100: 4} {
		ready := s.readyEndpoints("shop-canary", canary, pods)
		assert.Positive(t, ready, "%d ready endpoints", pods)
		assert.Less(t, ready, s.weighed(weight), "the %d endpoints that %d %% need were ready before", pods, weight)
	}
	// The very pods that came last had to be waited for, too.
	for _, life := range s.lives() {
		if life.replicaSet == canary {
			assert.Less(t, life.ready, s.weighed(100), "pod %s", life.name)
		}
	}
	assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
	users.unharmed()
	s.restored()
}

func TestScenario20_ARouteAppearsForTheRunWhereThereIsNone(t *testing.T) {
	t.Parallel()
	t.Run("promoted", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, setup{})
		s.annotate()
		assert.Empty(t, s.seen.of(virtualServices, ""), "none at rest")
		users := s.load(50)
		s.push("v2", nil)
		s.promoted(1)
		assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
		s.madeAndRemoved()
		users.unharmed()
		s.toldOutsidersLate(users, s.canary("v2"))
		s.restored()
	})
	t.Run("aborted", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, setup{brake: strategy.BrakeAdmission})
		s.annotate()
		users := s.load(50)
		s.push("v2", map[string]string{"ERROR_RATE": "0.9"})
		s.aborted(1)
		assert.Equal(t, []int{10, 0}, s.weights())
		s.madeAndRemoved()
		users.unharmed()
		s.restored()
	})
}

// madeAndRemoved asserts that one VirtualService came and went again, made by Sluice and owned by the Deployment.
func (s *stage) madeAndRemoved() {
	s.Helper()
	entries := s.seen.of(virtualServices, "")
	require.NotEmpty(s, entries)
	first, last := entries[0], entries[len(entries)-1]
	assert.True(s, last.gone)
	for _, e := range entries {
		assert.Equal(s, first.object.GetUID(), e.object.GetUID(), "there was only one")
	}
	assert.Equal(s, "Deployment", first.object.GetOwnerReferences()[0].Kind)
	assert.Equal(s, s.deployment().UID, first.object.GetOwnerReferences()[0].UID)
	made := only(s.deeds(cluster.Controller), virtualServices, "")
	assert.Equal(s, "create", made[0].Verb)
	assert.Equal(s, "delete", made[len(made)-1].Verb)
}

// resourceVersionIn is the precondition that a patch carried.
func resourceVersionIn(d deed) string {
	_, rest, _ := strings.Cut(string(d.Request), `"resourceVersion":"`)
	version, _, _ := strings.Cut(rest, `"`)
	return version
}

// atRest waits until the Deployment is at rest with a template.
func (s *stage) atRest() {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		c := condition(d, spec.ConditionPromoted)
		return c != nil && c.Status == "True" && d.Spec.Paused == s.restsBraked() && d.Status.ObservedGeneration == d.Generation
	})
	require.NoError(s, err)
}
