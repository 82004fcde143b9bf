package e2e

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// release runs `controller release` for the stage's namespace beside the controllers, and returns what it said.
func (s *stage) release(more ...string) (string, error) {
	s.Helper()
	binary := os.Getenv(binaryEnv)
	if binary == "" {
		dir := os.Getenv(cluster.BinEnv)
		if dir == "" {
			dir = "../../.bin"
		}
		binary = filepath.Join(dir, "controller-race")
	}
	args := append([]string{"release", "--kubeconfig=" + plane.Kubeconfig(cluster.Controller)}, s.flags(map[string]string{
		"leader-elect": "true", "lease-namespace": leaseNamespace, "lease-name": s.namespace, "lease-duration": lease.String(),
	})...)
	out, err := exec.CommandContext(s.ctx, binary, append(args, more...)...).CombinedOutput()
	s.Logf("release: %s", out)
	return string(out), err
}

// uninstallation is a moment in which Sluice is taken out.
type uninstallation struct {
	brake strategy.Brake
	// reached brings the Deployment there; nil: it is at rest.
	reached func(s *stage)
	// pushed: Kubernetes rolls v2 out afterwards.
	pushed bool
}

func TestScenario46_UninstallingLeavesPlainDeployments(t *testing.T) {
	t.Parallel()
	half := func(s *stage) {
		s.push("v2", nil)
		s.untilWeight(50)
	}
	abort := func(s *stage) {
		half(s)
		s.command(spec.VerbAbort, s.canary("v2"))
		s.aborted(1)
	}
	for name, u := range map[string]uninstallation{
		"at_rest_with_the_policy":   {brake: strategy.BrakeAdmission},
		"at_rest_paused":            {brake: strategy.BrakePaused},
		"at_50_with_the_policy":     {brake: strategy.BrakeAdmission, reached: half, pushed: true},
		"after_an_abort_and_paused": {brake: strategy.BrakePaused, reached: abort, pushed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			u.happens(t)
		})
	}
}

func (u uninstallation) happens(t *testing.T) {
	t.Helper()
	s := newStage(t, setup{brake: u.brake, virtualService: handwritten, idle: true, app: cluster.App{
		Annotations: ungated(map[string]string{spec.AnnotationSteps: "50@1h,100@1s"}),
	}})
	leases := plane.Client().CoordinationV1().Leases(leaseNamespace)
	t.Cleanup(func() {
		assert.NoError(t, leases.Delete(context.WithoutCancel(s.ctx), s.namespace, metav1.DeleteOptions{}))
	})
	leader := s.replica("first")
	s.annotate()
	standby := s.replica("second")
	stablePods, _ := s.live()
	users := s.load(50)
	if u.reached != nil {
		u.reached(s)
		out, err := s.release("--refuse-unless-at-rest")
		require.Error(t, err)
		assert.Contains(t, out, "refused, and nothing was changed")
		assert.Contains(t, out, s.namespace+"/shop: ", "which Deployment it is")
		held, err := leases.Get(s.ctx, s.namespace, metav1.GetOptions{})
		require.NoError(t, err)
		assert.NotContains(t, *held.Spec.HolderIdentity, "release")
	}
	out, err := s.release("--hold=1h")
	require.NoError(t, err, out)
	assert.Contains(t, out, "nothing of Sluice is left")

	// Nothing is waited for: it was done when the program ended.
	d := s.deployment()
	assert.False(t, d.Spec.Paused)
	assert.Nil(t, condition(d, spec.ConditionPromoted))
	assert.True(t, spec.Managed(d.Annotations), "the annotations are the user's")
	s.restored()
	s.nothingLeft()
	if u.pushed {
		s.until("a released Deployment", func() bool { return s.unbraked() > 0 })
		users.unharmedUntil(s.timeOf(deployments, "shop", s.unbraked()))
		s.keptStableUntil(s.unbraked(), stablePods)
		s.plain()
		assert.Equal(t, "v2", s.deployment().Spec.Template.Spec.Containers[0].Env[0].Value, "Kubernetes' own roll-out")
	} else {
		now, _ := s.live()
		assert.Equal(t, stablePods, now)
		users.unharmed()
	}

	// The leader has ended; started again it waits, as the other does, until Helm has deleted them.
	leader.ends(s)
	assert.Empty(t, standby.wrote(), "nobody but the leader writes")
	before := len(leader.wrote())
	require.NoError(t, leader.Restart(s.ctx))
	s.push("v3", nil)
	if u.brake == strategy.BrakePaused {
		s.plain()
	} else {
		// All scenarios share the policy: nobody has deleted it.
		assert.True(t, s.deployment().Spec.Paused)
	}
	assert.Len(t, leader.wrote(), before, "a controller that has been told to wait writes nothing")
	assert.Empty(t, standby.wrote())
}
