package main

import (
	"context"
	"fmt"
	"slices"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/go-logr/logr"

	enginesync "github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync"
	"github.com/argoproj/argo-cd/gitops-engine/v3/pkg/sync/common"
	argocommon "github.com/argoproj/argo-cd/v3/common"
	"github.com/argoproj/argo-cd/v3/pkg/apis/application/v1alpha1"
	"github.com/argoproj/argo-cd/v3/util/lua"
)

// maxSteps bounds a sync: one step for each wave, and for each look at what it waits for.
const maxSteps = 4

// sync carries out a sync operation as Argo CD's controller does (github.com/argoproj/argo-cd/v3 v3.6.1, controller/sync.go,
// SyncAppState): step by step, each with fresh live objects and the results of those before it, until it is over. What still waits after
// a few steps is answered as Running. Nothing is pruned: the objects that are compared are those of the targets.
func (c *cluster) sync(
	ctx context.Context, app *v1alpha1.Application, state *comparison, overrides map[string]v1alpha1.ResourceOverride,
) (answer, error) {
	a := state.answer()
	var results []common.ResourceSyncResult
	a.Phase = common.OperationRunning
	for range maxSteps {
		var err error
		if a.Phase, a.Message, results, err = c.step(ctx, app, state, overrides, results); err != nil {
			return answer{}, err
		}
		if a.Phase != common.OperationRunning {
			break
		}
		if state.lives, err = c.live(ctx, state.targets); err != nil {
			return answer{}, fmt.Errorf("live objects: %w", err)
		}
	}
	for i := range results {
		a.Results = append(a.Results, fmt.Sprintf("%s/%s: %s", results[i].ResourceKey.Kind, results[i].ResourceKey.Name, results[i].Message))
	}
	slices.Sort(a.Results)
	return a, nil
}

func (c *cluster) step(
	ctx context.Context, app *v1alpha1.Application, state *comparison, overrides map[string]v1alpha1.ResourceOverride,
	before []common.ResourceSyncResult,
) (common.OperationPhase, string, []common.ResourceSyncResult, error) {
	var options v1alpha1.SyncOptions
	if app.Spec.SyncPolicy != nil {
		options = app.Spec.SyncPolicy.SyncOptions
	}
	what := enginesync.ReconciliationResult{Target: state.targets, Live: state.lives}
	if options.HasOption("RespectIgnoreDifferences=true") {
		var err error
		if what.Target, err = respectful(c.schema, state); err != nil {
			return "", "", nil, fmt.Errorf("respect what is ignored: %w", err)
		}
	}
	for i := range before {
		before[i].Order = i + 1
	}
	operation, cleanup, err := enginesync.NewSyncContext("revision", what, c.config, c.config, c.kubectl, app.Spec.Destination.Namespace,
		enginesync.WithLogr(logr.Discard()),
		enginesync.WithHealthOverride(lua.ResourceHealthOverrides(overrides)),
		enginesync.WithInitialState(common.OperationRunning, "", before, metav1.Now()),
		enginesync.WithManifestValidation(!options.HasOption(common.SyncOptionsDisableValidation)),
		enginesync.WithResourceModificationChecker(options.HasOption("ApplyOutOfSyncOnly=true"), state.results),
		enginesync.WithServerSideApply(options.HasOption(common.SyncOptionServerSideApply)),
		enginesync.WithServerSideApplyManager(argocommon.ArgoCDSSAManager),
		enginesync.WithClientSideApplyMigration(!options.HasOption(common.SyncOptionDisableClientSideApplyMigration),
			common.DefaultClientSideApplyMigrationManager),
	)
	if err != nil {
		return "", "", nil, fmt.Errorf("sync: %w", err)
	}
	defer cleanup()
	operation.Sync(ctx)
	phase, message, results := operation.GetState()
	return phase, message, results, nil
}
