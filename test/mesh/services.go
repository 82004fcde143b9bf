package mesh

import (
	"cmp"
	"slices"
	"strings"

	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// Endpoint is one ready pod behind a port of a Service.
type Endpoint struct {
	Address string // of the pod, as the API has it
	Port    int32
	Pod     Pod
}

// Pod is what Istio's metrics say of a workload's pod.
type Pod struct {
	Namespace, Name string
	Workload        string // the Deployment; the pod's own name when it has none
	App, Version    string // labels app and version; Istio says "unknown" when absent
}

// service is one Service with the ready endpoints of each of its ports.
type service struct {
	namespace, name string
	ports           []corev1.ServicePort
	endpoints       map[string][]Endpoint // by port name
}

func (s *service) host() string { return fqdn(s.namespace, s.name) }

// port finds a Service port by its number; nil when it has no such port.
func (s *service) port(number int32) *corev1.ServicePort {
	for i := range s.ports {
		if s.ports[i].Port == number {
			return &s.ports[i]
		}
	}
	return nil
}

// calledPort is the port a call without one means: 80, or else the Service's first, so that tests needn't care.
func (s *service) calledPort(number int32) int32 {
	if number != 0 || s.port(80) != nil || len(s.ports) == 0 {
		return cmp.Or(number, 80)
	}
	return s.ports[0].Port
}

// newServices indexes Services by full host name.
func newServices(o Objects) map[string]*service {
	index := make(map[string]*service, len(o.Services))
	for _, object := range o.Services {
		s := &service{
			namespace: object.Namespace, name: object.Name, ports: object.Spec.Ports,
			endpoints: map[string][]Endpoint{},
		}
		index[s.host()] = s
	}
	pods := make(map[string]*corev1.Pod, len(o.Pods))
	for _, object := range o.Pods {
		pods[object.Namespace+"/"+object.Name] = object
	}
	for _, slice := range o.EndpointSlices {
		s, ok := index[fqdn(slice.Namespace, slice.Labels[discoveryv1.LabelServiceName])]
		if ok {
			s.add(slice, pods)
		}
	}
	for _, s := range index {
		s.sort()
	}
	return index
}

// add takes the ready endpoints of a slice. Istio sends a pod to its proxies only while it is ready: a terminating one never is.
func (s *service) add(slice *discoveryv1.EndpointSlice, pods map[string]*corev1.Pod) {
	for _, endpoint := range slice.Endpoints {
		ready := endpoint.Conditions.Ready == nil || *endpoint.Conditions.Ready
		if !ready || len(endpoint.Addresses) == 0 {
			continue
		}
		pod := Pod{Namespace: slice.Namespace}
		if ref := endpoint.TargetRef; ref != nil {
			pod = newPod(slice.Namespace, ref.Name, pods[slice.Namespace+"/"+ref.Name])
		}
		for _, port := range slice.Ports {
			if port.Port == nil {
				continue
			}
			name := ""
			if port.Name != nil {
				name = *port.Name
			}
			s.endpoints[name] = append(s.endpoints[name], Endpoint{Address: endpoint.Addresses[0], Port: *port.Port, Pod: pod})
		}
	}
}

// sort makes the order of endpoints that of their addresses and drops doubles: while the control plane moves an endpoint from one
// slice to another it is in both.
func (s *service) sort() {
	for name, endpoints := range s.endpoints {
		slices.SortFunc(endpoints, func(a, b Endpoint) int {
			return cmp.Or(cmp.Compare(a.Address, b.Address), cmp.Compare(a.Port, b.Port))
		})
		s.endpoints[name] = slices.CompactFunc(endpoints, func(a, b Endpoint) bool {
			return a.Address == b.Address && a.Port == b.Port
		})
	}
}

// newPod names the workload as Istio does: a pod's ReplicaSet without the hash. A pod that isn't listed (yet) goes by the form of
// its name, <deployment>-<hash>-<5 characters>.
func newPod(namespace, name string, object *corev1.Pod) Pod {
	pod := Pod{Namespace: namespace, Name: name, Workload: name}
	if object == nil {
		if parts := strings.Split(name, "-"); len(parts) > 2 {
			pod.Workload = strings.Join(parts[:len(parts)-2], "-")
		}
		return pod
	}
	pod.App, pod.Version = object.Labels["app"], object.Labels["version"]
	owner := metav1.GetControllerOf(object)
	if owner == nil {
		return pod
	}
	pod.Workload = owner.Name
	if hash := object.Labels["pod-template-hash"]; owner.Kind == "ReplicaSet" && hash != "" {
		pod.Workload = strings.TrimSuffix(owner.Name, "-"+hash)
	}
	return pod
}
