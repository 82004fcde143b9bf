package main

import (
	"encoding/json"
	"fmt"
	"reflect"

	jsonpatch "github.com/evanphx/json-patch"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/kubernetes/scheme"
	"k8s.io/kubectl/pkg/util/openapi"

	"github.com/argoproj/argo-cd/v3/util/argo/diff"
)

// respectful gives the targets, in the fields that are ignored, what the live objects have: what Argo CD applies with
// RespectIgnoreDifferences. Argo CD exports none of it, so this follows, function by function,
// github.com/argoproj/argo-cd/v3 v3.6.1, controller/sync.go: normalizeTargetResources, getMergePatch, applyMergePatch and
// restoreNonIgnoredFields.
func respectful(known openapi.Resources, state *comparison) ([]*unstructured.Unstructured, error) {
	normalized, err := diff.Normalize(state.lives, state.targets, state.config)
	if err != nil {
		return nil, fmt.Errorf("normalize: %w", err)
	}
	patched := make([]*unstructured.Unstructured, len(state.targets))
	for i, target := range normalized.Targets {
		if state.lives[i] == nil {
			patched[i] = state.targets[i]
			continue
		}
		how, err := patchesOf(known, target.GroupVersionKind())
		if err != nil {
			return nil, err
		}
		patch, err := how.between(withoutStatus(normalized.Lives[i]), withoutStatus(state.lives[i]))
		if err != nil {
			return nil, fmt.Errorf("what is ignored of %s: %w", target.GetName(), err)
		}
		if patched[i], err = how.apply(target, patch); err != nil {
			return nil, fmt.Errorf("what is ignored of %s: %w", target.GetName(), err)
		}
		restore(patched[i].Object, state.targets[i].Object, target.Object, normalized.Lives[i].Object)
	}
	return patched, nil
}

func withoutStatus(u *unstructured.Unstructured) *unstructured.Unstructured {
	u = u.DeepCopy()
	unstructured.RemoveNestedField(u.Object, "status")
	return u
}

// patches of a kind: by its Go type, by its schema, or, where there is neither, merge patches.
type patches struct {
	object any
	meta   strategicpatch.LookupPatchMeta
}

func patchesOf(known openapi.Resources, gvk schema.GroupVersionKind) (patches, error) {
	object, err := scheme.Scheme.New(gvk)
	if err != nil {
		if found := known.LookupResource(gvk); found != nil {
			return patches{meta: strategicpatch.NewPatchMetaFromOpenAPI(found)}, nil
		}
		return patches{}, nil
	}
	meta, err := strategicpatch.NewPatchMetaFromStruct(object)
	if err != nil {
		return patches{}, fmt.Errorf("patches of %s: %w", gvk.Kind, err)
	}
	return patches{object: object, meta: meta}, nil
}

func (p patches) between(original, modified *unstructured.Unstructured) ([]byte, error) {
	from, err := original.MarshalJSON()
	if err != nil {
		return nil, err
	}
	to, err := modified.MarshalJSON()
	if err != nil {
		return nil, err
	}
	if p.meta != nil {
		return strategicpatch.CreateThreeWayMergePatch(to, to, from, p.meta, true)
	}
	return jsonpatch.CreateMergePatch(from, to)
}

func (p patches) apply(u *unstructured.Unstructured, patch []byte) (*unstructured.Unstructured, error) {
	original, err := u.MarshalJSON()
	if err != nil {
		return nil, err
	}
	var text []byte
	switch {
	case p.object != nil:
		text, err = strategicpatch.StrategicMergePatch(original, patch, p.object)
	case p.meta != nil:
		text, err = mergeMaps(original, patch, p.meta)
	default:
		text, err = jsonpatch.MergePatch(original, patch)
	}
	if err != nil {
		return nil, err
	}
	patched := &unstructured.Unstructured{}
	return patched, patched.UnmarshalJSON(text)
}

func mergeMaps(original, patch []byte, meta strategicpatch.LookupPatchMeta) ([]byte, error) {
	var from, by map[string]any
	if err := json.Unmarshal(original, &from); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(patch, &by); err != nil {
		return nil, err
	}
	merged, err := strategicpatch.StrategicMergeMapPatchUsingLookupPatchMeta(from, by, meta)
	if err != nil {
		return nil, err
	}
	return json.Marshal(merged)
}

// restore takes back what a patch has done beside what is ignored, where its strategy replaces a whole parent.
func restore(patched, original, normalized, live map[string]any) {
	for key, was := range original {
		now, there := patched[key]
		kept, untouched := normalized[key]
		inNow, a := now.(map[string]any)
		inWas, b := was.(map[string]any)
		inKept, c := kept.(map[string]any)
		if there && a && b && c {
			inLive, _ := live[key].(map[string]any)
			restore(inNow, inWas, inKept, inLive)
			continue
		}
		if untouched && reflect.DeepEqual(kept, was) {
			patched[key] = was
		}
	}
	for key := range patched {
		_, wanted := original[key]
		if _, there := live[key]; there && !wanted {
			delete(patched, key)
		}
	}
}
