package install

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

func TestUninstall_OneThatFailsHalfWayLeavesAWorkingInstallation(t *testing.T) {
	t.Parallel()
	// The Lease's time passes, traffic goes back to stable, and then the canary would have to be drained.
	r := newRelease(t, "", map[string]any{"drain": "12s", "uninstall": map[string]any{"timeout": "12s"}})
	s := r.open(ungated("50@pause,100@1s", nil), route)
	r.set(map[string]any{"namespaces": []string{s.app.Namespace}})
	r.install(chart)
	s.annotate()
	s.push("v2", nil)
	s.await(metav1.ConditionUnknown, spec.ReasonApproval)

	out, err := r.try("uninstall", r.name, "--timeout", "60s")
	require.Error(t, err, out)
	assert.Contains(t, r.logs(), "not done within --timeout=12s; this is left\n  "+s.app.Namespace+"/shop: ")
	// The run that was being taken out ends with stable, and v2 gets a run of its own: nothing is rolled out unjudged.
	r.awaitLeader()
	s.ended(1, strategy.ResultCancelled)
	s.await(metav1.ConditionUnknown, spec.ReasonApproval)
	s.command(spec.VerbApprove)
	s.promoted(2)
	assert.Equal(t, []int32{50, 0, 50, 100, 0}, r.weights(s))

	// Helm takes it for one that is being uninstalled: it must be what it was before it can be changed.
	r.helm("rollback", r.name, "1", "--wait", "--timeout", "90s")
	r.set(map[string]any{"drain": "1s", "uninstall": map[string]any{"timeout": "60s"}})
	r.upgrade(chart)
	r.uninstall()
	s.plain()
	s.unharmed()
	r.withoutTrace(s)
}

// TestUninstall_WithoutHooks is what the documentation says of it: what a run holds stays as it is, and the same chart installed again goes on.
func TestUninstall_WithoutHooks(t *testing.T) {
	t.Parallel()
	r := newRelease(t, "", nil)
	run := r.open(ungated("50@pause,100@1s", nil), route)
	rest := r.open(ungated("50@pause", nil), route)
	r.set(map[string]any{"namespaces": []string{run.app.Namespace, rest.app.Namespace}})
	r.install(chart)
	together([]*shop{run, rest}, func(s *shop) { s.annotate() })
	run.push("v2", nil)
	run.await(metav1.ConditionUnknown, spec.ReasonApproval)
	r.uninstall("--no-hooks")

	left := r.census()
	for _, key := range []string{
		key("configmaps", run, "shop-sluice"), key("configmaps", rest, "shop-sluice"), key("services", run, "shop-canary"),
		"leases.coordination.k8s.io/" + r.namespace + "/" + r.controller(),
	} {
		assert.Contains(t, left, key, "what is left")
	}
	assert.True(t, run.deployment().Spec.Paused, "in a run it stays braked")
	assert.False(t, rest.deployment().Spec.Paused, "at rest it isn't")
	run.untilWeight(50)
	run.await(metav1.ConditionUnknown, spec.ReasonApproval)
	rest.await(metav1.ConditionTrue)

	r.install(chart)
	r.awaitLeader()
	run.command(spec.VerbApprove)
	run.promoted(1)
	r.uninstall()
	together([]*shop{run, rest}, func(s *shop) { s.plain(); s.unharmed() })
	r.withoutTrace(run, rest)
}

// withoutTrace asserts that nothing of the release is left anywhere, and nothing of Sluice in the shops' namespaces.
func (r *release) withoutTrace(shops ...*shop) {
	r.Helper()
	require.NoError(r, cluster.WaitGone[coordinationv1.Lease](r.ctx, plane, r.namespace, r.controller()))
	for key, object := range r.census() {
		if key == "namespaces//"+r.namespace {
			continue
		}
		assert.NotContains(r, key, r.namespace, "it is left of the release")
		for _, s := range shops {
			if namespaceOf(key) == s.app.Namespace {
				assert.NotContains(r, object, spec.Prefix, "%s has something of Sluice", key)
			}
		}
	}
}
