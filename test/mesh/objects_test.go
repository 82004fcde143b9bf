package mesh

import (
	"strconv"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	networkingv1 "istio.io/client-go/pkg/apis/networking/v1"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"
)

// parse reads an object as a user would write it.
func parse[T any](t *testing.T, text string) *T {
	t.Helper()
	object := new(T)
	require.NoError(t, yaml.Unmarshal([]byte(text), object))
	return object
}

// virtualService is one of the given age in namespace/name with a spec in YAML.
func virtualService(t *testing.T, namespace, name string, age time.Duration, spec string) *networkingv1.VirtualService {
	t.Helper()
	object := parse[networkingv1.VirtualService](t, spec)
	object.Namespace, object.Name = namespace, name
	object.CreationTimestamp = metav1.NewTime(time.Unix(1_700_000_000, 0).Add(-age))
	return object
}

func kubeService(namespace, name string, ports ...int32) *corev1.Service {
	object := &corev1.Service{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	for _, port := range ports {
		object.Spec.Ports = append(object.Spec.Ports, corev1.ServicePort{Name: portName(port), Port: port})
	}
	return object
}

func portName(port int32) string { return "port-" + strconv.Itoa(int(port)) }

// endpoints is a slice of ready pods named <service>-5d4f-<address> behind a Service port, which listen on the target port.
func endpoints(namespace, service string, port, target int32, addresses ...string) *discoveryv1.EndpointSlice {
	slice := &discoveryv1.EndpointSlice{
		ObjectMeta: metav1.ObjectMeta{
			Namespace: namespace, Name: service + "-" + portName(port),
			Labels: map[string]string{discoveryv1.LabelServiceName: service},
		},
		Ports: []discoveryv1.EndpointPort{{Name: new(portName(port)), Port: new(target)}},
	}
	for _, address := range addresses {
		slice.Endpoints = append(slice.Endpoints, discoveryv1.Endpoint{
			Addresses:  []string{address},
			Conditions: discoveryv1.EndpointConditions{Ready: new(true)},
			TargetRef:  &corev1.ObjectReference{Kind: "Pod", Name: service + "-5d4f-" + address},
		})
	}
	return slice
}

// shopObjects are the Services shop, shop-canary and web in namespace prod, and shop in namespace dev, one pod each.
func shopObjects(virtualServices ...*networkingv1.VirtualService) Objects {
	return Objects{
		VirtualServices: virtualServices,
		Services: []*corev1.Service{
			kubeService("prod", "shop", 80), kubeService("prod", "shop-canary", 80), kubeService("prod", "web", 80, 9090),
			kubeService("dev", "shop", 80), kubeService("prod", "nobody", 80),
		},
		EndpointSlices: []*discoveryv1.EndpointSlice{
			endpoints("prod", "shop", 80, 8080, "10.244.0.1"),
			endpoints("prod", "shop-canary", 80, 8080, "10.244.0.2"),
			endpoints("prod", "web", 80, 8080, "10.244.0.3"),
			endpoints("prod", "web", 9090, 9091, "10.244.0.3"),
			endpoints("dev", "shop", 80, 8080, "10.244.1.1"),
		},
	}
}

// first always draws the lowest number.
func first(int) int { return 0 }
