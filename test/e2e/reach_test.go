package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestRequestsThatNeverReachTheApplicationAreJudgedByWhatCallersSaw(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: map[string]string{
		spec.AnnotationSteps: "50@1h,100@1s",
	}}})
	users := s.load(60)
	s.annotate()
	// Ready, and its own metrics are perfect: what it hangs up on it doesn't count.
	s.push("v2", map[string]string{"HANGUP_RATE": "0.9"})
	condition := s.aborted(1)
	assert.Equal(t, string(spec.ReasonGateFailed), condition.Reason)
	assert.Contains(t, condition.Message, "reachability: canary")
	assert.NotContains(t, condition.Message, "error-rate")
	assert.Equal(t, []int{50, 0}, s.weights())
	users.home()
	s.restored()
}
