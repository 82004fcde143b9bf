package controller

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// kind is a resource that Sluice watches or writes.
type kind struct {
	schema.GroupVersionResource
	gvk schema.GroupVersionKind
}

func kindOf(group, version, resource, name string) kind {
	return kind{
		GroupVersionResource: schema.GroupVersionResource{Group: group, Version: version, Resource: resource},
		gvk:                  schema.GroupVersionKind{Group: group, Version: version, Kind: name},
	}
}

func kindDeployment() kind { return kindOf("apps", "v1", "deployments", "Deployment") }
func kindReplicaSet() kind { return kindOf("apps", "v1", "replicasets", "ReplicaSet") }
func kindService() kind    { return kindOf("", "v1", "services", "Service") }
func kindConfigMap() kind  { return kindOf("", "v1", "configmaps", "ConfigMap") }
func kindPod() kind        { return kindOf("", "v1", "pods", "Pod") }
func kindCronJob() kind    { return kindOf("batch", "v1", "cronjobs", "CronJob") }
func kindJob() kind        { return kindOf("batch", "v1", "jobs", "Job") }
func kindEndpointSlice() kind {
	return kindOf("discovery.k8s.io", "v1", "endpointslices", "EndpointSlice")
}

func kindPrometheusRule() kind {
	return kindOf("monitoring.coreos.com", "v1", "prometheusrules", "PrometheusRule")
}

func kindVirtualService() kind {
	return kindOf("networking.istio.io", "v1", "virtualservices", "VirtualService")
}

func kindDestinationRule() kind {
	return kindOf("networking.istio.io", "v1", "destinationrules", "DestinationRule")
}

// The brake policy and its binding: v1 since Kubernetes 1.36, v1beta1 in 1.34 and 1.35 where it is switched on.
func kindPolicy(version string) kind {
	return kindOf("admissionregistration.k8s.io", version, "mutatingadmissionpolicies", "MutatingAdmissionPolicy")
}

func kindBinding(version string) kind {
	return kindOf("admissionregistration.k8s.io", version, "mutatingadmissionpolicybindings", "MutatingAdmissionPolicyBinding")
}
