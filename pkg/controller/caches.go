package controller

import (
	"context"
	"strings"
	"sync"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic/dynamicinformer"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// caches are all that is watched.
type caches struct {
	deployments     *store[*deployment]
	replicaSets     *store[*replicaSet]
	services        *store[*service]
	slices          *store[*endpointSlice]
	records         *store[*configMap]
	virtualServices *store[*virtualService]
	rules           *store[*destinationRule]
	prometheusRules *store[*ruleSet]
	ruleMaps        *store[*ruleSet]
	cronJobs        *store[*cronJob]
	jobs            *store[*job]
	policies        *store[*policy]
	bindings        *store[*policy]
}

// newCaches declares the watches. Kinds that the cluster doesn't serve have a store without informers.
func newCaches(o Options) (*caches, error) {
	var c caches
	var err error
	routing := map[string]func(*virtualService) []string{
		indexMark:     mark[*virtualService],
		indexHost:     func(vs *virtualService) []string { return vs.hosts },
		indexDelegate: delegates,
	}
	managed := func(list *metav1.ListOptions) { list.LabelSelector = spec.LabelManaged }
	byName := func(list *metav1.ListOptions) { list.FieldSelector = "metadata.name=" + o.PolicyName }
	for _, step := range []func() error{
		func() error { c.deployments, err = watched(o, kindDeployment(), nil, asDeployment, nil); return err },
		func() error {
			c.replicaSets, err = watched(o, kindReplicaSet(), nil, asReplicaSet, map[string]func(*replicaSet) []string{indexOwner: owners[*replicaSet]})
			return err
		},
		func() error {
			c.services, err = watched(o, kindService(), nil, asService, nil)
			return err
		},
		func() error {
			c.slices, err = watched(o, kindEndpointSlice(), nil, asEndpointSlice, map[string]func(*endpointSlice) []string{
				indexService: func(s *endpointSlice) []string { return []string{s.Namespace + "/" + s.service} },
			})
			return err
		},
		func() error { c.records, err = watched(o, kindConfigMap(), managed, asConfigMap, nil); return err },
		func() error { c.cronJobs, err = watched(o, kindCronJob(), nil, asCronJob, nil); return err },
		func() error {
			c.jobs, err = watched(o, kindJob(), managed, asJob, map[string]func(*job) []string{indexOwner: owners[*job]})
			return err
		},
		func() error {
			if !o.Mesh {
				c.virtualServices, c.rules = idle(kindVirtualService(), asVirtualService), idle(kindDestinationRule(), asDestinationRule)
				return nil
			}
			routes := o
			routes.Namespaces = o.routeNamespaces()
			if c.virtualServices, err = watched(routes, kindVirtualService(), nil, asVirtualService, routing); err != nil {
				return err
			}
			c.rules, err = watched(o, kindDestinationRule(), nil, asDestinationRule, nil)
			return err
		},
		func() error {
			ruled := func(list *metav1.ListOptions) { list.LabelSelector = spec.LabelRules }
			if c.ruleMaps, err = watched(o, kindConfigMap(), ruled, asRuleMap, nil); err != nil {
				return err
			}
			if !o.PrometheusRules {
				c.prometheusRules = idle(kindPrometheusRule(), asPrometheusRule)
				return nil
			}
			c.prometheusRules, err = watched(o, kindPrometheusRule(), nil, asPrometheusRule, nil)
			return err
		},
		func() error {
			if o.Policies == "" {
				c.policies, c.bindings = idle(kindPolicy("v1"), asPolicy), idle(kindBinding("v1"), asPolicy)
				return nil
			}
			clusterwide := o
			clusterwide.Namespaces = nil
			if c.policies, err = watched(clusterwide, kindPolicy(o.Policies), byName, asPolicy, nil); err != nil {
				return err
			}
			c.bindings, err = watched(clusterwide, kindBinding(o.Policies), byName, asPolicy, nil)
			return err
		},
	} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return &c, nil
}

func watched[T metav1.Object](
	o Options, k kind, tweak dynamicinformer.TweakListOptionsFunc,
	convert func(*unstructured.Unstructured) (T, error), indexers map[string]func(T) []string,
) (*store[T], error) {
	return newStore(o.Client, k, o.Namespaces, tweak, convert, indexers)
}

// idle is the store of a kind that the cluster doesn't serve.
func idle[T metav1.Object](k kind, convert func(*unstructured.Unstructured) (T, error)) *store[T] {
	return &store[T]{kind: k, convert: convert}
}

// owners indexes by namespace and UID of every owner, controller or not: the Deployment is an owner of its canary as well. The namespace is
// the object's: a tenant of another one may write any UID into an owner reference, and is not to be believed.
func owners[T metav1.Object](o T) []string {
	var ids []string
	for _, ref := range o.GetOwnerReferences() {
		ids = append(ids, ownerID(o.GetNamespace(), ref.UID))
	}
	return ids
}

func ownerID(namespace string, uid types.UID) string { return namespace + "/" + string(uid) }

// ownedByDeployment lists what belongs to a Deployment.
func ownedByDeployment[T metav1.Object](s *store[T], d *deployment) []T {
	return s.list(indexOwner, ownerID(d.Namespace, d.UID), func(o T) bool {
		return o.GetNamespace() == d.Namespace && owns(d.UID, o.GetOwnerReferences())
	})
}

// mark is the Deployment, namespace/name, whose run has modified an object. The mark itself has the namespace only if that isn't the
// object's own.
func mark[T metav1.Object](o T) []string {
	switch name := o.GetAnnotations()[spec.AnnotationRunBy]; {
	case name == "":
		return nil
	case strings.Contains(name, "/"):
		return []string{name}
	default:
		return []string{o.GetNamespace() + "/" + name}
	}
}

func (c *caches) run(ctx context.Context, group *sync.WaitGroup) {
	c.deployments.run(ctx, group)
	c.replicaSets.run(ctx, group)
	c.services.run(ctx, group)
	c.slices.run(ctx, group)
	c.records.run(ctx, group)
	c.virtualServices.run(ctx, group)
	c.rules.run(ctx, group)
	c.prometheusRules.run(ctx, group)
	c.ruleMaps.run(ctx, group)
	c.cronJobs.run(ctx, group)
	c.jobs.run(ctx, group)
	c.policies.run(ctx, group)
	c.bindings.run(ctx, group)
}

// synced says whether every cache has had its first full list.
func (c *caches) synced() bool {
	return c.deployments.synced() && c.replicaSets.synced() && c.services.synced() && c.slices.synced() &&
		c.records.synced() && c.virtualServices.synced() && c.rules.synced() && c.prometheusRules.synced() &&
		c.ruleMaps.synced() && c.cronJobs.synced() && c.jobs.synced() && c.policies.synced() && c.bindings.synced()
}
