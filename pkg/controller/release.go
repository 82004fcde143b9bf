package controller

import (
	"maps"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/sluice-dev/sluice/pkg/spec"
	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Remnant is a Deployment that something of Sluice is left of.
type Remnant struct {
	strategy.Key
	// What is left, in words, sorted.
	What []string
	// Message is what was last said of it; empty: nothing yet.
	Message string
}

// String is the Deployment and what is left, for people.
func (r Remnant) String() string {
	text := r.Key.String() + ": " + strings.Join(r.What, ", ")
	if r.Message != "" {
		text += " (" + r.Message + ")"
	}
	return text
}

// Left lists what is left of Sluice in the namespaces that are watched, by Deployment. It is what the caches show: ask after Start.
func (c *Controller) Left() []Remnant {
	left := remnants{}
	for _, r := range c.caches.records.everything() {
		left.add(c.deploymentOf(r), "record "+r.Name)
	}
	for _, d := range c.caches.deployments.everything() {
		key := strategy.Key{Namespace: d.Namespace, Name: d.Name}
		if hasCondition(d) {
			left.add(key, "condition "+spec.ConditionPromoted)
		}
		if spec.Managed(d.Annotations) && d.numbers.paused && c.brake() == strategy.BrakeAdmission {
			left.add(key, "brake")
		}
	}
	for _, rs := range c.caches.replicaSets.everything() {
		if ref := metav1.GetControllerOf(rs); ref != nil && ref.Kind == kindConfigMap().gvk.Kind {
			left.add(c.deploymentOf(rs), "held ReplicaSet "+rs.Name)
		}
	}
	made(left, c, c.caches.services, "Service ")
	made(left, c, c.caches.virtualServices, "VirtualService ")
	made(left, c, c.caches.rules, "DestinationRule ")
	made(left, c, c.caches.jobs, "Job ")
	return c.sorted(left)
}

// Unrested lists the Deployments that are in a run, aborted, or of whom that can't be told.
func (c *Controller) Unrested() []Remnant {
	left := remnants{}
	for _, r := range c.caches.records.everything() {
		switch record, problem := readRecord(r); {
		case problem != "":
			left.add(c.deploymentOf(r), "its record can't be read: "+problem)
		case record.Run != nil && record.Run.Phase == strategy.RunAborted:
			left.add(c.deploymentOf(r), "aborted: "+record.Run.Message)
		case record.Run != nil:
			left.add(c.deploymentOf(r), "in a run of "+record.Run.Canary.Name)
		}
	}
	return c.sorted(left)
}

// remnants is by Deployment what is left.
type remnants map[strategy.Key]map[string]bool

func (r remnants) add(key strategy.Key, what string) {
	if r[key] == nil {
		r[key] = map[string]bool{}
	}
	r[key][what] = true
}

func (c *Controller) sorted(left remnants) []Remnant {
	all := make([]Remnant, 0, len(left))
	for key, what := range left {
		r := Remnant{Key: key, What: slices.Sorted(maps.Keys(what))}
		if status, ok := c.known.Load(key); ok {
			if s, is := status.(strategy.Status); is {
				r.Message = s.Message
			}
		}
		all = append(all, r)
	}
	slices.SortFunc(all, func(a, b Remnant) int { return strings.Compare(a.Key.String(), b.Key.String()) })
	return all
}

// made adds what Sluice has made of a kind, and what carries its mark.
func made[T metav1.Object](left remnants, c *Controller, objects *store[T], kind string) {
	for _, o := range objects.everything() {
		for _, owner := range mark(o) {
			namespace, name, _ := strings.Cut(owner, "/")
			left.add(strategy.Key{Namespace: namespace, Name: name}, "mark on "+kind+o.GetName())
		}
		if o.GetLabels()[spec.LabelManaged] != "" {
			left.add(c.deploymentOf(o), kind+o.GetName())
		}
	}
}

// deploymentOf is the Deployment among an object's owners; without one it bears the object's own name.
func (c *Controller) deploymentOf(o metav1.Object) strategy.Key {
	key := strategy.Key{Namespace: o.GetNamespace(), Name: o.GetName()}
	for _, ref := range o.GetOwnerReferences() {
		if ref.Kind == kindDeployment().gvk.Kind {
			key.Name = ref.Name
		}
	}
	return key
}
