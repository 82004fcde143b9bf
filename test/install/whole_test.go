package install

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// TestScenario46_AReleaseForTheWholeCluster is the life of Sluice in a cluster: from a cluster that never had it to one that has it no more.
func TestScenario46_AReleaseForTheWholeCluster(t *testing.T) {
	receiver := newReceiver(t)
	routes, cleanup, err := plane.Namespace(t.Context(), "routes")
	require.NoError(t, err)
	t.Cleanup(cleanup)
	r := newRelease(t, system, map[string]any{
		"routeNamespaces": []string{routes},
		"metrics":         map[string]any{"tokenSecret": map[string]any{"name": "tokens"}},
		"web":             map[string]any{"enabled": true, "tokenSecret": map[string]any{"name": "tokens"}},
		"webhook":         map[string]any{"url": receiver.url, "signingSecret": map[string]any{"name": "tokens", "key": "token"}},
	})
	r.files = []string{production}
	secret := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Name: "tokens"}, StringData: map[string]string{"token": metricsToken}}
	_, err = plane.Client().CoreV1().Secrets(system).Create(r.ctx, secret, metav1.CreateOptions{})
	require.NoError(t, err)

	c := r.company(routes)
	full, remote, blue, bad := c.full, c.remote, c.blue, c.bad
	shops := []*shop{full, remote, blue, bad, c.resting}
	before := r.census()

	r.install(chart)
	r.ready(2)
	r.closed()
	r.helm("test", r.name)

	together(shops, func(s *shop) { s.annotate() })
	together([]*shop{full, remote, blue, bad}, func(s *shop) { s.push("v2", nil) })
	full.untilWeight(20)
	full.apply(policy + changedPolicy)
	full.command(spec.VerbApprove)
	together([]*shop{full, remote, blue, bad}, func(s *shop) { s.promoted(1) })
	before[key("destinationrules.networking.istio.io", full, "shop-policy")] = r.census()[key("destinationrules.networking.istio.io", full, "shop-policy")]

	// Two are in a run, one aborted.
	remote.app.Annotations[spec.AnnotationSteps] = "50@pause"
	remote.push("v3", nil)
	blue.app.Annotations[spec.AnnotationApproval] = "on"
	blue.push("v3", nil)
	bad.push("v3", map[string]string{"ERROR_RATE": "0.6"})
	assert.Equal(t, spec.ReasonGateFailed, bad.abortedRun(2).Reason)
	together([]*shop{remote, blue}, func(s *shop) { s.await(metav1.ConditionUnknown, spec.ReasonApproval) })
	c.resting.mistyped()
	receiver.heardOf(t, full, spec.ReasonPromoted)
	receiver.heardOf(t, bad, spec.ReasonGateFailed)

	r.refusesToGo(remote, blue, bad)
	// Helm takes the release for one that is being uninstalled, and upgrades it only after a rollback to what it was.
	r.helm("rollback", r.name, "1", "--wait", "--timeout", "90s")
	r.set(map[string]any{"uninstall": map[string]any{"refuseUnlessAtRest": false}, "extraEnv": listing()})
	r.upgrade(chart)
	granted := r.granted()
	r.uninstall()
	together(shops, func(s *shop) { s.plain() })
	together(shops, func(s *shop) { s.unharmed() })
	require.NoError(t, cluster.WaitGone[coordinationv1.Lease](r.ctx, plane, system, "sluice-controller"))
	r.same(before, r.census())
	r.leastPrivilege(granted)
}

// company are shops that need, together, every permission that the chart grants.
type company struct{ full, remote, blue, bad, resting *shop }

// company opens them; routes is a namespace where another team has routes.
func (r *release) company(routes string) company {
	r.Helper()
	var c company
	c.full = r.open(gated("20@pause,100@1s", map[string]string{
		spec.AnnotationAlerts: "HighErrorRate", spec.AnnotationBefore: "cronjob/migrate", spec.AnnotationVerify: "cronjob/smoke",
	}), route, policy, rules)
	for _, name := range []string{"migrate", "smoke"} {
		require.NoError(r, cluster.Task{Namespace: c.full.app.Namespace, Name: name}.Apply(r.ctx, plane))
	}
	c.remote = r.open(ungated("50@1s,100@1s", map[string]string{
		spec.AnnotationVirtualService: routes + "/routes", spec.AnnotationAlerts: "HighErrorRate",
	}), rulesInConfigMap)
	c.remote.routedIn(routes)
	c.blue = r.open(map[string]string{
		spec.AnnotationStrategy: "blue-green", spec.AnnotationBake: "1s",
		spec.AnnotationMaxErrorRate: "off", spec.AnnotationMaxLatency: "off",
	})
	c.bad = r.open(gated("50@1s,100@1s", nil)) // no VirtualService: one is made for its runs
	c.resting = r.open(gated("10@1m", nil), route)
	return c
}

// routedIn has the routes of the shop in another namespace.
func (s *shop) routedIn(namespace string) {
	s.Helper()
	manifest := fmt.Sprintf(routeElsewhere, s.app.Namespace)
	_, err := plane.KubectlAs(s.ctx, cluster.Developer, manifest, "--namespace", namespace, "apply", "-f", "-")
	require.NoError(s, err)
}

// mistyped makes the same mistake twice: the second event of it is a patch of the first.
func (s *shop) mistyped() {
	s.Helper()
	for range 2 {
		s.kubectl("annotate", "deployment/shop", spec.Prefix+"stepz=10")
		s.await(metav1.ConditionFalse, spec.ReasonInvalidAnnotation)
		s.kubectl("annotate", "deployment/shop", spec.Prefix+"stepz-")
		s.await(metav1.ConditionTrue)
	}
}

// listing is the environment of a controller that fills its caches by lists, as on an API server that doesn't stream them.
func listing() []map[string]string {
	return []map[string]string{{"name": "KUBE_FEATURE_WatchListClient", "value": "false"}}
}
