package e2e

import (
	"slices"
	"strings"
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

// maxHold is how long the runs below wait for evidence, and long after is when they would have given up for certain.
const (
	maxHold   = 3 * time.Second
	longAfter = maxHold + 5*time.Second
)

// quietStage has an application that had requests before, and has none now.
func quietStage(t *testing.T, answer string) *stage {
	t.Helper()
	annotations := map[string]string{spec.AnnotationMaxHold: maxHold.String()}
	if answer != "" {
		annotations[spec.AnnotationOnInconclusive] = answer
	}
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: annotations}})
	s.requests(40)
	s.annotate()
	s.push("v2", nil)
	s.untilWeight(10)
	s.holds(spec.ReasonEvidence)
	return s
}

// holds waits until a run holds for a reason and its condition has all the words. Numbers in a condition are brought up to date once
// a minute.
func (s *stage) holds(reason spec.Reason, words ...string) {
	s.Helper()
	_, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
		c := condition(d, spec.ConditionPromoted)
		return c != nil && c.Status == corev1.ConditionUnknown && c.Reason == string(reason) &&
			!slices.ContainsFunc(words, func(word string) bool { return !strings.Contains(c.Message, word) })
	})
	require.NoError(s, err)
}

// stays asserts that the canary's weight doesn't change for a while.
func (s *stage) stays(weight int, while time.Duration) {
	s.Helper()
	timer := time.NewTimer(while)
	defer timer.Stop()
	for {
		s.seen.mu.Lock()
		changed := s.seen.changed
		s.seen.mu.Unlock()
		sights := s.weightSights()
		if !assert.Equal(s, weight, sights[len(sights)-1].weight, "weights seen: %v", sights) {
			return
		}
		select {
		case <-changed:
		case <-timer.C:
			return
		}
	}
}

func TestScenario31_WithoutTrafficARunHolds(t *testing.T) {
	t.Parallel()
	for name, answer := range map[string]string{"by_default": "", "told_to_hold": string(spec.InconclusiveHold)} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := quietStage(t, answer)
			s.stays(10, longAfter)
			s.holds(spec.ReasonEvidence, "canary 0/0", "no requests yet", "needed", "longer than 3s", "promote "+hashOf(s.canary("v2")))
			// It was only the traffic that was missing.
			users := s.load(60)
			s.promoted(1)
			users.unharmed()
			s.restored()
		})
	}
}

func TestScenario31_WithoutTrafficARunIsPromotedIfItIsToldTo(t *testing.T) {
	t.Parallel()
	s := quietStage(t, string(spec.InconclusivePromote))
	s.promoted(1)
	assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
	_, at := s.weightDeeds()
	for i, now := range at[1:] {
		assert.GreaterOrEqual(t, now.Sub(at[i]), maxHold-moment, "each step waited for evidence")
	}
	s.restored()
}

func TestScenario31_WithoutTrafficARunIsAbortedIfItIsToldTo(t *testing.T) {
	t.Parallel()
	s := quietStage(t, string(spec.InconclusiveAbort))
	stablePods, _ := s.live()
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonInconclusive), condition.Reason)
	assert.Contains(t, condition.Message, maxHold.String())
	assert.Equal(t, []int{10, 0}, s.weights())
	_, at := s.weightDeeds()
	assert.GreaterOrEqual(t, at[1].Sub(at[0]), maxHold-moment)
	s.cleared(s.canary("v2"))
	uids, _ := s.live()
	assert.Subset(t, stablePods, uids)
	s.restored()
}

func TestScenario31_WhoCannotEvenSeeStableIsNotPromotedWhateverItIsTold(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission, virtualService: handwritten, app: cluster.App{Annotations: map[string]string{
		spec.AnnotationMaxHold: maxHold.String(), spec.AnnotationOnInconclusive: string(spec.InconclusivePromote),
	}}})
	s.annotate()
	s.push("v2", nil)
	s.untilWeight(10)
	s.holds(spec.ReasonBlind, "has no series of stable's pods")
	s.stays(10, longAfter)
	s.holds(spec.ReasonBlind)
}

func TestTheMeshsOwnMetricsDoWhereTheApplicationHasNone(t *testing.T) {
	t.Parallel()
	t.Run("promoted", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Unscraped: true}})
		users := s.load(60)
		s.annotate()
		s.push("v2", nil)
		s.promoted(1)
		assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
		users.unharmed()
		s.restored()
	})
	t.Run("aborted", func(t *testing.T) {
		t.Parallel()
		s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Unscraped: true}})
		users := s.load(60)
		s.annotate()
		s.push("v2", map[string]string{"ERROR_RATE": "0.6"})
		assert.Equal(t, string(spec.ReasonGateFailed), s.aborted(1).Reason)
		assert.Equal(t, []int{10, 0}, s.weights())
		users.unharmed()
		s.restored()
	})
}
