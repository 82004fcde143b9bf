package cluster

import (
	"encoding/json"
	"fmt"

	istiov1 "istio.io/client-go/pkg/apis/networking/v1"
	appsv1 "k8s.io/api/apps/v1"
	autoscalingv2 "k8s.io/api/autoscaling/v2"
	batchv1 "k8s.io/api/batch/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	policyv1 "k8s.io/api/policy/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic"
)

// resourceOf is where objects of a Go type are found. A new kind to wait for is a new line here.
//
//nolint:cyclop // one case per kind
func resourceOf(object any) (schema.GroupVersionResource, error) {
	core, apps := schema.GroupVersion{Version: "v1"}, schema.GroupVersion{Group: "apps", Version: "v1"}
	switch object.(type) {
	case *corev1.Pod:
		return core.WithResource("pods"), nil
	case *corev1.Service:
		return core.WithResource("services"), nil
	case *corev1.ConfigMap:
		return core.WithResource("configmaps"), nil
	case *corev1.Event:
		return core.WithResource("events"), nil
	case *corev1.Namespace:
		return core.WithResource("namespaces"), nil
	case *appsv1.Deployment:
		return apps.WithResource("deployments"), nil
	case *appsv1.ReplicaSet:
		return apps.WithResource("replicasets"), nil
	case *batchv1.Job:
		return schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "jobs"}, nil
	case *batchv1.CronJob:
		return schema.GroupVersionResource{Group: "batch", Version: "v1", Resource: "cronjobs"}, nil
	case *discoveryv1.EndpointSlice:
		return schema.GroupVersionResource{Group: "discovery.k8s.io", Version: "v1", Resource: "endpointslices"}, nil
	case *coordinationv1.Lease:
		return schema.GroupVersionResource{Group: "coordination.k8s.io", Version: "v1", Resource: "leases"}, nil
	case *policyv1.PodDisruptionBudget:
		return schema.GroupVersionResource{Group: "policy", Version: "v1", Resource: "poddisruptionbudgets"}, nil
	case *autoscalingv2.HorizontalPodAutoscaler:
		return schema.GroupVersionResource{Group: "autoscaling", Version: "v2", Resource: "horizontalpodautoscalers"}, nil
	case *istiov1.VirtualService:
		return schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "virtualservices"}, nil
	case *istiov1.DestinationRule:
		return schema.GroupVersionResource{Group: "networking.istio.io", Version: "v1", Resource: "destinationrules"}, nil
	default:
		return schema.GroupVersionResource{}, fmt.Errorf("no resource known for %T", object)
	}
}

// clientOf returns a client for T in a namespace, and T's name.
func clientOf[T any](c *Cluster, namespace string) (client dynamic.ResourceInterface, kind string, err error) {
	resource, err := resourceOf(new(T))
	if err != nil {
		return nil, "", err
	}
	return c.dynamic.Resource(resource).Namespace(namespace), resource.Resource, nil
}

// convert decodes an object into its type by its JSON, which is what Istio's types, made for protobuf, need.
func convert(object *unstructured.Unstructured, into any) error {
	text, err := json.Marshal(object)
	if err != nil {
		return fmt.Errorf("decode %s: %w", object.GetName(), err)
	}
	if err := json.Unmarshal(text, into); err != nil {
		return fmt.Errorf("decode %s: %w", object.GetName(), err)
	}
	return nil
}
