package controller

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// writeRecord creates or replaces the ConfigMap.
func (p *pass) writeRecord(ctx context.Context, a strategy.WriteRecord) error {
	if p.d == nil {
		return fmt.Errorf("%w: the Deployment is gone", errStale)
	}
	text, err := writeRecord(a.Record)
	if err != nil {
		return err
	}
	object := map[string]any{
		"metadata": map[string]any{
			"name": strategy.RecordName(p.key.Name), "namespace": p.key.Namespace,
			"labels":          map[string]any{spec.LabelManaged: "record"},
			"ownerReferences": []any{controlledBy(kindDeployment(), p.d.Name, p.d.UID)},
		},
		"data": map[string]any{strategy.RecordKey: text},
	}
	if a.Record.UID == "" {
		err = p.create(ctx, kindConfigMap(), p.caches.records, object)
	} else {
		err = p.update(ctx, kindConfigMap(), p.caches.records, a.Record.ResourceVersion, object)
	}
	if err != nil {
		return err
	}
	if record, ok := p.caches.records.get(p.key.Namespace, strategy.RecordName(p.key.Name)); ok {
		p.recordUID = record.UID
	}
	p.runs.Recorded(p.key, p.before, a.Record, p.seen.At)
	p.before, p.seen.Run, p.seen.Past = &a.Record, a.Record.Run, a.Record.History
	return nil
}

func (p *pass) setBrake(ctx context.Context, a strategy.SetBrake) error {
	// Null takes the field away: at rest the Deployment is as the user wrote it.
	var paused any
	if a.Paused {
		paused = true
	}
	return p.patch(ctx, kindDeployment(), p.caches.deployments, p.key.Name, a.ResourceVersion,
		map[string]any{"spec": map[string]any{"paused": paused}})
}

// setConditions merges conditions by their type, as the patch strategy of DeploymentStatus has it
// (k8s.io/api v0.37.2, apps/v1/types.go): the Deployment controller's own stay as they are.
func (p *pass) setConditions(ctx context.Context, a strategy.SetConditions) error {
	conditions := make([]any, 0, len(a.Conditions))
	for _, c := range a.Conditions {
		if c.Status == "" {
			conditions = append(conditions, map[string]any{"$patch": "delete", "type": c.Type})
			continue
		}
		fields := map[string]any{
			"type": c.Type, "status": c.Status, "reason": c.Reason, "message": c.Message,
			"lastUpdateTime": c.UpdatedAt.UTC().Format(time.RFC3339),
		}
		if c.Transition {
			fields["lastTransitionTime"] = fields["lastUpdateTime"]
		}
		conditions = append(conditions, fields)
	}
	return p.patchAs(ctx, types.StrategicMergePatchType, kindDeployment(), p.caches.deployments, p.key.Name, a.ResourceVersion,
		map[string]any{"status": map[string]any{"conditions": conditions}}, "status")
}

// forget deletes the canary's Services, then the record.
func (p *pass) forget(ctx context.Context, a strategy.Forget) error {
	for _, name := range a.Services {
		svc, ok := p.caches.services.get(p.key.Namespace, name)
		if !ok {
			continue
		}
		if err := p.remove(ctx, kindService(), p.caches.services, svc); err != nil && !apierrors.IsNotFound(err) {
			return err
		}
	}
	record, ok := p.caches.records.get(p.key.Namespace, strategy.RecordName(p.key.Name))
	if !ok || p.d == nil || !owns(p.d.UID, record.OwnerReferences) {
		return nil
	}
	if err := p.remove(ctx, kindConfigMap(), p.caches.records, record); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	return nil
}
