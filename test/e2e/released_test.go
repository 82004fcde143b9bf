package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// TestReleased_TheAnnotationRemovedTogetherWithANewTemplate is how a Git repository takes Sluice out: one apply, which must not be
// mistaken for a rollback to a revision from before the Deployment was annotated.
func TestReleased_TheAnnotationRemovedTogetherWithANewTemplate(t *testing.T) {
	t.Parallel()
	for _, brake := range []strategy.Brake{strategy.BrakePaused, strategy.BrakeAdmission} {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{brake: brake, app: cluster.App{VirtualService: true}})
			s.annotate()
			s.app.Annotations = nil
			s.push("v2", nil)

			d, err := cluster.WaitFor(s.ctx, plane, s.namespace, s.app.Name, func(d *appsv1.Deployment) bool {
				return cluster.RolledOut(d) && !d.Spec.Paused && condition(d, spec.ConditionPromoted) == nil
			})
			require.NoError(t, err)
			assert.Equal(t, "v2", d.Spec.Template.Spec.Containers[0].Env[0].Value, "Kubernetes' own roll-out")
			assert.False(t, spec.Managed(d.Annotations))
			require.NoError(t, cluster.WaitGone[corev1.ConfigMap](s.ctx, plane, s.namespace, s.app.Name+"-sluice"))
			require.NoError(t, cluster.WaitGone[corev1.Service](s.ctx, plane, s.namespace, s.app.Name+"-canary"))
			s.restored()
		})
	}
}
