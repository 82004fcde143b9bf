package observe

import (
	"cmp"
	"encoding/json"
	"slices"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/tools/cache"

	"github.com/sluice-dev/sluice/pkg/strategy"
)

// Snapshot is what is known now.
func (o *Observer) Snapshot() Snapshot {
	o.mu.Lock()
	s := Snapshot{
		Weights: slices.Clone(o.weights), Events: slices.Clone(o.events), Gauges: o.gauges, Counts: o.counts,
	}
	o.mu.Unlock()
	if n := len(s.Weights); n > 0 {
		s.Weight = s.Weights[n-1].Weight
	}
	s.Deployment, _ = named[*appsv1.Deployment](o, o.kinds.deployments)
	s.Service, _ = named[*corev1.Service](o, o.kinds.services)
	s.Record = o.record()
	if routes, ok := named[*unstructured.Unstructured](o, o.kinds.routes); ok {
		s.Routes, _, _ = unstructured.NestedMap(routes.Object, "spec")
	}
	s.ReplicaSets = listed(o.kinds.replicaSets, func(*appsv1.ReplicaSet) bool { return true })
	s.Pods = listed(o.kinds.pods, func(p *corev1.Pod) bool { return p.Labels["app"] == o.options.Name && p.DeletionTimestamp == nil })
	s.Serving = o.serving()
	return s
}

// serving are the UIDs of the Service's ready endpoints.
func (o *Observer) serving() []string {
	var uids []string
	mine := func(s *discoveryv1.EndpointSlice) bool {
		return s.Labels[discoveryv1.LabelServiceName] == o.options.Name
	}
	for _, slice := range listed(o.kinds.slices, mine) {
		for i := range slice.Endpoints {
			e := &slice.Endpoints[i]
			if e.TargetRef != nil && (e.Conditions.Ready == nil || *e.Conditions.Ready) {
				uids = append(uids, string(e.TargetRef.UID))
			}
		}
	}
	slices.Sort(uids)
	return slices.Compact(uids)
}

// record is nil when there is none, or one that can't be read.
func (o *Observer) record() *strategy.Record {
	item, ok, err := o.kinds.configMaps.GetStore().GetByKey(o.options.Namespace + "/" + o.options.Name + "-sluice")
	if !ok || err != nil {
		return nil
	}
	var r strategy.Record
	if json.Unmarshal([]byte(item.(*corev1.ConfigMap).Data["record.json"]), &r) != nil {
		return nil
	}
	return &r
}

// route remembers each weight that was written.
func (o *Observer) route(object any) {
	u, ok := object.(*unstructured.Unstructured)
	if !ok || u.GetName() != o.options.Name {
		return
	}
	weight := weightOf(u.Object, strategy.CanaryServiceName(o.options.Name))
	o.change(func() {
		if n := len(o.weights); n == 0 || o.weights[n-1].Weight != weight {
			o.weights = append(o.weights, WeightChange{At: time.Now(), Weight: weight})
		}
	})
}

// event keeps what Sluice says about the Deployment.
func (o *Observer) event(object any) {
	e, ok := object.(*corev1.Event)
	if !ok || e.InvolvedObject.Kind != "Deployment" || e.InvolvedObject.Name != o.options.Name || e.Source.Component != "sluice" {
		return
	}
	o.change(func() {
		o.events = append(o.events, Event{At: time.Now(), Warning: e.Type == corev1.EventTypeWarning, Reason: e.Reason, Message: e.Message})
	})
}

func named[T any](o *Observer, from cache.SharedIndexInformer) (T, bool) {
	item, ok, err := from.GetStore().GetByKey(o.options.Namespace + "/" + o.options.Name)
	object, is := item.(T)
	return object, ok && is && err == nil
}

// listed are the objects of a cache that are wanted, sorted by name.
func listed[T metav1.Object](from cache.SharedIndexInformer, want func(T) bool) []T {
	var list []T
	for _, item := range from.GetStore().List() {
		if object, ok := item.(T); ok && want(object) {
			list = append(list, object)
		}
	}
	slices.SortFunc(list, func(a, b T) int { return cmp.Compare(a.GetName(), b.GetName()) })
	return list
}
