package controller

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"strconv"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// The annotations by which the Deployment controller knows a ReplicaSet that has all its pods
// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/util/deployment_util.go).
const (
	annotationDesired = "deployment.kubernetes.io/desired-replicas"
	annotationMax     = "deployment.kubernetes.io/max-replicas"
)

// errNoRecord can only be seen when the record was deleted since the plan was made.
var errNoRecord = errors.New("there is no record to hold the canary yet")

// createCanary makes the canary's ReplicaSet as the Deployment controller would make its own
// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/sync.go, getNewReplicaSet), but with the record as its controller, which
// must be there from the first moment: the Deployment adopts what has none.
func (p *pass) createCanary(ctx context.Context, a strategy.CreateCanary) error {
	if p.d == nil || p.d.template == nil || p.d.fingerprint != a.Template {
		return fmt.Errorf("%w: the template has changed", errStale)
	}
	if p.recordUID == "" {
		return errNoRecord
	}
	template := runtime.DeepCopyJSON(p.d.template)
	if err := unstructured.SetNestedField(template, a.Hash, "metadata", "labels", hashLabel); err != nil {
		return fmt.Errorf("label of the pod template: %w", err)
	}
	selector := runtime.DeepCopyJSON(p.d.selector)
	if err := unstructured.SetNestedField(selector, a.Hash, "matchLabels", hashLabel); err != nil {
		return fmt.Errorf("selector of the ReplicaSet: %w", err)
	}
	fields := map[string]any{"replicas": int64(a.Replicas), "selector": selector, "template": template}
	if p.d.numbers.minReadySeconds > 0 {
		fields["minReadySeconds"] = int64(p.d.numbers.minReadySeconds)
	}
	return p.create(ctx, kindReplicaSet(), p.caches.replicaSets, map[string]any{
		"metadata": map[string]any{"name": a.Name, "labels": heldLabels(a.Hash), "ownerReferences": p.held()},
		"spec":     fields,
	})
}

// held are the owners of a ReplicaSet that Sluice holds: the record, and the Deployment, so that the garbage collector doesn't kill
// serving pods when the record is deleted by mistake.
func (p *pass) held() []any {
	return []any{
		controlledBy(kindConfigMap(), strategy.RecordName(p.key.Name), p.recordUID),
		ownedBy(kindDeployment(), p.d.Name, p.d.UID),
	}
}

// heldLabels are the labels of a ReplicaSet, not of its pods, while Sluice holds it. Those of the Deployment's selector are missing:
// should the record be lost, the ReplicaSet has no controller, and the Deployment, braked or not, would adopt one that its selector
// matches, take it for its new one and take stable's pods away (seen on 1.37.2; test/cluster).
func heldLabels(hash string) map[string]any {
	return map[string]any{hashLabel: hash, spec.LabelManaged: "canary"}
}

// relabel is a patch from one set of labels to another.
func relabel(from map[string]string, to map[string]any) map[string]any {
	patch := map[string]any{}
	for name := range from {
		patch[name] = nil
	}
	maps.Copy(patch, to)
	return patch
}

func (p *pass) capture(ctx context.Context, a strategy.Capture) error {
	if p.d == nil {
		return fmt.Errorf("%w: the Deployment is gone", errStale)
	}
	if p.recordUID == "" {
		return errNoRecord
	}
	rs, ok := p.caches.replicaSets.get(p.key.Namespace, a.Name)
	if !ok {
		return fmt.Errorf("%w: ReplicaSet %s is gone", errStale, a.Name)
	}
	return p.patch(ctx, kindReplicaSet(), p.caches.replicaSets, a.Name, a.ResourceVersion, map[string]any{"metadata": map[string]any{
		"ownerReferences": p.held(), "labels": relabel(rs.Labels, heldLabels(rs.Labels[hashLabel])),
	}})
}

// handOver is one write: owner, labels and annotations together, so that the Deployment never sees its new ReplicaSet without them.
func (p *pass) handOver(ctx context.Context, a strategy.HandOver) error {
	if p.d == nil {
		return fmt.Errorf("%w: the Deployment is gone", errStale)
	}
	rs, ok := p.caches.replicaSets.get(p.key.Namespace, a.Name)
	if !ok {
		return fmt.Errorf("%w: ReplicaSet %s is gone", errStale, a.Name)
	}
	native := map[string]any{}
	for name, value := range rs.podLabels {
		native[name] = value
	}
	return p.patch(ctx, kindReplicaSet(), p.caches.replicaSets, a.Name, a.ResourceVersion, map[string]any{"metadata": map[string]any{
		"ownerReferences": []any{controlledBy(kindDeployment(), p.d.Name, p.d.UID)},
		"labels":          relabel(rs.Labels, native),
		"annotations": map[string]any{
			annotationDesired: strconv.Itoa(a.Replicas),
			annotationMax:     strconv.Itoa(a.MaxReplicas),
		},
	}})
}

func (p *pass) scale(ctx context.Context, a strategy.Scale) error {
	return p.patch(ctx, kindReplicaSet(), p.caches.replicaSets, a.Name, a.ResourceVersion,
		map[string]any{"spec": map[string]any{"replicas": a.Replicas}})
}

func (p *pass) deleteReplicaSet(ctx context.Context, a strategy.DeleteReplicaSet) error {
	rs, ok := p.caches.replicaSets.get(p.key.Namespace, a.Name)
	if !ok || string(rs.UID) != a.UID || rs.ResourceVersion != a.ResourceVersion {
		return fmt.Errorf("%w: ReplicaSet %s has changed", errStale, a.Name)
	}
	return p.remove(ctx, kindReplicaSet(), p.caches.replicaSets, rs)
}
