package controller

import (
	"context"
	"fmt"
	"reflect"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// observedPolicies finds, for every candidate Service, the user's DestinationRule and ours. Only rules of the Deployment's own namespace
// are looked at: one for the Service in a client's namespace, or in the mesh's root namespace, doesn't cover the canary.
func (c *Controller) observedPolicies(key strategy.Key, services []strategy.Service) []strategy.Policy {
	rules := c.caches.rules.list(indexNamespace, key.Namespace, func(r *destinationRule) bool { return r.Namespace == key.Namespace })
	if len(rules) == 0 {
		return nil
	}
	var policies []strategy.Policy
	for i := range services {
		svc := &services[i]
		if svc.Managed {
			continue
		}
		target := traffic.Target{
			Namespace: key.Namespace, Service: svc.Name, Canary: strategy.CanaryServiceName(svc.Name), Domain: c.options.Domain,
		}
		policy := strategy.Policy{Service: svc.Name}
		var want, have map[string]any
		for _, rule := range rules {
			if rule.Name == target.Canary && rule.Labels[spec.LabelManaged] != "" {
				have, policy.ResourceVersion = rule.object, rule.ResourceVersion
				continue
			}
			if mirrored, ok := traffic.MirrorPolicy(rule.object, target, target.Canary); ok && want == nil {
				want, policy.Source = mirrored, rule.Name
			}
		}
		if want == nil && have == nil {
			continue
		}
		policy.Equal = want != nil && have != nil && reflect.DeepEqual(want["spec"], have["spec"])
		policies = append(policies, policy)
	}
	return policies
}

func (p *pass) ensurePolicy(ctx context.Context, a strategy.EnsurePolicy) error {
	source, ok := p.caches.rules.get(p.key.Namespace, a.Source)
	if !ok || p.d == nil {
		return fmt.Errorf("%w: DestinationRule %s is gone", errStale, a.Source)
	}
	mirrored, ok := traffic.MirrorPolicy(source.object, a.Target, a.Target.Canary)
	if !ok {
		return fmt.Errorf("%w: DestinationRule %s is no longer for Service %s", errStale, a.Source, a.Target.Service)
	}
	u := &unstructured.Unstructured{Object: mirrored}
	u.SetNamespace(p.key.Namespace)
	u.SetLabels(map[string]string{spec.LabelManaged: "policy"})
	if err := unstructured.SetNestedSlice(u.Object, []any{ownedBy(kindDeployment(), p.d.Name, p.d.UID)}, "metadata", "ownerReferences"); err != nil {
		return fmt.Errorf("DestinationRule %s: %w", a.Target.Canary, err)
	}
	if a.ResourceVersion == "" {
		return p.create(ctx, kindDestinationRule(), p.caches.rules, u.Object)
	}
	return p.update(ctx, kindDestinationRule(), p.caches.rules, a.ResourceVersion, u.Object)
}

func (p *pass) deletePolicy(ctx context.Context, a strategy.DeletePolicy) error {
	rule, ok := p.caches.rules.get(p.key.Namespace, a.Target.Canary)
	if !ok || rule.ResourceVersion != a.ResourceVersion {
		return fmt.Errorf("%w: DestinationRule %s has changed", errStale, a.Target.Canary)
	}
	if err := p.remove(ctx, kindDestinationRule(), p.caches.rules, rule); err != nil && !apierrors.IsNotFound(err) {
		return err
	}
	return nil
}
