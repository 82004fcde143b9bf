package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// illness is what is wrong with a version, and how the abort must look from outside.
type illness struct {
	brake strategy.Brake
	// env is the version's; late is added to it when the canary is seen to have half of the traffic.
	env, late map[string]string
	// annotations are the gates'.
	annotations map[string]string
	weights     []int
	// says is what the condition's message must look like.
	says string
}

func TestScenario04_ErrorsAtTheFirstStep(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			illness{
				brake: brake, env: map[string]string{"ERROR_RATE": "0.2"},
				annotations: map[string]string{spec.AnnotationMaxErrorRate: "5%"},
				weights:     []int{10, 0},
				says:        `error-rate: canary [1-9]\d*/\d+ \(\d+\.\d %\).*E \S+ ≥ \S+: abort`,
			}.isAborted(t)
		})
	}
}

func TestScenario05_LatencyAboveTheThreshold(t *testing.T) {
	t.Parallel()
	illness{
		brake: strategy.BrakeAdmission, env: map[string]string{"LATENCY": "700ms"},
		weights: []int{10, 0},
		says:    `latency over 500ms: canary [1-9]\d*/\d+ \(\d+\.\d %\).*E \S+ ≥ \S+: abort`,
	}.isAborted(t)
}

func TestScenario06_ErrorsThatBeginOnlyAtHalfOfTheTraffic(t *testing.T) {
	t.Parallel()
	illness{
		late:    map[string]string{"ERROR_RATE": "0.6"},
		weights: []int{10, 50, 0},
		says:    `error-rate: canary [1-9]\d*/\d+ \(\d+\.\d %\).*E \S+ ≥ \S+: abort`,
	}.isAborted(t)
}

// isAborted rolls the ill version out.
func (i illness) isAborted(t *testing.T) {
	t.Helper()
	s := newStage(t, setup{brake: i.brake, virtualService: handwritten, app: cluster.App{Annotations: i.annotations}})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(60)
	s.push("v2", i.env)
	pipeline := s.rolloutStatus()
	if i.late != nil {
		s.untilWeight(50)
		require.NoError(t, plane.Pods().Override(s.namespace, s.canary("v2")+"-", i.late))
	}
	condition := s.aborted(1)

	assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
	assert.Regexp(t, i.says, condition.Message)
	assert.Equal(t, i.weights, s.weights(), "seen in the VirtualService")
	written, _ := s.weightDeeds()
	assert.Equal(t, i.weights, written, "writes to the VirtualService: the way back is one of them")
	assert.Positive(t, users.unharmed().Versions["v2"].Requests, "the version was met")
	s.isOver(stablePods, pipeline)
}

// isOver asserts what holds after every abort.
func (s *stage) isOver(stablePods []string, pipeline <-chan error) {
	s.Helper()
	s.failed(<-pipeline)
	began := time.Now()
	_, err := plane.KubectlAs(s.ctx, cluster.Developer, "", "--namespace", s.namespace, "rollout", "status", "deployment/shop")
	s.failed(err)
	assert.Less(s, time.Since(began), 10*time.Second, "kubectl rollout status fails at once")

	s.cleared(s.canary(s.app.Version))
	uids, _ := s.live()
	assert.Equal(s, stablePods, uids, "pods")
	s.keptStableUntil(s.lastRevision(), stablePods)
	for _, d := range only(s.deeds(cluster.Controller), replicaSets, "") {
		assert.NotEqual(s, s.stable, d.Name, "stable's ReplicaSet was written to: %s", d)
	}
	s.restored()
	assert.True(s, s.deployment().Spec.Paused, "the aborted template stays where it is")
	assert.Equal(s, "1", s.deployment().Annotations[revision])
	s.warned(spec.Reason(s.conditionNow().Reason), s.canary(s.app.Version))
}

// failed asserts that a kubectl rollout status told of the failure.
func (s *stage) failed(err error) {
	s.Helper()
	var said *cluster.KubectlError
	if assert.ErrorAs(s, err, &said, "kubectl rollout status") {
		assert.Contains(s, said.Stderr, "exceeded its progress deadline")
	}
}

// cleared waits until no pod of a ReplicaSet is left.
func (s *stage) cleared(replicaSet string) {
	s.Helper()
	_, err := cluster.WaitForAll(s.ctx, plane, s.namespace, appsv1.DefaultDeploymentUniqueLabelKey+"="+hashOf(replicaSet),
		func(pods []corev1.Pod) bool { return len(pods) == 0 })
	require.NoError(s, err)
}

// lastRevision is that of the last thing that was seen of the pods.
func (s *stage) lastRevision() int64 {
	all := s.seen.of(pods, "")
	return all[len(all)-1].revision
}

func (s *stage) conditionNow() appsv1.DeploymentCondition {
	s.Helper()
	c := condition(s.deployment(), spec.ConditionPromoted)
	require.NotNil(s, c)
	return *c
}

// warned waits for a Warning event on the Deployment with a reason, and asserts that it has all the words.
func (s *stage) warned(reason spec.Reason, words ...string) {
	s.Helper()
	s.warnedOf(s.app.Name, reason, words...)
}

func (s *stage) warnedOf(deployment string, reason spec.Reason, words ...string) {
	s.Helper()
	var said string
	_, err := cluster.WaitForAll(s.ctx, plane, s.namespace, "", func(events []corev1.Event) bool {
		said = ""
		for i := range events {
			e := &events[i]
			if e.Type == corev1.EventTypeWarning && e.Reason == string(reason) && e.InvolvedObject.Kind == "Deployment" && e.InvolvedObject.Name == deployment {
				said += e.Message + "\n"
			}
		}
		return said != ""
	})
	require.NoError(s, err, "no Warning event %s on Deployment %s", reason, deployment)
	for _, word := range words {
		assert.Contains(s, said, word, "event %s on Deployment %s", reason, deployment)
	}
}

func TestScenario15_ImageThatCannotBePulled(t *testing.T) {
	t.Parallel()
	const deadline = 5 * time.Second
	s := newStage(t, setup{
		virtualService: handwritten, app: cluster.App{ProgressDeadlineSeconds: int32(deadline / time.Second)},
	})
	s.annotate()
	stablePods, _ := s.live()
	users := s.load(30)
	s.app.Version, s.app.Image = "v2", "registry.example/missing:v2"
	require.NoError(t, s.app.Apply(s.ctx, plane))
	pipeline := s.rolloutStatus()
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonDeadline), condition.Reason)
	assert.Contains(t, condition.Message, "0 of 1 pods available")

	assert.Empty(t, s.weights(), "the canary never had a weight")
	assert.Empty(t, only(s.deeds(cluster.Controller), virtualServices, ""), "the VirtualService was never written to")
	var held, given time.Time
	for _, d := range only(s.deeds(cluster.Controller), replicaSets, s.canary("v2")) {
		if d.Verb == "create" {
			held = d.Time
		}
		given = d.Time
	}
	assert.GreaterOrEqual(t, given.Sub(held), deadline-time.Second/2, "it was given the deadline's time")
	users.unharmed()
	users.spared("v2")
	s.isOver(stablePods, pipeline)
}
