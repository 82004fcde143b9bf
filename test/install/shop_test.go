package install

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
	"github.com/sluice-dev/sluice/test/mesh"
)

// shop is an application in a namespace of its own, with users, and a developer who works on it.
type shop struct {
	testing.TB
	ctx   context.Context
	app   cluster.App
	users *mesh.Load
}

// open makes a namespace with v1 of an application, which nobody but Kubernetes has rolled out, and sends users to it. Manifests are applied
// beside it.
func (r *release) open(annotations map[string]string, manifests ...string) *shop {
	r.Helper()
	namespace, cleanup, err := plane.Namespace(r.ctx, "shop")
	require.NoError(r, err)
	r.Cleanup(cleanup)
	return r.openIn(namespace, annotations, manifests...)
}

func (r *release) openIn(namespace string, annotations map[string]string, manifests ...string) *shop {
	r.Helper()
	s := &shop{TB: r.TB, ctx: r.ctx, app: cluster.App{Namespace: namespace, Name: "shop", Replicas: 2, Version: "v1", Env: orderly(nil)}}
	_, err := s.app.Deploy(r.ctx, plane)
	require.NoError(r, err)
	for _, manifest := range manifests {
		s.apply(manifest)
	}
	s.app.Annotations = annotations
	s.reachable()
	s.users = data.Load(r.ctx, mesh.Target{Namespace: namespace, Host: "shop"}, 30)
	r.Cleanup(s.users.Stop)
	return s
}

// reachable waits until the data plane has learned of the Service.
func (s *shop) reachable() {
	s.Helper()
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		response, err := data.Do(s.ctx, s.app.Namespace, "shop", "/", nil)
		require.NoError(s, err)
		if response.Outcome() == mesh.Served {
			return
		}
		<-ticker.C // s.ctx ends Do
	}
}

// orderly is an environment whose pods end in good order, as any application should, so that what Kubernetes itself rolls out harms nobody.
func orderly(more map[string]string) map[string]string {
	env := map[string]string{"SHUTDOWN_DELAY": "1s"}
	maps.Copy(env, more)
	return env
}

// ungated are annotations of a canary without gates, gated those of one with as much evidence as a few users give.
func ungated(steps string, more map[string]string) map[string]string {
	a := map[string]string{
		spec.AnnotationStrategy: "canary", spec.AnnotationSteps: steps,
		spec.AnnotationMaxErrorRate: "off", spec.AnnotationMaxLatency: "off",
	}
	maps.Copy(a, more)
	return a
}

func gated(steps string, more map[string]string) map[string]string {
	a := map[string]string{
		spec.AnnotationStrategy: "canary", spec.AnnotationSteps: steps,
		spec.AnnotationMaxErrorRate: "20%", spec.AnnotationMaxLatency: "p80<500ms",
	}
	maps.Copy(a, more)
	return a
}

// apply is kubectl apply by the developer.
func (s *shop) apply(manifest string) {
	s.Helper()
	_, err := plane.KubectlAs(s.ctx, cluster.Developer, manifest, "--namespace", s.app.Namespace, "apply", "-f", "-")
	require.NoError(s, err)
}

// annotate hands the Deployment to Sluice and waits until it is at rest.
func (s *shop) annotate() {
	s.Helper()
	require.NoError(s, s.app.Apply(s.ctx, plane))
	s.await(metav1.ConditionTrue)
}

// push applies a new version.
func (s *shop) push(version string, env map[string]string) {
	s.Helper()
	s.app.Version, s.app.Env = version, orderly(env)
	require.NoError(s, s.app.Apply(s.ctx, plane))
}

// await waits until the condition of the Deployment has a status, and one of the reasons if there are any.
func (s *shop) await(status metav1.ConditionStatus, reasons ...spec.Reason) appsv1.DeploymentCondition {
	s.Helper()
	var found appsv1.DeploymentCondition
	_, err := cluster.WaitFor(s.ctx, plane, s.app.Namespace, "shop", func(d *appsv1.Deployment) bool {
		i := slices.IndexFunc(d.Status.Conditions, func(c appsv1.DeploymentCondition) bool { return c.Type == spec.ConditionPromoted })
		if i < 0 {
			return false
		}
		found = d.Status.Conditions[i]
		return found.Status == corev1.ConditionStatus(status) && (len(reasons) == 0 || slices.Contains(reasons, spec.Reason(found.Reason)))
	})
	require.NoError(s, err)
	return found
}

// ended waits until run number n is over, and says how.
func (s *shop) ended(n int, want strategy.Result) strategy.Summary {
	s.Helper()
	var last strategy.Summary
	_, err := cluster.WaitFor(s.ctx, plane, s.app.Namespace, "shop-sluice", func(c *corev1.ConfigMap) bool {
		var r strategy.Record
		if json.Unmarshal([]byte(c.Data["record.json"]), &r) != nil || len(r.History) == 0 || r.History[0].Number < n {
			return false
		}
		last = r.History[0]
		return true
	})
	require.NoError(s, err)
	require.Equal(s, want, last.Result, last.Message)
	return last
}

// promoted waits until run n has been promoted and all is at rest.
func (s *shop) promoted(n int) {
	s.Helper()
	s.ended(n, strategy.ResultPromoted)
	s.await(metav1.ConditionTrue, spec.ReasonPromoted)
}

// abortedRun waits until run n has been aborted.
func (s *shop) abortedRun(n int) strategy.Summary {
	s.Helper()
	run := s.ended(n, strategy.ResultAborted)
	s.await(metav1.ConditionFalse)
	return run
}

// together calls f for several shops at once.
func together(shops []*shop, f func(*shop)) {
	var group sync.WaitGroup
	for _, s := range shops {
		group.Go(func() { f(s) })
	}
	group.Wait()
	if shops[0].Failed() { // what ended one of them didn't end the test
		shops[0].FailNow()
	}
}

// untilWeight waits until users' VirtualService, or the one made for the run, gives the canary a weight.
func (s *shop) untilWeight(weight int32) {
	s.Helper()
	_, err := cluster.WaitForAll(s.ctx, plane, s.app.Namespace, "", func(all []istiov1.VirtualService) bool {
		for i := range all {
			if canaryWeight(&all[i]) == weight {
				return true
			}
		}
		return false
	})
	require.NoError(s, err)
}

// canaryWeight is what the first route gives the canary's host.
func canaryWeight(v *istiov1.VirtualService) int32 {
	for _, route := range v.Spec.GetHttp() {
		for _, to := range route.GetRoute() {
			if strings.HasPrefix(to.GetDestination().GetHost(), "shop-canary") {
				return to.GetWeight()
			}
		}
	}
	return 0
}

// deployment is as it is now.
func (s *shop) deployment() *appsv1.Deployment {
	s.Helper()
	d, err := plane.Client().AppsV1().Deployments(s.app.Namespace).Get(s.ctx, "shop", metav1.GetOptions{})
	require.NoError(s, err)
	return d
}

// command gives the present run a command.
func (s *shop) command(verb spec.Verb) {
	s.Helper()
	config, err := plane.Client().CoreV1().ConfigMaps(s.app.Namespace).Get(s.ctx, "shop-sluice", metav1.GetOptions{})
	require.NoError(s, err)
	var r strategy.Record
	require.NoError(s, json.Unmarshal([]byte(config.Data["record.json"]), &r))
	require.NotNil(s, r.Run)
	name := r.Run.Canary.Name
	s.kubectl("annotate", "--overwrite", "deployment/shop", spec.AnnotationCommand+"="+string(verb)+" "+name[strings.LastIndexByte(name, '-')+1:])
}

// kubectl runs as the developer, in the shop's namespace.
func (s *shop) kubectl(args ...string) {
	s.Helper()
	_, err := plane.KubectlAs(s.ctx, cluster.Developer, "", append([]string{"--namespace", s.app.Namespace}, args...)...)
	require.NoError(s, err)
}

// unharmed ends the load and asserts that no request failed but by a version's own fault.
func (s *shop) unharmed() mesh.Snapshot {
	s.Helper()
	s.users.Stop()
	got := s.users.Snapshot()
	assert.Positive(s, got.Served)
	assert.Zero(s, got.FailedByRollout, "%s: %+v", s.app.Namespace, got.Failures)
	assert.Zero(s, got.Skipped, "the load could not be sent")
	return got
}

// plain asserts that nothing of Sluice is left on and around the Deployment, and that it has been rolled out by Kubernetes where it hadn't.
func (s *shop) plain() {
	s.Helper()
	d, err := cluster.WaitFor(s.ctx, plane, s.app.Namespace, "shop", cluster.RolledOut)
	require.NoError(s, err)
	assert.False(s, d.Spec.Paused, "it is braked")
	for _, c := range d.Status.Conditions {
		assert.NotContains(s, string(c.Type), spec.Prefix, "a condition is left")
		assert.Equal(s, corev1.ConditionTrue, c.Status, "condition %s: %s", c.Type, c.Message)
	}
	for name := range d.Annotations {
		if strings.HasPrefix(name, spec.Prefix) {
			assert.True(s, s.app.Annotations[name] != "" || name == spec.AnnotationCommand, "an annotation that isn't the user's is left: %s", name)
		}
	}
	sets, err := cluster.WaitForAll(s.ctx, plane, s.app.Namespace, "", func(sets []appsv1.ReplicaSet) bool {
		serving := 0
		for i := range sets {
			if *sets[i].Spec.Replicas > 0 {
				serving++
			}
		}
		return serving == 1
	})
	require.NoError(s, err)
	for i := range sets {
		owner := metav1.GetControllerOf(&sets[i])
		if assert.NotNil(s, owner, "ReplicaSet %s is nobody's", sets[i].Name) {
			assert.Equal(s, d.UID, owner.UID, "ReplicaSet %s is held", sets[i].Name)
		}
		assert.Len(s, sets[i].OwnerReferences, 1)
	}
}
