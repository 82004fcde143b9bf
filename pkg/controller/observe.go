package controller

import (
	"maps"
	"slices"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
	"github.com/sluice-dev/sluice/pkg/traffic"
)

// observe gathers everything that Plan looks at. What is absent stays nil.
func (c *Controller) observe(key strategy.Key, now time.Time) (strategy.Observed, spec.Spec) {
	o := strategy.Observed{Key: key, Settings: c.settings()}
	var s spec.Spec
	d, ok := c.caches.deployments.get(key.Namespace, key.Name)
	if ok {
		s = spec.Parse(d.Annotations)
		o.Deployment = observedDeployment(d)
	}
	if record, found := c.caches.records.get(key.Namespace, strategy.RecordName(key.Name)); found && (!ok || owns(d.UID, record.OwnerReferences)) {
		o.Record, o.RecordProblem = readRecord(record)
	}
	if ok {
		o.ReplicaSets = c.observedReplicaSets(d, o.Record)
		o.CronJobs, o.Jobs = c.observedCronJobs(d, s, o.Record), c.observedJobs(d, o.Record)
	} else {
		c.refused.forget(key)
	}
	o.Services = c.observedServices(key, d, s, o.Record, now)
	for i := range o.Services {
		c.memory.prune(strategy.Key{Namespace: key.Namespace, Name: o.Services[i].Name}, o.ReplicaSets)
	}
	o.Routes = c.observedRoutes(key, s, o.Services, now)
	o.Policies = c.observedPolicies(key, o.Services)
	if s.Managed {
		o.Alerts, o.AlertProblem = c.alerts.of(key, s)
	} else {
		c.alerts.forget(key)
	}
	o.Verdict = c.judging.verdict(key)
	if o.Record != nil {
		o.CanaryPods, o.StablePods = c.pods.of(key, o.Record.Run)
	}
	return o, s
}

func (c *Controller) settings() strategy.Settings {
	return strategy.Settings{
		Brake: c.brake(), Settle: c.options.Settle, Drain: c.options.Drain, Stale: c.options.Stale, Sight: c.options.Sight,
		Prometheus: c.options.Source != nil, Mesh: c.options.Mesh, Domain: c.options.Domain, Leaving: c.options.Leaving,
	}
}

// brake is admission when policy and binding are installed, unless the flags fix it.
func (c *Controller) brake() strategy.Brake {
	if c.options.Brake != "" {
		return c.options.Brake
	}
	_, policy := c.caches.policies.get("", c.options.PolicyName)
	_, binding := c.caches.bindings.get("", c.options.PolicyName)
	if policy && binding {
		return strategy.BrakeAdmission
	}
	return strategy.BrakePaused
}

func observedDeployment(d *deployment) *strategy.Deployment {
	return &strategy.Deployment{
		Key: strategy.Key{Namespace: d.Namespace, Name: d.Name}, UID: string(d.UID), ResourceVersion: d.ResourceVersion,
		Deleting: d.DeletionTimestamp != nil, Paused: d.numbers.paused, Replicas: d.numbers.replicas, MaxSurge: d.numbers.maxSurge,
		ProgressDeadline: d.numbers.progressDeadline, Template: d.fingerprint, Conditions: d.numbers.conditions,
	}
}

func owns[U ~string](uid U, refs []metav1.OwnerReference) bool {
	return slices.ContainsFunc(refs, func(ref metav1.OwnerReference) bool { return string(ref.UID) == string(uid) })
}

func (c *Controller) observedReplicaSets(d *deployment, record *strategy.Record) []strategy.ReplicaSet {
	all := ownedByDeployment(c.caches.replicaSets, d)
	sets := make([]strategy.ReplicaSet, 0, len(all))
	for _, rs := range all {
		owner := strategy.OwnedByNobody
		if ref := metav1.GetControllerOf(rs); ref != nil {
			owner = strategy.OwnedByOther
			switch {
			case ref.UID == d.UID:
				owner = strategy.OwnedByDeployment
			case record != nil && string(ref.UID) == record.UID:
				owner = strategy.OwnedByRecord
			}
		}
		sets = append(sets, strategy.ReplicaSet{
			Name: rs.Name, UID: string(rs.UID), ResourceVersion: rs.ResourceVersion, Hash: rs.Labels[hashLabel], Owner: owner,
			Deleting: rs.DeletionTimestamp != nil, Replicas: rs.replicas, Actual: rs.actual, Available: rs.available,
			Template: rs.fingerprint, CreatedAt: rs.CreationTimestamp.Time, Revision: rs.Annotations[annotationRevision] != "",
		})
	}
	return sets
}

// hashLabel tells the pods of a Deployment's ReplicaSets apart.
const hashLabel = "pod-template-hash"

// observedServices are the candidates for the user's Service and the canary's Service of each.
func (c *Controller) observedServices(key strategy.Key, d *deployment, s spec.Spec, record *strategy.Record, now time.Time) []strategy.Service {
	wanted := map[string]*service{}
	add := func(svc *service) { wanted[svc.Name] = svc }
	for _, svc := range c.caches.services.list(indexNamespace, key.Namespace, func(svc *service) bool { return svc.Namespace == key.Namespace }) {
		named := svc.Name == s.Service || (record != nil && record.Run != nil && svc.Name == record.Run.Service)
		marked := svc.Annotations[spec.AnnotationRunBy] == key.Name
		made := d != nil && owns(d.UID, svc.OwnerReferences)
		if named || marked || made || (d != nil && selects(svc, d.podLabels)) {
			add(svc)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		for _, beside := range []string{strategy.CanaryServiceName(name), strategy.PreviewServiceName(name)} {
			if svc, ok := c.caches.services.get(key.Namespace, beside); ok {
				add(svc)
			}
		}
	}
	services := make([]strategy.Service, 0, len(wanted))
	for _, name := range slices.Sorted(maps.Keys(wanted)) {
		services = append(services, c.observedService(key, d, wanted[name], now))
	}
	return services
}

func (c *Controller) observedService(key strategy.Key, d *deployment, svc *service, now time.Time) strategy.Service {
	counts := map[string]int{}
	id := svc.Namespace + "/" + svc.Name
	for _, slice := range c.caches.slices.list(indexService, id, func(*endpointSlice) bool { return false }) {
		for name, n := range slice.ready {
			counts[name] += n
		}
	}
	managed := d != nil && svc.Labels[spec.LabelManaged] != "" && owns(d.UID, svc.OwnerReferences)
	observed := strategy.Service{
		Name: svc.Name, ResourceVersion: svc.ResourceVersion, Selector: svc.spec.Selector,
		RunBy: svc.Annotations[spec.AnnotationRunBy], Managed: managed, Ports: portsOf(svc), Manager: svc.manager,
		GRPC:    speaksGRPC(svc),
		Matches: d != nil && selects(svc, d.podLabels),
	}
	c.memory.service(&observed, strategy.Key{Namespace: svc.Namespace, Name: svc.Name}, svc.UID, counts, now)
	if !managed && observed.Matches {
		observed.SharedWith = c.sharedWith(key, svc)
	}
	return observed
}

// selects says whether a Service's selector, apart from our pin, matches the pods of a template.
func selects(svc *service, podLabels map[string]string) bool {
	selector := traffic.Unpin(svc.spec.Selector)
	return len(selector) > 0 && labels.SelectorFromSet(selector).Matches(labels.Set(podLabels))
}

// sharedWith names another Deployment of the namespace whose pods a Service selects: one of ours, or any that has pods, which would lose
// its traffic to a pin.
func (c *Controller) sharedWith(key strategy.Key, svc *service) string {
	for _, d := range c.caches.deployments.list(indexNamespace, key.Namespace, func(d *deployment) bool { return d.Namespace == key.Namespace }) {
		if d.Name != key.Name && (spec.Managed(d.Annotations) || d.numbers.replicas > 0) && selects(svc, d.podLabels) {
			return d.Name
		}
	}
	return ""
}
