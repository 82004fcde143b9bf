package e2e

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/test/cluster"
)

// byHand is the field manager of those who edit what a run has written.
const byHand = "kubectl-edit"

// route reads a VirtualService as it is.
func (s *stage) route(name string) *unstructured.Unstructured {
	s.Helper()
	vs, err := plane.Dynamic().Resource(schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: virtualServices}).
		Namespace(s.namespace).Get(s.ctx, name, metav1.GetOptions{})
	require.NoError(s, err)
	return vs
}

// edit changes every http route of the VirtualService, by hand.
func (s *stage) edit(change func(route map[string]any)) {
	s.Helper()
	routes, _, err := unstructured.NestedSlice(s.route(s.app.Name).Object, "spec", "http")
	require.NoError(s, err)
	for _, route := range routes {
		change(route.(map[string]any))
	}
	text, err := json.Marshal(map[string]any{"spec": map[string]any{"http": routes}})
	require.NoError(s, err)
	developer, err := dynamic.NewForConfig(plane.Config(cluster.Developer)) // kubectl takes its time to start
	require.NoError(s, err)
	_, err = developer.Resource(schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: virtualServices}).
		Namespace(s.namespace).Patch(s.ctx, s.app.Name, types.MergePatchType, text, metav1.PatchOptions{FieldManager: byHand})
	require.NoError(s, err)
}

// reweigh gives the canary another weight in every route, by hand.
func (s *stage) reweigh(weight int64) {
	s.Helper()
	s.edit(func(route map[string]any) {
		for _, d := range route["route"].([]any) {
			host, _, _ := unstructured.NestedString(d.(map[string]any), "destination", "host")
			d.(map[string]any)["weight"] = 100 - weight
			if host == "shop-canary" {
				d.(map[string]any)["weight"] = weight
			}
		}
	})
}

// lastDeed is the newest write of a user to objects of a resource.
func (s *stage) lastDeed(user, what, name string) deed {
	s.Helper()
	all := only(s.deeds(user), what, name)
	require.NotEmpty(s, all, "writes of %s to %s %s", user, what, name)
	return all[len(all)-1]
}

func TestScenario22_AWeightEditedByHandIsPutBackAndTheStepBeginsAgain(t *testing.T) {
	t.Parallel()
	const step, reaction = 4 * time.Second, 2 * time.Second
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: ungated(map[string]string{
		spec.AnnotationSteps: fmt.Sprintf("50@%s,100@1s", step),
	})}})
	s.annotate()
	users := s.load(40)
	s.push("v2", nil)
	s.untilWeight(50)
	s.stays(50, step-time.Second) // the more of the step is over, the surer it is that it would not have been enough
	s.reweigh(90)
	edited := s.lastDeed(cluster.Developer, virtualServices, "shop")
	s.until("the weight put back", func() bool {
		weights := s.weights()
		return len(weights) == 3 && weights[2] == 50
	})
	back := s.lastDeed(cluster.Controller, virtualServices, "shop")
	assert.Less(t, back.Time.Sub(edited.Time), reaction, "it was put back at once")
	s.warned(spec.ReasonReverted, "VirtualService", s.namespace+"/shop", byHand, "the step starts again")
	s.promoted(1)

	assert.Equal(t, []int{50, 90, 50, 100, 0}, s.weights(), "seen in the VirtualService")
	written, at := s.weightDeeds()
	require.Equal(t, []int{50, 50, 100, 0}, written, "writes to the VirtualService: one puts it back")
	assert.GreaterOrEqual(t, at[2].Sub(at[1]), step-moment, "the step had its whole time again")
	users.unharmed()
	s.restored()
}

func TestScenario22_WhatElseIsEditedInAVirtualServiceMidRunStaysAndIsNotFought(t *testing.T) {
	t.Parallel()
	s := newStage(t, setup{virtualService: handwritten, app: cluster.App{Annotations: ungated(map[string]string{
		spec.AnnotationSteps: "50@3s,100@1s",
	})}})
	s.annotate()
	users := s.load(40)
	s.push("v2", nil)
	s.untilWeight(50)
	for i := range 4 { // more often than a weight may be changed
		s.edit(func(route map[string]any) { route["timeout"] = fmt.Sprintf("%ds", 6+i) })
	}
	s.kubectl(cluster.Developer, "annotate", "virtualservice", "shop", "team=payments", "--overwrite")
	s.promoted(1)

	assert.Equal(t, []int{50, 100, 0}, s.weights())
	written, _ := s.weightDeeds()
	assert.Equal(t, []int{50, 100, 0}, written)
	users.unharmed()
	now := s.objects()
	assert.Equal(t, "payments", now.virtualService.Metadata.Annotations["team"])
	assert.NotContains(t, now.virtualService.Metadata.Annotations, spec.AnnotationRunBy)
	assert.JSONEq(t, s.written.withTimeouts(t, "9s"), string(now.virtualService.Spec), "as the user last wrote it")
	assert.Equal(t, string(s.written.service.Spec), string(now.service.Spec))
}

// withTimeouts is the spec of the VirtualService with another timeout in every route.
func (w written) withTimeouts(t *testing.T, timeout string) string {
	t.Helper()
	var fields map[string]any
	require.NoError(t, json.Unmarshal(w.virtualService.Spec, &fields))
	for _, route := range fields["http"].([]any) {
		route.(map[string]any)["timeout"] = timeout
	}
	text, err := json.Marshal(fields)
	require.NoError(t, err)
	return string(text)
}
