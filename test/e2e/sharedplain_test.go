package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// TestScenario43_APlainDeploymentBehindTheServiceKeepsARunFromStarting: pinning the Service would take that one's traffic away.
func TestScenario43_APlainDeploymentBehindTheServiceKeepsARunFromStarting(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{app: cluster.App{Annotations: ungated(map[string]string{spec.AnnotationSteps: "10@3s,100@1s"})}})
	s.apply(tier)
	red := s.deployTier("red", "v1")
	s.deployTier("blue", "v1")
	red.Annotations = s.app.Annotations
	require.NoError(t, plane.Apply(s.ctx, inTier(red)))
	s.app, s.stable = red, ""
	c := s.await("False")
	assert.Equal(t, string(spec.ReasonServiceShared), c.Reason)
	assert.Contains(t, c.Message, "blue")
}
