package install

import (
	"syscall"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

func TestFailover_AnotherPodGoesOnWhereTheLeaderWasLost(t *testing.T) {
	t.Parallel()
	for name, loss := range map[string]syscall.Signal{
		"killed":                                syscall.SIGKILL,
		"frozen_until_its_liveness_probe_fails": syscall.SIGSTOP,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := newRelease(t, "", map[string]any{"terminationGracePeriodSeconds": 1})
			s := r.open(ungated("20@3s,50@1s,100@1s", nil), route)
			r.set(map[string]any{"namespaces": []string{s.app.Namespace}})
			r.install(chart)
			s.annotate()
			leader := r.awaitLeader()
			s.push("v2", nil)
			s.untilWeight(20)
			require.NoError(t, syscall.Kill(processes.PID(r.namespace, leader), loss))
			s.promoted(1)
			assert.NotEqual(t, leader, r.awaitLeader())
			r.readyPod(leader, 1)
			assert.Equal(t, []int32{20, 50, 100, 0}, r.weights(s))
			s.unharmed()
			r.uninstall()
			s.plain()
		})
	}
}
