package e2e

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// docs/kubectl-rollout.md has the table of which these tests are the evidence. That nothing at rest can be rolled out without gates,
// and what is refused at rest, is in TestScenario41.

// rollout is kubectl rollout by the developer.
func (s *stage) rollout(verb string, more ...string) error {
	return s.try("", append([]string{"rollout", verb, "deployment/" + s.app.Name}, more...)...)
}

// revisions are those that kubectl rollout history lists.
func (s *stage) revisions() []string {
	s.Helper()
	var revisions []string
	for _, line := range strings.Split(s.kubectl(cluster.Developer, "rollout", "history", "deployment/"+s.app.Name), "\n") {
		if number, cause, found := strings.Cut(line, " "); found && strings.TrimSpace(cause) == "<none>" {
			revisions = append(revisions, number)
		}
	}
	return revisions
}

// undoPaused is what kubectl rollout undo says of a paused Deployment that has a revision to go back to.
const undoPaused = "cannot rollback a paused deployment"

// refused asserts that kubectl would not do it, and why.
func (s *stage) refused(err error, why string) {
	s.Helper()
	var said *cluster.KubectlError
	if assert.ErrorAs(s, err, &said, why) {
		assert.Contains(s, said.Stderr, why)
	}
}

// refusedWhilePaused asserts what kubectl will not do to a paused Deployment, and that nothing has come of it. Undo says why by what
// the history has.
func (s *stage) refusedWhilePaused(undo string) {
	s.Helper()
	template := s.deployment().Spec.Template
	s.refused(s.rollout("undo"), undo)
	s.refused(s.rollout("restart"), "can't restart paused deployment")
	s.refused(s.rollout("pause"), "already paused")
	assert.Equal(s, template, s.deployment().Spec.Template)
}

func TestScenario40_UndoAtRestIsAGatedRunBackToTheOldRevision(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission, earlier: "v0", virtualService: handwritten})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(50)
	s.app.Version = "v0" // what is to come
	require.NoError(t, s.rollout("undo"))
	pipeline := s.rolloutStatus()
	s.promoted(1)
	require.NoError(t, <-pipeline, "kubectl rollout status")

	assert.Equal(t, []int{10, 50, 100, 0}, s.weights(), "it was judged like any other version")
	canary := s.serving()
	assert.Contains(t, s.versionsOf("v0"), canary)
	final, names := s.live()
	assert.Equal(t, final, s.podsAt(canary, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
	assert.Equal(t, names, s.requests(60), "pods that answer")
	assert.Equal(t, stablePods, s.podsAt(s.stable, s.weighed(100)), "stable had all its pods")
	assert.Len(t, s.revisions(), 2, "the old revision is the newest now")
	newest := s.deployment().Annotations[revision]
	assert.Contains(t, s.revisions(), newest)
	assert.Contains(t, s.kubectl(cluster.Developer, "rollout", "history", "deployment/shop", "--revision="+newest), "shop:v0")
	assert.False(t, s.deployment().Spec.Paused)
	users.unharmed()
	s.toldOutsidersLate(users, canary)
	s.restored()
}

func TestScenario40_UndoToARevisionThatIsIllIsAborted(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission, earlier: "v0", virtualService: handwritten})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(50)
	old := s.versionsOf("v0")
	require.Len(t, old, 1)
	for name := range old {
		require.NoError(t, plane.Pods().Override(s.namespace, name+"-", map[string]string{"ERROR_RATE": "0.9"}))
	}
	require.NoError(t, s.rollout("undo"))
	pipeline := s.rolloutStatus()
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
	assert.Equal(t, []int{10, 0}, s.weights())
	s.failed(<-pipeline)
	s.refusedWhilePaused("no rollout history found") // the only other revision is the one that was judged
	assert.Equal(t, stablePods, s.podsAt(s.stable, s.lastRevision()), "stable has all its pods")

	s.push("v1", nil) // the version that serves
	s.atRest()
	assert.Equal(t, []int{10, 0}, s.weights(), "nothing to roll out")
	assert.Len(t, s.revisions(), 2, "what was undone to is in the history again")
	assert.Equal(t, s.stable, s.serving())
	users.unharmed()
	s.restored()
}

func TestScenario40_RestartAtRestIsAGatedRunOfTheSameImage(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission, virtualService: handwritten})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(50)
	require.NoError(t, s.rollout("restart"))
	pipeline := s.rolloutStatus()
	s.promoted(1)
	require.NoError(t, <-pipeline, "kubectl rollout status")

	assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
	canary := s.serving()
	assert.Len(t, s.versionsOf("v1"), 2, "ReplicaSets of the only version")
	assert.NotEqual(t, s.stable, canary)
	final, _ := s.live()
	assert.Equal(t, final, s.podsOf(canary), "it never had other pods than those that were judged")
	s.keptStableUntil(s.handedOver(canary), stablePods)
	assert.Equal(t, []string{"1", "2"}, s.revisions())
	users.unharmed()
	s.restored()
}

func TestScenario40_StatusAndHistoryTellOfARunAsOfAnyRollout(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten, app: cluster.App{
				Annotations: ungated(map[string]string{spec.AnnotationSteps: "50@pause"}),
			}})
			s.annotate()
			users := s.load(20)
			require.NoError(t, s.rollout("status", "--timeout=5s"), "at rest")
			// When the brake is taken off at the end, Kubernetes may take some pods of v2 and start some of v3: they end in good order.
			orderly := map[string]string{"SHUTDOWN_DELAY": "1s"}
			s.push("v2", orderly)
			s.untilWeight(50)
			s.refused(s.rollout("status", "--timeout=1s"), "timed out waiting")
			assert.Equal(t, []string{"1"}, s.revisions(), "a version that is not promoted is no revision")
			s.command(spec.VerbPromote, s.canary("v2"))
			s.promoted(1)
			require.NoError(t, s.rollout("status", "--timeout=5s"), "after the promotion")
			assert.Equal(t, []string{"1", "2"}, s.revisions())

			s.push("v3", orderly)
			s.await(metav1.ConditionUnknown)
			s.command(spec.VerbAbort, s.canary("v3"))
			s.aborted(2)
			users.spared("v3")
			s.failed(s.rollout("status", "--timeout=30s"))
			s.refusedWhilePaused(undoPaused)
			assert.Equal(t, []string{"1", "2"}, s.revisions())
			for number, image := range map[string]string{"1": "shop:v1", "2": "shop:v2"} {
				assert.Contains(t, s.kubectl(cluster.Developer, "rollout", "history", "deployment/shop", "--revision="+number), image)
			}
			s.resumed()
			assert.Equal(t, s.canary("v2"), s.serving(), "what an abort has left is not rolled out by resume")
			users.unharmed()
			if brake == strategy.BrakeAdmission {
				users.spared("v3") // without the policy Kubernetes rolls it out until the brake is back
			}
			s.restored()
		})
	}
}

// resumed is kubectl rollout resume, of which nothing must come: it returns when the brake is on again.
func (s *stage) resumed() {
	s.Helper()
	require.NoError(s, s.rollout("resume"))
	asked := only(s.deeds(cluster.Developer), deployments, s.app.Name)
	resume := asked[len(asked)-1]
	s.until("the brake", func() bool {
		all := s.seen.of(deployments, s.app.Name)
		last := all[len(all)-1]
		return last.revision >= resume.revision && pausedIn(last.object)
	})
	if s.brake == strategy.BrakeAdmission {
		assert.True(s, pausedIn(resume.after), "the server did not even take the brake off")
	}
}

func pausedIn(deployment *unstructured.Unstructured) bool {
	paused, _, _ := unstructured.NestedBool(deployment.Object, "spec", "paused")
	return paused
}

func TestScenario40_ResumeInARunLetsNothingPastTheGates(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, earlier: "v0", virtualService: handwritten, app: cluster.App{
				// What Kubernetes' own rolling update takes away ends in good order, as any application should.
				Env:         map[string]string{"SHUTDOWN_DELAY": "1s"},
				Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@pause"}),
			}})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(30)
			s.push("v2", s.app.Env)
			s.untilWeight(10)
			canary := s.canary("v2")
			s.refusedWhilePaused(undoPaused)
			for range 3 {
				s.resumed()
			}
			s.patch(map[string]any{"spec": map[string]any{"replicas": 5}})
			s.until("five pods of stable, one of the canary, and no others", func() bool {
				now := s.lastRevision()
				return len(s.podsAt(s.stable, now)) == 5 && len(s.podsAt(canary, now)) == 1 && len(s.alive()) == 6
			})
			assert.Equal(t, []int{10}, s.weights())
			for name := range s.versionsOf("v2") {
				if name != canary {
					assert.Equal(t, strategy.BrakePaused, brake, "Kubernetes began to roll out while the brake was off")
					assert.Zero(t, s.readyEndpoints("shop", name, 1), "users could meet what it rolled out")
					assert.Zero(t, s.readyEndpoints("shop-canary", name, 1), "users could meet what it rolled out")
				}
			}
			if brake == strategy.BrakeAdmission {
				assert.Subset(t, s.podsAt(s.stable, s.lastRevision()), stablePods, "stable kept its pods")
			}
			s.command(spec.VerbAbort, canary)
			s.aborted(1)
			users.unharmed()
			assert.Empty(t, slices.DeleteFunc(users.outside.got(), func(v visit) bool { return v.Version == "v1" }), "outside the mesh")
			s.restored()
		})
	}
}

// alive are the UIDs of all pods that nobody has begun to delete.
func (s *stage) alive() []string {
	s.Helper()
	var uids []string
	for _, l := range s.lives() {
		if l.dying == 0 {
			uids = append(uids, l.uid)
		}
	}
	return uids
}

func TestScenario40_AtRestTheBrakeIsSluicesAndNotTheUsers(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(20)
			if s.restsBraked() {
				s.refused(s.rollout("pause"), "already paused")
				s.resumed()
			} else {
				s.refused(s.rollout("resume"), "is not paused")
				require.NoError(t, s.rollout("pause"))
				s.until("the brake off", func() bool {
					all := s.seen.of(deployments, s.app.Name)
					braked := slices.ContainsFunc(all, func(e entry) bool { return pausedIn(e.object) })
					return braked && !pausedIn(all[len(all)-1].object)
				})
			}
			require.NoError(t, s.rollout("status", "--timeout=10s"))
			uids, _ := s.live()
			assert.Equal(t, stablePods, uids)
			assert.Empty(t, s.weights())
			assert.Equal(t, corev1.ConditionTrue, s.conditionNow().Status)
			users.unharmed()
			s.restored()
		})
	}
}
