package e2e

import (
	"encoding/json"
	"fmt"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// Who runs the routes is often another team, in another namespace.

// routesOf makes a namespace with a VirtualService, and says where it is.
func (s *stage) routesOf(format string) (namespace string) {
	s.Helper()
	namespace, cleanup, err := plane.Namespace(s.ctx, "routes")
	require.NoError(s, err)
	s.Cleanup(cleanup)
	_, err = plane.KubectlAs(s.ctx, cluster.Admin, fmt.Sprintf(format, s.namespace), "--namespace", namespace, "apply", "-f", "-")
	require.NoError(s, err)
	return namespace
}

// virtualServiceIn reads a VirtualService of a namespace.
func (s *stage) virtualServiceIn(namespace, name string) object {
	s.Helper()
	return s.raw("/apis/networking.istio.io/v1/namespaces/" + namespace + "/virtualservices/" + name)
}

// routedElsewhere is a VirtualService of another namespace than the Service's.
const routedElsewhere = `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: routes}
spec:
  hosts: [shop.%[1]s.svc.cluster.local]
  http:
  - timeout: 5s
    route:
    - destination: {host: shop.%[1]s.svc.cluster.local}
`

func TestScenario21_AVirtualServiceOfAnotherNamespaceThatTheFlagsList(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{brake: strategy.BrakeAdmission, idle: true})
	routes := s.routesOf(routedElsewhere)
	before := s.virtualServiceIn(routes, "routes")
	s.app.Annotations[spec.AnnotationVirtualService] = routes + "/routes"
	s.start(setup{flags: map[string]string{"route-namespaces": routes}})
	s.annotate()
	users := s.load(50)
	s.push("v2", nil)
	s.promoted(1)

	deeds, err := plane.Audit(s.ctx, cluster.AuditFilter{User: cluster.Controller, Namespace: routes, Writes: true})
	require.NoError(t, err)
	var marks []string
	for _, d := range deeds {
		assert.Equal(t, "update virtualservices routes", d.Verb+" "+d.Resource+" "+d.Name)
		marks = append(marks, markIn(t, d.Response))
	}
	mark := s.namespace + "/shop"
	assert.Equal(t, []string{mark, mark, mark, ""}, marks, "10, 50, 100 %, and back")
	after := s.virtualServiceIn(routes, "routes")
	assert.Equal(t, string(before.Spec), string(after.Spec))
	assert.Equal(t, before.Metadata.Annotations, after.Metadata.Annotations)
	assert.Empty(t, s.weights(), "none was made in its own namespace")
	users.unharmed()
	s.restored()
}

// markIn is the mark on an object.
func markIn(t *testing.T, text []byte) string {
	t.Helper()
	var o object
	require.NoError(t, json.Unmarshal(text, &o))
	return o.Metadata.Annotations[spec.AnnotationRunBy]
}

func TestScenario21_AVirtualServiceOfANamespaceThatIsNotListedIsLeftAlone(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{idle: true})
	routes := s.routesOf(routedElsewhere)
	before := s.virtualServiceIn(routes, "routes")
	s.app.Annotations[spec.AnnotationVirtualService] = routes + "/routes"
	// It sees them all, and may not touch them.
	s.start(setup{flags: map[string]string{"namespaces": s.namespace + "," + routes}})
	require.NoError(t, s.app.Apply(s.ctx, plane))
	s.warned(spec.ReasonRouteInvalid, routes+"/routes", "--route-namespaces must list it")
	assert.Equal(t, before, s.virtualServiceIn(routes, "routes"), "not even written to")
}

func TestScenario21_ADelegateOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{idle: true})
	routes := s.routesOf(`
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop-routes}
spec:
  http:
  - match: [{uri: {prefix: /}}]
    route:
    - destination: {host: shop.%[1]s.svc.cluster.local}
`)
	before := s.virtualServiceIn(routes, "shop-routes")
	root := `
apiVersion: networking.istio.io/v1
kind: VirtualService
metadata: {name: shop}
spec:
  hosts: [shop]
  http:
  - delegate: {name: shop-routes, namespace: ` + routes + `}
`
	s.apply(root)
	s.written = s.objects()
	s.app.Annotations[spec.AnnotationVirtualService] = routes + "/shop-routes"
	s.start(setup{flags: map[string]string{"route-namespaces": routes}})
	s.annotate()
	users := s.load(50)
	s.push("v2", nil)
	s.promoted(1)
	after := s.virtualServiceIn(routes, "shop-routes")
	assert.Equal(t, string(before.Spec), string(after.Spec))
	users.unharmed()
	s.restored()

	// The mesh says nothing about a delegate that isn't there; Sluice does.
	_, err := plane.KubectlAs(s.ctx, cluster.Admin, "", "--namespace", routes, "delete", "virtualservice", "shop-routes")
	require.NoError(t, err)
	s.patch(map[string]any{"metadata": map[string]any{"annotations": map[string]any{spec.AnnotationVirtualService: nil}}})
	s.says(spec.ReasonRouteInvalid, "delegates to "+routes+"/shop-routes, which isn't there")
}

func TestScenario21_TheControllerIsKilledWhileItHasARouteOfAnotherNamespace(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{idle: true, app: cluster.App{Annotations: map[string]string{spec.AnnotationSteps: "50@pause"}}})
	routes := s.routesOf(routedElsewhere)
	before := s.virtualServiceIn(routes, "routes")
	s.app.Annotations[spec.AnnotationVirtualService] = routes + "/routes"
	s.start(setup{flags: map[string]string{"route-namespaces": routes}})
	s.annotate()
	users := s.load(50)
	s.push("v2", nil)
	s.await("Unknown", spec.ReasonApproval)
	users.unharmed()
	require.NoError(t, s.controller.Kill())
	s.kubectl(cluster.Developer, "delete", "deployment", "shop")
	require.NoError(t, s.controller.Restart(s.ctx))
	s.until("the route as it was", func() bool {
		after := s.virtualServiceIn(routes, "routes")
		return string(after.Spec) == string(before.Spec) && after.Metadata.Annotations[spec.AnnotationRunBy] == ""
	})
	_, err := cluster.WaitForAll(s.ctx, plane, s.namespace, appsv1.DefaultDeploymentUniqueLabelKey, func(pods []corev1.Pod) bool { return len(pods) == 0 })
	require.NoError(t, err)
}
