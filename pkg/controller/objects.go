package controller

import (
	"fmt"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/sluice-dev/sluice/pkg/spec"
)

// The cached forms of what Sluice watches: only what Plan and the executor need, so that the caches of a large cluster stay small.
// Templates and VirtualServices are kept as the JSON that the server sent: a typed client older than the server would drop fields.

type deployment struct {
	metav1.ObjectMeta
	// template is spec.template; nil for a Deployment that isn't annotated.
	template    map[string]any
	fingerprint string
	// podLabels are the template's.
	podLabels map[string]string
	selector  map[string]any
	// numbers is what is read from spec and status by type.
	numbers deploymentNumbers
}

type replicaSet struct {
	metav1.ObjectMeta
	fingerprint                 string
	podLabels                   map[string]string
	replicas, actual, available int
}

type service struct {
	metav1.ObjectMeta
	spec corev1.ServiceSpec
	// manager is the field manager of the last write that wasn't Sluice's.
	manager string
}

type endpointSlice struct {
	metav1.ObjectMeta
	service string
	// ready counts ready endpoints by the name of the pod's ReplicaSet.
	ready map[string]int
}

type virtualService struct {
	metav1.ObjectMeta
	object map[string]any
	// hosts are the first labels of all host names in it, sorted.
	hosts []string
	// manager is the field manager of the last write that wasn't Sluice's.
	manager string
}

type destinationRule struct {
	metav1.ObjectMeta
	object map[string]any
}

type configMap struct {
	metav1.ObjectMeta
	data map[string]string
}

type policy struct{ metav1.ObjectMeta }

// meta keeps of an object's metadata what is looked at.
func meta(u *unstructured.Unstructured) metav1.ObjectMeta {
	m := metav1.ObjectMeta{
		Namespace: u.GetNamespace(), Name: u.GetName(), UID: u.GetUID(), ResourceVersion: u.GetResourceVersion(),
		CreationTimestamp: u.GetCreationTimestamp(), DeletionTimestamp: u.GetDeletionTimestamp(),
		OwnerReferences: u.GetOwnerReferences(), Labels: u.GetLabels(),
	}
	for name, value := range u.GetAnnotations() {
		if strings.HasPrefix(name, spec.Prefix) || name == annotationRevision {
			metav1.SetMetaDataAnnotation(&m, name, value)
		}
	}
	return m
}

// annotationRevision is set by the Deployment controller on its ReplicaSets
// (k8s.io/kubernetes v1.37.2, pkg/controller/deployment/util/deployment_util.go, RevisionAnnotation).
const annotationRevision = "deployment.kubernetes.io/revision"

func asDeployment(u *unstructured.Unstructured) (*deployment, error) {
	d := &deployment{ObjectMeta: meta(u)}
	template, _, err := unstructured.NestedMap(u.Object, "spec", "template")
	if err != nil {
		return nil, fmt.Errorf("deployment %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	if d.fingerprint, err = fingerprint(template); err != nil {
		return nil, err
	}
	if d.podLabels, _, err = unstructured.NestedStringMap(template, "metadata", "labels"); err != nil {
		return nil, fmt.Errorf("deployment %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	if spec.Managed(d.Annotations) {
		d.template = template
	}
	d.selector, _, _ = unstructured.NestedMap(u.Object, "spec", "selector")
	d.numbers, err = deploymentNumbersOf(u)
	return d, err
}

func asReplicaSet(u *unstructured.Unstructured) (*replicaSet, error) {
	template, _, err := unstructured.NestedMap(u.Object, "spec", "template")
	if err != nil {
		return nil, fmt.Errorf("replicaset %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	rs := &replicaSet{ObjectMeta: meta(u)}
	if rs.fingerprint, err = fingerprint(template); err != nil {
		return nil, err
	}
	if rs.podLabels, _, err = unstructured.NestedStringMap(template, "metadata", "labels"); err != nil {
		return nil, fmt.Errorf("replicaset %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	rs.replicas = 1
	if n, found, _ := unstructured.NestedInt64(u.Object, "spec", "replicas"); found {
		rs.replicas = int(n)
	}
	rs.actual = number(u, "status", "replicas")
	rs.available = number(u, "status", "availableReplicas")
	return rs, nil
}

func number(u *unstructured.Unstructured, path ...string) int {
	n, _, _ := unstructured.NestedInt64(u.Object, path...)
	return int(n)
}

func asService(u *unstructured.Unstructured) (*service, error) {
	var typed corev1.Service
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &typed); err != nil {
		return nil, fmt.Errorf("service %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	return &service{ObjectMeta: meta(u), spec: typed.Spec, manager: managerOf(u)}, nil
}

func asEndpointSlice(u *unstructured.Unstructured) (*endpointSlice, error) {
	var typed discoveryv1.EndpointSlice
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(u.Object, &typed); err != nil {
		return nil, fmt.Errorf("endpointslice %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	slice := &endpointSlice{ObjectMeta: meta(u), service: typed.Labels[discoveryv1.LabelServiceName], ready: map[string]int{}}
	for i := range typed.Endpoints {
		e := &typed.Endpoints[i]
		if e.TargetRef == nil || e.TargetRef.Kind != "Pod" || (e.Conditions.Ready != nil && !*e.Conditions.Ready) {
			continue
		}
		// A ReplicaSet's pods are named after it, with a dash and five characters (k8s.io/apiserver v0.37.2,
		// pkg/storage/names/generate.go).
		if cut := strings.LastIndexByte(e.TargetRef.Name, '-'); cut > 0 {
			slice.ready[e.TargetRef.Name[:cut]]++
		}
	}
	return slice, nil
}

func asVirtualService(u *unstructured.Unstructured) (*virtualService, error) {
	vs := &virtualService{ObjectMeta: meta(u), object: u.Object, hosts: hostsIn(u.Object["spec"]), manager: managerOf(u)}
	// The server keeps them when a write leaves them out.
	u.SetManagedFields(nil)
	return vs, nil
}

// managerOf is the field manager of the last write that wasn't Sluice's.
func managerOf(u *unstructured.Unstructured) string {
	var newest metav1.Time
	name := ""
	for _, entry := range u.GetManagedFields() {
		if entry.Manager != fieldManager && entry.Time != nil && !entry.Time.Before(&newest) {
			newest, name = *entry.Time, entry.Manager
		}
	}
	return name
}

func asDestinationRule(u *unstructured.Unstructured) (*destinationRule, error) {
	u.SetManagedFields(nil)
	return &destinationRule{ObjectMeta: meta(u), object: u.Object}, nil
}

func asConfigMap(u *unstructured.Unstructured) (*configMap, error) {
	data, _, err := unstructured.NestedStringMap(u.Object, "data")
	if err != nil {
		return nil, fmt.Errorf("configmap %s/%s: %w", u.GetNamespace(), u.GetName(), err)
	}
	return &configMap{ObjectMeta: meta(u), data: data}, nil
}

func asPolicy(u *unstructured.Unstructured) (*policy, error) {
	return &policy{ObjectMeta: meta(u)}, nil
}
