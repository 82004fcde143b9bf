package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
)

// request is one line of input. Do says which of the others matter.
type request struct {
	// Do is health, builtin, actions, action, compare, sync or template.
	Do string `json:"do"`
	// Settings are the data of ConfigMap argocd-cm.
	Settings map[string]string `json:"settings"`
	// Live is the object that health and actions are asked of.
	Live map[string]any `json:"live"`
	// Action is the one to run, Parameters what it is given.
	Action     string            `json:"action"`
	Parameters map[string]string `json:"parameters"`
	// Application says what is ignored and how is synced; Targets are its manifests.
	Application *v1alpha1.Application `json:"application"`
	Targets     []map[string]any      `json:"targets"`
	// Lives are what is compared with the targets, in their order; nil: what the cluster has. Server-side differences need the cluster.
	Lives []map[string]any `json:"lives"`
	// Chart is a folder, Values are files: what template renders, for the destination of the Application and by its name.
	Chart  string   `json:"chart"`
	Values []string `json:"values"`
}

// answer is one line of output.
type answer struct {
	// Error is why there is no other answer.
	Error string `json:"error,omitempty"`
	// Health and Message of health and builtin; Message of a sync.
	Health  string `json:"health,omitempty"`
	Message string `json:"message,omitempty"`
	// Actions are what a user is offered, sorted by name; a disabled one is shown grey.
	Actions []offer `json:"actions,omitempty"`
	// Patch is the merge patch that an action sends to the API server; empty: none is sent.
	Patch string `json:"patch,omitempty"`
	// Synced says whether nothing differs, Differences what does.
	Synced      bool         `json:"synced"`
	Differences []difference `json:"differences,omitempty"`
	// Manifests are what template rendered, as YAML documents.
	Manifests string `json:"manifests,omitempty"`
	// Phase of a sync: Succeeded, Failed, Error or Running.
	Phase common.OperationPhase `json:"phase,omitempty"`
	// Results of a sync, one for each object.
	Results []string `json:"results,omitempty"`
}

// offer is one action of the menu.
type offer struct {
	Name     string `json:"name"`
	Disabled bool   `json:"disabled"`
}

// difference is one object that is out of sync: how it is, and how it would be.
type difference struct {
	Kind      string `json:"kind"`
	Name      string `json:"name"`
	Live      string `json:"live"`
	Predicted string `json:"predicted"`
}

// judge answers requests, one after the other.
type judge struct {
	cluster *cluster // nil: none was given
}

func newJudge(kubeconfig string) (*judge, error) {
	if kubeconfig == "" {
		return &judge{}, nil
	}
	c, err := newCluster(kubeconfig)
	if err != nil {
		return nil, fmt.Errorf("cluster: %w", err)
	}
	return &judge{cluster: c}, nil
}

func (j *judge) close() {
	if j.cluster != nil {
		j.cluster.close()
	}
}

func (j *judge) answer(ctx context.Context, r request) (answer, error) {
	overrides, err := customizations(r.Settings)
	if err != nil {
		return answer{}, fmt.Errorf("settings: %w", err)
	}
	live := &unstructured.Unstructured{Object: r.Live}
	switch r.Do {
	case "health":
		return healthOf(live, overrides)
	case "builtin":
		return healthOf(live, nil)
	case "actions":
		return actionsOf(live, overrides)
	case "action":
		return run(live, overrides, r.Action, r.Parameters)
	case "compare", "sync", "template":
	default:
		return answer{}, fmt.Errorf("%q is none of health, builtin, actions, action, compare, sync, template", r.Do)
	}
	if r.Application == nil || j.cluster == nil {
		return answer{}, fmt.Errorf("%s needs an Application and a cluster", r.Do)
	}
	if r.Do == "template" {
		manifests, err := template(r.Chart, r.Application.Name, r.Application.Spec.Destination.Namespace, r.Values)
		return answer{Manifests: manifests}, err
	}
	state, err := j.cluster.compare(ctx, r, overrides)
	if err != nil {
		return answer{}, fmt.Errorf("compare: %w", err)
	}
	if r.Do == "compare" {
		return state.answer(), nil
	}
	return j.cluster.sync(ctx, r.Application, state, overrides)
}
