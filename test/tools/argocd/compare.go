package main

import (
	"context"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	enginediff "github.com/argoproj/argo-cd/gitops-engine/v3/pkg/diff"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/resource"
	argocommon "github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/argo"
	"github.com/argoproj/argo-cd/v3/util/argo/diff"
	"github.com/argoproj/argo-cd/v3/util/argo/normalizers"
)

// comparison is what was found of an Application.
type comparison struct {
	targets, lives []*unstructured.Unstructured
	config         diff.DiffConfig
	results        *enginediff.DiffResultList
}

// compare finds what is out of sync, with the settings that Argo CD's controller would use
// (github.com/argoproj/argo-cd/v3 v3.6.1, controller/state.go, CompareAppState): tracking by annotation, its field manager, and
// server-side differences where the Application asks for them or is applied so.
func (c *cluster) compare(ctx context.Context, r request, overrides map[string]v1alpha1.ResourceOverride) (*comparison, error) {
	app := r.Application
	state := &comparison{}
	tracking := argo.NewResourceTracking()
	for _, manifest := range r.Targets {
		target := &unstructured.Unstructured{Object: manifest}
		if target.GetNamespace() == "" {
			target.SetNamespace(app.Spec.Destination.Namespace)
		}
		err := tracking.SetAppInstance(target, argocommon.LabelKeyAppInstance, app.Name, app.Spec.Destination.Namespace,
			v1alpha1.TrackingMethodAnnotation, "")
		if err != nil {
			return nil, fmt.Errorf("tracking of %s: %w", target.GetName(), err)
		}
		state.targets = append(state.targets, target)
	}
	for _, live := range r.Lives {
		state.lives = append(state.lives, &unstructured.Unstructured{Object: live})
	}
	var err error
	if state.lives == nil {
		if state.lives, err = c.live(ctx, state.targets); err != nil {
			return nil, fmt.Errorf("live objects: %w", err)
		}
	}
	if len(state.lives) != len(state.targets) {
		return nil, fmt.Errorf("%d live objects for %d targets", len(state.lives), len(state.targets))
	}
	state.config, err = diff.NewDiffConfigBuilder().
		WithDiffSettings(app.Spec.IgnoreDifferences, overrides, false, normalizers.IgnoreNormalizerOpts{}).
		WithTracking(argocommon.LabelKeyAppInstance, string(v1alpha1.TrackingMethodAnnotation)).
		WithNoCache().
		WithIgnoreMutationWebhook(!resource.HasAnnotationOption(app, argocommon.AnnotationCompareOptions, "IncludeMutationWebhook=true")).
		WithGVKParser(c.parser).
		WithManager(argocommon.ArgoCDSSAManager).
		WithServerSideDiff(serverSide(app)).
		WithServerSideDryRunner(enginediff.NewK8sServerSideDryRunner(c.dryRun)).
		Build()
	if err != nil {
		return nil, err
	}
	state.results, err = diff.StateDiffs(ctx, state.lives, state.targets, state.config)
	return state, err
}

// serverSide is Argo CD's rule for which differences are found by the API server
// (github.com/argoproj/argo-cd/v3 v3.6.1, controller/state.go, shouldUseServerSideDiff).
func serverSide(app *v1alpha1.Application) bool {
	if resource.HasAnnotationOption(app, argocommon.AnnotationCompareOptions, "ServerSideDiff=false") {
		return false
	}
	return resource.HasAnnotationOption(app, argocommon.AnnotationCompareOptions, "ServerSideDiff=true") ||
		(app.Spec.SyncPolicy != nil && app.Spec.SyncPolicy.SyncOptions.HasOption("ServerSideApply=true"))
}

func (s *comparison) answer() answer {
	a := answer{Synced: !s.results.Modified}
	for i, result := range s.results.Diffs {
		if result.Modified {
			a.Differences = append(a.Differences, difference{
				Kind: s.targets[i].GetKind(), Name: s.targets[i].GetName(),
				Live: string(result.NormalizedLive), Predicted: string(result.PredictedLive),
			})
		}
	}
	return a
}
