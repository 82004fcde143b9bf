package e2e

import (
	"encoding/json"
	"fmt"
	"maps"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/test/cluster"
)

// attempt is one way in which a developer changes what runs, begun at a Deployment at rest. s.app is the version that is to come.
type attempt struct {
	name string
	do   func(s *stage) error
	// refused: kubectl itself does nothing to a paused Deployment.
	refused bool
	// releases: it takes the brake off as well, which only the policy can prevent.
	releases bool
}

func attempts() []attempt {
	kubectl := func(args ...string) func(*stage) error {
		return func(s *stage) error { return s.try("", args...) }
	}
	released := map[string]any{"paused": false}
	return []attempt{
		{name: "apply", do: func(s *stage) error { return s.app.Apply(s.ctx, plane) }},
		{name: "apply of a manifest that says paused: false", releases: true, do: func(s *stage) error {
			return s.try(s.manifest(released), "apply", "-f", "-")
		}},
		{name: "server-side apply", do: func(s *stage) error {
			return s.try(s.manifest(nil), "apply", "--server-side", "--force-conflicts", "-f", "-")
		}},
		{name: "server-side apply of a manifest that says paused: false", releases: true, do: func(s *stage) error {
			return s.try(s.manifest(released), "apply", "--server-side", "--force-conflicts", "-f", "-")
		}},
		{name: "replace", releases: true, do: func(s *stage) error { return s.try(s.manifest(nil), "replace", "-f", "-") }},
		{name: "set image", do: func(s *stage) error {
			return s.try("", "set", "image", "deployment/shop", "app=registry.example/shop:"+s.app.Version)
		}},
		{name: "patch", do: func(s *stage) error { return s.try("", s.patchOf(nil)...) }},
		{name: "patch with paused: false", releases: true, do: func(s *stage) error { return s.try("", s.patchOf(released)...) }},
		{name: "restart", refused: true, do: kubectl("rollout", "restart", "deployment/shop")},
		{name: "undo", refused: true, do: kubectl("rollout", "undo", "deployment/shop")},
		{name: "resume of a change that is held", releases: true, do: func(s *stage) error {
			if err := s.app.Apply(s.ctx, plane); err != nil {
				return err
			}
			s.held()
			return s.try("", "rollout", "resume", "deployment/shop")
		}},
	}
}

// try is kubectl by the developer.
func (s *stage) try(stdin string, args ...string) error {
	_, err := plane.KubectlAs(s.ctx, cluster.Developer, stdin, append([]string{"--namespace", s.namespace}, args...)...)
	return err
}

// manifest is s.app's Deployment with more in its spec.
func (s *stage) manifest(more map[string]any) string {
	s.Helper()
	text, err := json.Marshal(s.app.Deployment())
	require.NoError(s, err)
	object := map[string]any{}
	require.NoError(s, json.Unmarshal(text, &object))
	delete(object, "status")
	maps.Copy(object["spec"].(map[string]any), more)
	text, err = json.Marshal(object)
	require.NoError(s, err)
	return string(text)
}

// patchOf is a patch with s.app's template and more of the spec.
func (s *stage) patchOf(more map[string]any) []string {
	s.Helper()
	fields := map[string]any{"template": s.app.Deployment().Spec.Template}
	maps.Copy(fields, more)
	text, err := json.Marshal(map[string]any{"spec": fields})
	require.NoError(s, err)
	return []string{"patch", "deployment", "shop", "--type=merge", "--patch", string(text)}
}

func TestScenario41_NobodyCanStartAnUngatedRollout(t *testing.T) {
	t.Parallel()
	for _, brake := range brakes() {
		t.Run(string(brake), func(t *testing.T) {
			t.Parallel()
			// No run lives long enough here to give its canary traffic: whoever meets another version than v1 does so without a gate.
			s := newStage(t, setup{
				brake: brake, earlier: "v0", virtualService: handwritten, flags: map[string]string{"settle": "1m"},
			})
			s.annotate()
			stablePods, _ := s.live()
			before := s.deployment()
			users := s.load(20)
			for i, a := range attempts() {
				if a.releases && s.restsBraked() {
					continue // it is captured: see below
				}
				s.app.Version = fmt.Sprintf("v%d", i+2)
				err := a.do(s)
				if a.refused && s.restsBraked() {
					var said *cluster.KubectlError
					require.ErrorAs(t, err, &said, "kubectl %s of a paused Deployment", a.name)
					assert.Equal(t, before.Spec.Template, s.deployment().Spec.Template, a.name)
					continue
				}
				require.NoError(t, err, a.name)
				s.held()
				assert.True(t, s.deployment().Spec.Paused, "%s: braked", a.name)
				s.revert(before.Spec.Template)
			}
			users.unharmed()
			assert.Equal(t, []string{"v1"}, users.inside.Snapshot().VersionNames(), "who answered inside the mesh")
			for _, v := range users.outside.got() {
				assert.Equal(t, "v1", v.Version, "who answered outside the mesh")
			}
			s.keptStableUntil(s.lastRevision(), stablePods)
			s.rolledNothing()
			s.restored()
		})
	}
}

// held waits until the Deployment's template is in a ReplicaSet with pods that is not the Deployment's.
func (s *stage) held() {
	s.Helper()
	want := trait(s, s.deployment().Spec.Template)
	s.until("the template in a held ReplicaSet", func() bool {
		for _, e := range s.seen.of(replicaSets, "") {
			owner := metav1.GetControllerOf(e.object)
			replicas, _, _ := unstructured.NestedInt64(e.object.Object, "spec", "replicas")
			template, _, _ := unstructured.NestedMap(e.object.Object, "spec", "template")
			if owner != nil && owner.Kind == "ConfigMap" && replicas > 0 && trait(s, template) == want {
				return true
			}
		}
		return false
	})
}

// trait is that of a template by which the attempts' differ.
func trait(s *stage, template any) string {
	s.Helper()
	text, err := json.Marshal(template)
	require.NoError(s, err)
	var typed corev1.PodTemplateSpec
	require.NoError(s, json.Unmarshal(text, &typed))
	return fmt.Sprint(typed.Spec.Containers[0].Image, typed.Spec.Containers[0].Env, typed.Annotations)
}

// revert puts a template back, which cancels the run, and waits until the Deployment is at rest.
func (s *stage) revert(template corev1.PodTemplateSpec) {
	s.Helper()
	text, err := json.Marshal([]map[string]any{{"op": "replace", "path": "/spec/template", "value": template}})
	require.NoError(s, err)
	_, err = plane.Client().AppsV1().Deployments(s.namespace).Patch(s.ctx, s.app.Name, types.JSONPatchType, text, metav1.PatchOptions{})
	require.NoError(s, err)
	s.atRest()
}

// rolledNothing asserts that since the Deployment was handed to Sluice Kubernetes has neither made a ReplicaSet nor given one pods.
func (s *stage) rolledNothing() {
	s.Helper()
	annotated := s.annotated()
	for _, d := range only(s.deeds(kubernetes), replicaSets, "") {
		if d.revision <= annotated {
			continue
		}
		assert.NotEqual(s, "create", d.Verb, "%s", d)
		replicas := int64(0)
		if d.after != nil {
			replicas, _, _ = unstructured.NestedInt64(d.after.Object, "spec", "replicas")
		}
		if d.Name == s.stable {
			assert.Equal(s, int64(s.app.Replicas), replicas, "%s", d)
		} else {
			assert.Zero(s, replicas, "%s", d)
		}
	}
}

// annotated is the revision in which the Deployment was handed to Sluice.
func (s *stage) annotated() int64 {
	s.Helper()
	for _, e := range s.seen.of(deployments, s.app.Name) {
		if e.object.GetAnnotations()[spec.AnnotationStrategy] != "" {
			return e.revision
		}
	}
	require.Fail(s, "never annotated")
	return 0
}

func TestScenario41_ARolloutThatEscapesIsCapturedAndGated(t *testing.T) {
	t.Parallel()
	for _, a := range attempts() {
		if !a.releases {
			continue
		}
		t.Run(a.name, func(t *testing.T) {
			t.Parallel()
			s := newStage(t, setup{
				brake: strategy.BrakePaused, virtualService: handwritten,
				// What Kubernetes' own rolling update takes away ends in good order, as any application should.
				app: cluster.App{Env: map[string]string{"SHUTDOWN_DELAY": "1s"}, Annotations: ungated(nil)},
			})
			s.annotate()
			users := s.load(40)
			s.app.Version, s.app.Env["READY_AFTER"] = "v2", "3s" // time to be captured in before there is anything to send users to
			require.NoError(t, a.do(s))
			s.promoted(1)
			assert.Equal(t, []int{10, 50, 100, 0}, s.weights(), "it was judged like any other version")
			canary := s.serving()
			assert.Contains(t, s.versionsOf("v2"), canary)
			final, _ := s.live()
			assert.Len(t, final, 4)
			assert.Equal(t, final, s.podsAt(canary, s.weighed(100)), "the pods that were judged at 100 % and those that serve at the end")
			assert.True(t, s.wasHeld(canary))
			users.unharmed()
			s.toldOutsidersLate(users, canary)
			s.restored()
			assert.True(t, s.deployment().Spec.Paused)
			assert.Equal(t, "2", s.deployment().Annotations[revision])
		})
	}
}

// wasHeld says whether a ReplicaSet has ever been Sluice's.
func (s *stage) wasHeld(replicaSet string) bool {
	s.Helper()
	for _, e := range s.seen.of(replicaSets, replicaSet) {
		if owner := metav1.GetControllerOf(e.object); owner != nil && owner.Kind == "ConfigMap" {
			return true
		}
	}
	return false
}
