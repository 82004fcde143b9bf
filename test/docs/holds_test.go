package docs

import (
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// afterwards are what a page may say that holds after a block:
//
//	<!-- then: plain -->
func afterwards() map[string]func(*world) {
	return map[string]func(*world){
		// Nothing of Sluice is left, and Kubernetes has rolled v2 out, or what ran before.
		"released":  func(w *world) { w.plain("v2", "") },
		"plain":     func(w *world) { w.plain("v1", "") },
		"taken out": func(w *world) { w.plain("v2", "canary") },
		// The user's Service and VirtualService are as they were.
		"unpinned": (*world).unpinned,
		// shop is Sluice's, and no user has noticed how it came to be.
		"managed, and nobody noticed": (*world).unnoticed,
	}
}

// holds waits until it does.
func (w *world) holds(what string) {
	w.Helper()
	check, known := afterwards()[what]
	require.True(w, known, "no such thing: %q", what)
	check(w)
}

// plain waits until the Deployment is as if Sluice had never been there, with all pods of a version; the annotation may
// have stayed.
func (w *world) plain(version, strategy string) {
	w.Helper()
	_, err := cluster.WaitFor(w.ctx, plane, w.namespace, "shop", func(d *appsv1.Deployment) bool {
		for _, c := range d.Status.Conditions {
			if c.Type == spec.ConditionPromoted {
				return false
			}
		}
		return !d.Spec.Paused && cluster.RolledOut(d) && d.Annotations[spec.AnnotationStrategy] == strategy &&
			d.Spec.Template.Spec.Containers[0].Image == "registry.example/shop:"+version
	})
	require.NoError(w, err)
	w.unpinned()
	for _, kind := range []string{"replicasets", "services", "configmaps", "virtualservices", "destinationrules", "jobs"} {
		assert.Empty(w, w.runs("kubectl get "+kind+" --selector "+spec.LabelManaged+" --output name"))
	}
}

// unpinned waits until Service and VirtualService are the user's own again.
func (w *world) unpinned() {
	w.Helper()
	_, err := cluster.WaitFor(w.ctx, plane, w.namespace, "shop", func(s *corev1.Service) bool {
		return len(s.Spec.Selector) == 1 && unmarked(s)
	})
	require.NoError(w, err)
	_, err = cluster.WaitFor(w.ctx, plane, w.namespace, "shop", func(vs *istiov1.VirtualService) bool {
		return len(vs.Spec.GetHttp()) == 1 && len(vs.Spec.GetHttp()[0].GetRoute()) == 1 && unmarked(vs)
	})
	require.NoError(w, err)
}

func unmarked(o metav1.Object) bool { return o.GetAnnotations()[spec.AnnotationRunBy] == "" }
