package podprocess

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	corev1 "k8s.io/api/core/v1"
	discoveryv1 "k8s.io/api/discovery/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes/fake"
)

func TestReachable(t *testing.T) {
	t.Parallel()
	yes, no, name, port := true, false, "http", int32(8080)
	client := fake.NewSimpleClientset(
		&corev1.Service{
			ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "web"},
			Spec:       corev1.ServiceSpec{Ports: []corev1.ServicePort{{Name: name, Port: 80}}},
		},
		&discoveryv1.EndpointSlice{
			ObjectMeta: metav1.ObjectMeta{Namespace: "ns", Name: "web-1", Labels: map[string]string{discoveryv1.LabelServiceName: "web"}},
			Ports:      []discoveryv1.EndpointPort{{Name: &name, Port: &port}},
			Endpoints: []discoveryv1.Endpoint{
				{Addresses: []string{"10.244.0.7"}, Conditions: discoveryv1.EndpointConditions{Ready: &no}},
				{Addresses: []string{"10.244.0.8"}, Conditions: discoveryv1.EndpointConditions{Ready: &yes}},
			},
		},
	)
	s := sandbox{runner: New(Options{Client: client}), loopback: "127.244.0.9"}
	for name, test := range map[string]struct{ arg, want string }{
		"an address of all interfaces is the pod's own":    {"--listen-address=:8080", "--listen-address=127.244.0.9:8080"},
		"an address of one interface stays":                {"--listen-address=127.0.0.1:80", "--listen-address=127.0.0.1:80"},
		"a Service is a pod of it that is ready":           {"--url=http://web.ns.svc:80/readyz", "--url=http://127.244.0.8:8080/readyz"},
		"a Service's full name is too":                     {"http://web.ns.svc.cluster.local:80", "http://127.244.0.8:8080"},
		"a URL of another host stays":                      {"--prometheus-address=http://127.0.0.1:9090", "--prometheus-address=http://127.0.0.1:9090"},
		"whatever has a colon elsewhere is no address":     {"--selector=a:8080", "--selector=a:8080"},
		"an argument that is no flag is no address either": {"release", "release"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			got, err := s.reachable(t.Context(), test.arg)
			require.NoError(t, err)
			assert.Equal(t, test.want, got)
		})
	}
	for name, arg := range map[string]string{
		"a Service that isn't there":      "--url=http://other.ns.svc:80",
		"a port that the Service has not": "--url=http://web.ns.svc:81",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := s.reachable(t.Context(), arg)
			require.Error(t, err)
		})
	}
}
