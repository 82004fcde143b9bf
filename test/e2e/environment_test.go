package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestScenario34_AServiceThatIsIllAsAWholeHoldsTheRun(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: map[string]string{
		spec.AnnotationMaxErrorRate: "5%", spec.AnnotationSteps: "50@1s,100@1s",
	}}})
	users := s.load(60)
	s.annotate()
	s.push("v2", nil)
	s.untilWeight(50)
	// Something that both versions need breaks, say a database.
	require.NoError(t, plane.Pods().Override(s.namespace, "shop-", map[string]string{"ERROR_RATE": "0.5"}))
	s.holds(spec.ReasonBothIll, "error-rate: canary", "stable")
	s.stays(50, longAfter)
	s.holds(spec.ReasonBothIll)
	assert.Equal(t, []int{50}, s.weights(), "neither on nor back")

	s.command(spec.VerbAbort, s.canary("v2"))
	assert.Equal(t, string(spec.ReasonCommand), s.aborted(1).Reason, "a person may still say so")
	users.unharmed()
	s.restored()
}
