package main

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"

	jsonpatch "github.com/evanphx/json-patch"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/health"
	"github.com/argoproj/argo-cd/v3/pkg/apiclient/application"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
)

// healthOf is what Argo CD shows; without overrides its own check in Go.
func healthOf(live *unstructured.Unstructured, overrides map[string]v1alpha1.ResourceOverride) (answer, error) {
	var override health.HealthOverride
	if overrides != nil {
		override = lua.ResourceHealthOverrides(overrides)
	}
	status, err := health.GetResourceHealth(live, override)
	if err != nil {
		return answer{}, fmt.Errorf("health: %w", err)
	}
	if status == nil {
		return answer{}, nil
	}
	return answer{Health: string(status.Status), Message: status.Message}, nil
}

// actionsOf is the menu of an object.
func actionsOf(live *unstructured.Unstructured, overrides map[string]v1alpha1.ResourceOverride) (answer, error) {
	vm := lua.VM{ResourceOverrides: overrides}
	scripts, err := vm.GetResourceActionDiscovery(live)
	if err != nil {
		return answer{}, fmt.Errorf("discovery script: %w", err)
	}
	found, err := vm.ExecuteResourceActionDiscovery(live, scripts)
	if err != nil {
		return answer{}, fmt.Errorf("discovery: %w", err)
	}
	var a answer
	for i := range found {
		a.Actions = append(a.Actions, offer{Name: found[i].Name, Disabled: found[i].Disabled})
	}
	slices.SortFunc(a.Actions, func(a, b offer) int { return cmp.Compare(a.Name, b.Name) })
	return a, nil
}

// run returns the merge patch of an action, as Argo CD's server makes it
// (github.com/argoproj/argo-cd/v3 v3.6.1, server/application/application.go, RunResourceActionV2 and patchResource). Actions that create
// objects, or write a status, are refused.
func run(
	live *unstructured.Unstructured, overrides map[string]v1alpha1.ResourceOverride, name string, parameters map[string]string,
) (answer, error) {
	vm := lua.VM{ResourceOverrides: overrides}
	action, err := vm.GetResourceAction(live, name)
	if err != nil {
		return answer{}, fmt.Errorf("action %q: %w", name, err)
	}
	var given []*application.ResourceActionParameters
	for _, parameter := range slices.Sorted(maps.Keys(parameters)) {
		value := parameters[parameter]
		given = append(given, &application.ResourceActionParameters{Name: &parameter, Value: &value})
	}
	changed, err := vm.ExecuteResourceAction(live, action.ActionLua, given)
	if err != nil {
		return answer{}, fmt.Errorf("action %q: %w", name, err)
	}
	if len(changed) != 1 || changed[0].K8SOperation != lua.PatchOperation {
		return answer{}, fmt.Errorf("action %q does more than patch one object", name)
	}
	before, err := json.Marshal(live)
	if err != nil {
		return answer{}, fmt.Errorf("live object: %w", err)
	}
	after, err := json.Marshal(changed[0].UnstructuredObj)
	if err != nil {
		return answer{}, fmt.Errorf("changed object: %w", err)
	}
	patch, err := jsonpatch.CreateMergePatch(before, after)
	if err != nil {
		return answer{}, fmt.Errorf("patch: %w", err)
	}
	fields := map[string]any{}
	if err := json.Unmarshal(patch, &fields); err != nil {
		return answer{}, fmt.Errorf("patch: %w", err)
	}
	if _, writes := fields["status"]; writes {
		return answer{}, fmt.Errorf("action %q writes a status: %s", name, patch)
	}
	if len(fields) == 0 {
		return answer{}, nil
	}
	return answer{Patch: string(patch)}, nil
}
