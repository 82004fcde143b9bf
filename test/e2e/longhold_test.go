package e2e

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestScenario16_AHoldLongerThanTheProgressDeadlineIsNotAFailure(t *testing.T) {
	t.Parallel()
	const (
		deadline = 4 * time.Second
		long     = deadline + 2*time.Second
	)
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, virtualService: handwritten, app: cluster.App{
				ProgressDeadlineSeconds: int32(deadline / time.Second),
				Annotations:             ungated(map[string]string{spec.AnnotationSteps: "10@" + long.String() + ",50@pause,100@0s"}),
			}})
			s.annotate()
			stablePods, _ := s.live()
			users := s.load(30)
			s.push("v2", nil)
			pipeline := s.rolloutStatus()
			s.untilWeight(10)
			s.stays(10, long-moment)
			s.untilWeight(50)
			s.holds(spec.ReasonApproval)
			s.stays(50, long)
			s.holds(spec.ReasonApproval)
			canary := s.canary("v2")
			s.command(spec.VerbApprove, canary)
			s.promoted(1)

			require.NoError(t, <-pipeline, "kubectl rollout status")
			assert.Equal(t, []int{10, 50, 100, 0}, s.weights())
			final, names := s.live()
			assert.Equal(t, final, s.podsOf(canary), "the version never had other pods")
			assert.Equal(t, names, s.requests(60), "pods that answer")
			s.keptStableUntil(s.handedOver(canary), stablePods)
			s.neverFailed()
			users.unharmed()
			s.restored()
		})
	}
}
