package controller

import (
	"errors"
	"slices"
	"strings"

	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// handlers turns every change into the names of the Deployments that it concerns. Which change it was doesn't matter to Plan.
func (c *Controller) handlers() error {
	return errors.Join(
		c.caches.deployments.onChange(c.deploymentChanged),
		c.caches.replicaSets.onChange(func(rs *replicaSet) { c.ownersChanged(rs) }),
		c.caches.services.onChange(c.serviceChanged),
		c.caches.slices.onChange(c.sliceChanged),
		c.caches.records.onChange(func(r *configMap) { c.ownersChanged(r) }),
		c.caches.virtualServices.onChange(c.virtualServiceChanged),
		c.caches.rules.onChange(c.ruleChanged),
		c.caches.prometheusRules.onChange(c.alertRulesChanged),
		c.caches.ruleMaps.onChange(c.alertRulesChanged),
		c.caches.cronJobs.onChange(c.cronJobChanged),
		c.caches.jobs.onChange(func(j *job) { c.ownersChanged(j) }),
		c.caches.policies.onChange(func(*policy) { c.enqueueAll() }),
		c.caches.bindings.onChange(func(*policy) { c.enqueueAll() }),
	)
}

// enqueue asks for a Deployment to be planned. Before the caches are filled nothing can be: Lead asks for all of them.
func (c *Controller) enqueue(namespace, name string) {
	if c.Synced() {
		c.queue.Add(strategy.Key{Namespace: namespace, Name: name})
	}
}

func (c *Controller) deploymentChanged(d *deployment) {
	_, known := c.known.Load(strategy.Key{Namespace: d.Namespace, Name: d.Name})
	if known || spec.Managed(d.Annotations) {
		c.enqueue(d.Namespace, d.Name)
	}
}

// ownersChanged concerns the Deployment among the owners, if Sluice knows it.
func (c *Controller) ownersChanged(o metav1.Object) {
	for _, ref := range o.GetOwnerReferences() {
		if ref.Kind != kindDeployment().gvk.Kind {
			continue
		}
		key := strategy.Key{Namespace: o.GetNamespace(), Name: ref.Name}
		if _, known := c.known.Load(key); known {
			c.enqueue(key.Namespace, key.Name)
		} else if d, ok := c.caches.deployments.get(key.Namespace, key.Name); ok {
			c.deploymentChanged(d)
		}
	}
}

func (c *Controller) serviceChanged(svc *service) {
	c.marked(svc)
	c.ownersChanged(svc)
	c.inNamespace(svc.Namespace, func(d *deployment) bool {
		return d.Annotations[spec.AnnotationService] == svc.Name || selects(svc, d.podLabels)
	})
}

func (c *Controller) sliceChanged(slice *endpointSlice) {
	if svc, ok := c.caches.services.get(slice.Namespace, slice.Labels[discoveryv1.LabelServiceName]); ok {
		c.serviceChanged(svc)
	}
}

// virtualServiceChanged concerns whom it concerns itself, and whom those concern that delegate to it: a run waits for a delegate that isn't
// there.
func (c *Controller) virtualServiceChanged(vs *virtualService) {
	c.routeChanged(vs)
	if !c.Synced() {
		return
	}
	delegatesToIt := func(root *virtualService) bool { return slices.Contains(delegates(root), keyOf(vs)) }
	for _, root := range c.caches.virtualServices.list(indexDelegate, keyOf(vs), delegatesToIt) {
		c.routeChanged(root)
	}
}

// routeChanged concerns the Deployments of a VirtualService's own namespace, and those of others that may name it. Any other can only keep a
// run from starting; it is looked at when that run is planned.
func (c *Controller) routeChanged(vs *virtualService) {
	c.marked(vs)
	if slices.Contains(c.options.RouteNamespaces, vs.Namespace) && c.Synced() {
		for _, d := range c.caches.deployments.everything() {
			if spec.Managed(d.Annotations) && strings.Contains(d.Annotations[spec.AnnotationVirtualService], vs.Name) {
				c.enqueue(d.Namespace, d.Name)
			}
		}
	}
	c.inNamespace(vs.Namespace, func(*deployment) bool { return true })
}

// ruleChanged concerns the Deployments of its namespace that are in a run: a policy may have to be mirrored.
func (c *Controller) ruleChanged(rule *destinationRule) {
	c.inNamespace(rule.Namespace, func(*deployment) bool { return true })
}

// alertRulesChanged concerns the Deployments of a namespace that name alert rules.
func (c *Controller) alertRulesChanged(set *ruleSet) {
	c.inNamespace(set.Namespace, func(d *deployment) bool { return d.Annotations[spec.AnnotationAlerts] != "" })
}

func (c *Controller) marked(o metav1.Object) {
	for _, owner := range mark(o) {
		namespace, name, _ := strings.Cut(owner, "/")
		c.enqueue(namespace, name)
	}
}

func (c *Controller) inNamespace(namespace string, concerns func(*deployment) bool) {
	if !c.Synced() {
		return
	}
	for _, d := range c.caches.deployments.list(indexNamespace, namespace, func(d *deployment) bool { return d.Namespace == namespace }) {
		if spec.Managed(d.Annotations) && concerns(d) {
			c.enqueue(d.Namespace, d.Name)
		}
	}
}

// enqueueAll asks for every Deployment that is annotated, has a record, or has left its mark on something.
func (c *Controller) enqueueAll() {
	for _, d := range c.caches.deployments.everything() {
		if spec.Managed(d.Annotations) || hasCondition(d) {
			c.enqueue(d.Namespace, d.Name)
		}
	}
	for _, r := range c.caches.records.everything() {
		for _, ref := range r.OwnerReferences {
			if ref.Kind == kindDeployment().gvk.Kind {
				c.enqueue(r.Namespace, ref.Name)
			}
		}
	}
	for _, svc := range c.caches.services.everything() {
		c.marked(svc)
	}
	for _, vs := range c.caches.virtualServices.everything() {
		c.marked(vs)
	}
}

func hasCondition(d *deployment) bool {
	for i := range d.numbers.conditions {
		if d.numbers.conditions[i].Type == spec.ConditionPromoted {
			return true
		}
	}
	return false
}
