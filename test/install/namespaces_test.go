package install

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/util/sets"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// TestNamespaces_NothingElseIsEverAskedFor is by Helm 3.
func TestNamespaces_NothingElseIsEverAskedFor(t *testing.T) {
	t.Parallel()
	r := newRelease(t, "", nil)
	r.program = helm3
	routes, cleanup, err := plane.Namespace(r.ctx, "routes")
	require.NoError(t, err)
	t.Cleanup(cleanup)
	a := r.open(ungated("50@1s,100@1s", map[string]string{spec.AnnotationVirtualService: routes + "/routes"}))
	b := r.open(gated("50@1s,100@1s", nil), route)
	other := r.open(ungated("50@1s,100@1s", nil), route)
	a.routedIn(routes)
	r.set(map[string]any{
		"namespaces": []string{a.app.Namespace, b.app.Namespace}, "routeNamespaces": []string{routes}, "extraEnv": listing(),
	})
	r.install(chart)
	r.ready(2)
	r.helm("test", r.name)

	together([]*shop{a, b}, func(s *shop) { s.annotate() })
	require.NoError(t, other.app.Apply(r.ctx, plane))
	together([]*shop{a, b, other}, func(s *shop) { s.push("v2", nil) })
	together([]*shop{a, b}, func(s *shop) { s.promoted(1) })
	other.plain() // no brake of ours kept Kubernetes from rolling it out

	b.push("v3", map[string]string{"ERROR_RATE": "0.6"})
	b.abortedRun(2)
	a.app.Annotations[spec.AnnotationSteps] = "50@pause"
	a.push("v3", nil)
	a.await(metav1.ConditionUnknown, spec.ReasonApproval)
	granted := r.granted()
	r.uninstall()
	together([]*shop{a, b, other}, func(s *shop) { s.plain(); s.unharmed() })
	r.withoutTrace(a, b, other)

	done, refused := r.deeds()
	assert.Empty(t, refused)
	watched := sets.New(r.namespace, a.app.Namespace, b.app.Namespace, routes)
	for _, d := range done {
		policy := strings.HasPrefix(d.resource, "admissionregistration.k8s.io/")
		assert.True(t, policy || watched.Has(d.namespace), "asked for outside of its namespaces: %s", d)
	}
	r.unusedOnlyIn(granted, a.app.Namespace, b.app.Namespace)
	r.named(granted)
	r.sameRules(granted, a.app.Namespace, b.app.Namespace)
}

// unusedOnlyIn asserts that every right of other namespaces than these has been used. What each Deployment's namespace needs is shown where all
// of them are watched.
func (r *release) unusedOnlyIn(granted []right, namespaces ...string) {
	r.Helper()
	but := sets.New(namespaces...)
	var rest []right
	for _, g := range granted {
		if !but.Has(g.namespace) {
			rest = append(rest, g)
		}
	}
	require.NotEmpty(r, rest)
	r.allUsed(rest)
}

// sameRules asserts that in each of the namespaces is granted what is granted cluster-wide where none is listed.
func (r *release) sameRules(granted []right, namespaces ...string) {
	r.Helper()
	rendered := r.helm("template", r.name, chart, "--set", "brake.mode=paused", "--show-only", "templates/rbac-cluster.yaml", "--set", "fullnameOverride="+r.name)
	roles, _ := r.rolesIn(rendered)
	require.Len(r, roles, 1)
	var everywhere []right
	for _, rule := range roles[0].rules {
		everywhere = append(everywhere, each("", rule)...)
	}
	for _, namespace := range namespaces {
		var here []right
		for _, g := range granted {
			if g.namespace == namespace {
				g.namespace = ""
				here = append(here, g)
			}
		}
		assert.ElementsMatch(r, everywhere, here, "in %s", namespace)
	}
}
